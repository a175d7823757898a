"""Configuration: the one remote object a connection has, described by three kinds of manifest together."""

from __future__ import annotations

from reconciler.kinds.account_mapping import ONLY_EXPORT, ONLY_IMPORT, AccountMappingSpec
from reconciler.kinds.invoice_mapping import PREFIX, InvoiceMappingSpec
from reconciler.kinds.objects import Endpoints, ObjectType, leaves
from reconciler.kinds.tax_mapping import TaxMappingSpec

_SKIPPED = {"export": ONLY_IMPORT, "import": ONLY_EXPORT}

# [seed] PATCH, which answers with a message only; [sdk] GET, flags under `integration`
CONFIGURATION = ObjectType(
    name="Configuration",
    endpoints=Endpoints(item="/api/v3/integration/{connection}/configuration", item_key="integration"),
    fields={
        path: field
        for direction, skipped in _SKIPPED.items()
        for model in (AccountMappingSpec, TaxMappingSpec)
        for path, field in leaves(
            model,
            send=("account", direction),
            prefix=f"account.{direction}.",
            direction=direction,
            skip=skipped,
        ).items()
    }
    | leaves(InvoiceMappingSpec, send=("transaction", "invoice", "export"), prefix=PREFIX),
    order=2,
)
