"""AccountMapping: which accounts receivables and payables are booked to, in one direction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from reconciler.kinds.facts import Fact, Finding
from reconciler.kinds.kind import Kind
from reconciler.kinds.spec import OMITTED, Flag, MappingTable, NullableText, Spec, Text, rules, where
from reconciler.values import Json

ONLY_EXPORT = ("xero_account_number_field", "sync_to_xero")
ONLY_IMPORT = ("xero_account_id_field",)

# The pairing of a flag with the field that it reflects is read off the names. [assumed]
_ENABLED = {
    "export": "account.export.account_to_xero_enabled",
    "import": "account.import.account_from_xero_enabled",
}


class AccountMappingSpec(Spec):
    model_config = rules(
        where("direction", {"const": "export"}, {"properties": dict.fromkeys(ONLY_IMPORT, False)}),
        where("direction", {"const": "import"}, {"properties": dict.fromkeys(ONLY_EXPORT, False)}),
    )

    direction: Annotated[
        Literal["export", "import"], Fact("Which half of the configuration it describes.", identity=True)
    ]
    enabled: Annotated[Flag, Fact("Whether accounts travel in this direction.", read=_ENABLED)] = OMITTED
    default_account_receivable: Annotated[NullableText, Fact("The account for receivables.")] = OMITTED
    account_receivable_mapping: Annotated[
        MappingTable, Fact("Accounts for receivables that differ from the default.", sign=_ENABLED)
    ] = OMITTED
    default_account_payable: Annotated[NullableText, Fact("The account for payables.")] = OMITTED
    account_payable_mapping: Annotated[
        MappingTable, Fact("Accounts for payables that differ from the default.", sign=_ENABLED)
    ] = OMITTED
    xero_account_number_field: Annotated[
        Text, Fact("Who assigns account numbers. Export only.", known=("assigned_by_xero",))
    ] = OMITTED
    xero_account_id_field: Annotated[
        Text, Fact("Who assigns account ids. Import only.", known=("assigned_by_exsited",))
    ] = OMITTED
    sync_to_xero: Annotated[
        Flag, Fact("Whether accounts are kept in sync. Export only.", read="account.account_sync_to_xero")
    ] = OMITTED


def check(spec: Mapping[str, Json]) -> Iterator[Finding]:
    """Some fields exist in one direction only. [seed]"""
    refused = ONLY_IMPORT if spec["direction"] == "export" else ONLY_EXPORT
    for name in refused:
        if name in spec:
            yield Finding(
                (name,),
                "other-direction",
                f"{name} does not exist with direction: {spec['direction']}",
                "remove it",
            )


KIND = Kind(
    name="AccountMapping",
    doc="The account half of a connection's configuration, for one direction.",
    spec=AccountMappingSpec,
    object="Configuration",
    fragment=True,
    prefix=lambda spec: f"account.{spec['direction']}.",
    check=check,
)
