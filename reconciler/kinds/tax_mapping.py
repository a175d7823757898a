"""TaxMapping: which tax codes accounts get, in one direction."""

from __future__ import annotations

from typing import Annotated, Literal

from reconciler.kinds.facts import Fact
from reconciler.kinds.kind import Kind
from reconciler.kinds.spec import OMITTED, MappingTable, NullableText, Spec

# The pairing of a flag with the field that it reflects is read off the names. [assumed]
_ENABLED = {
    "export": "account.export.account_to_xero_tax_enable",
    "import": "account.import.account_to_xero_tax_enable",
}


class TaxMappingSpec(Spec):
    direction: Annotated[
        Literal["export", "import"], Fact("Which half of the configuration it describes.", identity=True)
    ]
    default_tax: Annotated[NullableText, Fact("The tax code where no line matches. `null` clears it.")] = (
        OMITTED
    )
    tax_mapping: Annotated[MappingTable, Fact("Tax codes that differ from the default.", read=_ENABLED)] = (
        OMITTED
    )


KIND = Kind(
    name="TaxMapping",
    doc="The tax half of a connection's configuration, for one direction.",
    spec=TaxMappingSpec,
    object="Configuration",
    fragment=True,
    prefix=lambda spec: f"account.{spec['direction']}.",
)
