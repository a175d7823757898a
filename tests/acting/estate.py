"""An estate that is applied once, and twelve changes to it: every sort of write, two connections, every dependency."""

from __future__ import annotations

from tests.acting.bench import (
    Bench,
    Snapshot,
    automation,
    configuration,
    function,
    group,
    rows,
    rule,
)

CHANGES = {
    "xero-au/Automation/customer-sync": "update",
    "xero-au/Automation/payment-import": "delete",
    "xero-au/Automation/refund-sync": "create",
    "xero-au/Automation/supplier-export": "update",
    "xero-au/Automation/supplier-import": "update",
    "xero-au/Configuration": "update",
    "xero-au/PartnerFunction/credit-note-export": "delete",
    "xero-au/PartnerFunction/customer-import": "update",
    "xero-au/PartnerFunction/item-import": "update",
    "xero-au/PartnerFunction/refund-import": "create",
    "xero-au/PartnerFunction/supplier-import": "update",
    "xero-nz/Configuration": "update",
}
NEW = ("Refund import", "Refund sync")
CREATION_OF_FUNCTION = "xero-au/PartnerFunction/refund-import"
CREATION_OF_AUTOMATION = "xero-au/Automation/refund-sync"
DELETIONS = frozenset(a for a, action in CHANGES.items() if action == "delete")


def before() -> list[str]:
    return [
        function("customer-import", name="Customer import", description="Pulls customers"),
        function("supplier-import", name="Supplier import", tag="", enabled=True),
        function("item-import", name="Item import", enabled=True),
        function("credit-note-export", name="Credit note export"),
        automation(
            "customer-sync", name="Customer sync", check_on="4 hours", ignore_threshold="2",
            perform_action={"ref": "PartnerFunction/customer-import"},
        ),
        automation("supplier-import", name="Supplier import", property_name="code"),
        automation(
            "supplier-export", name="Supplier export", code="AU-SUPP-OUT",
            another_automation={"ref": "Automation/customer-sync"},
            additional_criteria_details=[group(rule("Email"))],
        ),
        automation("payment-import", name="Payment import"),
        *configuration(
            {
                "account.export.enabled": True,
                "account.export.default_tax": "GST",
                "account.export.tax_mapping.enabled": True,
                "account.export.tax_mapping.mappings": rows(("GST", "GST on Income")),
                "transaction.invoice.export.sync_to_xero": True,
            }
        ),
        *configuration({"account.import.default_tax": "GST"}, "xero-nz"),
    ]  # fmt: skip


def after() -> list[str]:
    return [
        function("customer-import", name="Customer import", description="Pulls every customer"),
        function("supplier-import", name="Supplier import", tag="checked", enabled=False),
        function("item-import", name="Item import", enabled=False),
        function("refund-import", name="Refund import", direction="IMPORT", tag="new", enabled=False),
        automation(
            "customer-sync", name="Customer sync", check_on="1 hour", ignore_threshold="5",
            perform_action={"ref": "PartnerFunction/customer-import"},
        ),
        automation("supplier-import", name="Supplier import", property_name="name"),
        automation(
            "supplier-export", name="Supplier export", code="AU-SUPP-OUT",
            another_automation={"ref": "Automation/customer-sync"},
            additional_criteria_details=[group(rule("Email", "CONTAINS", value="@"), rule("Name"))],
        ),
        automation(
            "refund-sync", name="Refund sync", enabled=False, property_name="refunds",
            perform_action={"ref": "PartnerFunction/refund-import"},
            another_automation={"ref": "Automation/customer-sync"},
            additional_criteria=True,
            additional_criteria_details=[group(rule("Status", "EQUALS", value="REFUNDED"))],
        ),
        *configuration(
            {
                "account.export.enabled": True,
                "account.export.default_tax": "GST free",
                "account.export.tax_mapping.enabled": False,
                "account.export.tax_mapping.mappings": [],
                "transaction.invoice.export.sync_to_xero": False,
            }
        ),
        *configuration({"account.import.default_tax": None}, "xero-nz"),
    ]  # fmt: skip


def settle(bench: Bench) -> Snapshot:
    """The estate as it was, applied."""
    bench.write(*before())
    bench.done()
    bench.write(*after())
    bench.prune = True
    return bench.snapshot()
