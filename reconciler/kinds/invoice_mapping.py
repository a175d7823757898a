"""InvoiceMapping: which revenue accounts exported invoices are booked to."""

from __future__ import annotations

from typing import Annotated

from reconciler.kinds.facts import Fact
from reconciler.kinds.kind import Kind
from reconciler.kinds.spec import OMITTED, Flag, MappingTable, NullableText, Spec, Text

PREFIX = "transaction.invoice.export."


class InvoiceMappingSpec(Spec):
    # The pairing of a flag with the field that it reflects is read off the names. [assumed]
    enabled: Annotated[
        Flag, Fact("Whether invoices are exported.", read="transaction.export.invoice_to_xero_enabled")
    ] = OMITTED
    default_sales_revenue: Annotated[NullableText, Fact("The account for revenue.")] = OMITTED
    sales_revenue_mapping: Annotated[
        MappingTable,
        Fact(
            "Accounts for revenue that differ from the default.",
            read="transaction.export.invoice_to_xero_sales_revenue_enable",
        ),
    ] = OMITTED
    xero_invoice_number_field: Annotated[Text, Fact("Who assigns invoice numbers.")] = OMITTED
    sync_to_xero: Annotated[
        Flag, Fact("Whether invoices are kept in sync.", read="transaction.invoice_sync_to_xero")
    ] = OMITTED


KIND = Kind(
    name="InvoiceMapping",
    doc="The invoice part of a connection's configuration.",
    spec=InvoiceMappingSpec,
    object="Configuration",
    fragment=True,
    prefix=lambda _spec: PREFIX,
)
