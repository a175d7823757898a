"""Plans to look at: every action, every cause, long and hostile values."""

from __future__ import annotations

from dataclasses import replace

from reconciler.changes import (
    Adopt,
    Cause,
    Create,
    Delete,
    Evidence,
    FieldChange,
    Forget,
    Objection,
    Request,
    SignMoved,
    Update,
)
from reconciler.errors import Source
from reconciler.plan import Plan
from reconciler.resources import Address, Recorded, RecordedField
from reconciler.values import Json, uuid_of

AU = "922ffe4a-439f-4b1c-b671-d4387bc2ec59"
API = f"/api/v3/integration/{AU}"
FUNCTION = "xero-au/PartnerFunction/customer-import"
SEEN, BELIEVED = Evidence.OBSERVED, Evidence.ASSERTED


def at(file: str, line: int) -> Source:
    return Source(file, line, 5)


def rule(field: str, operator: str, value: str | None = None, condition: str = "AND") -> dict[str, Json]:
    found: dict[str, Json] = {"field_name": field, "operator": operator, "condition": condition}
    return found if value is None else {**found, "value": value}


def group(*rules: dict[str, Json], condition: str = "AND") -> dict[str, Json]:
    return {"group_condition": condition, "rules": list(rules)}


NEW_FUNCTION = Create(
    Address.parse(FUNCTION),
    fields=(
        FieldChange("name", Cause.CHANGE, SEEN, after="Customer import", source=at("functions.yaml", 6)),
        FieldChange("direction", Cause.CHANGE, SEEN, after="IMPORT", source=at("functions.yaml", 7)),
        FieldChange("object_name", Cause.CHANGE, SEEN, after="customer", source=at("functions.yaml", 8)),
        FieldChange("enabled", Cause.CHANGE, SEEN, after=True, source=at("functions.yaml", 13)),
    ),
    requests=(
        Request(
            "POST",
            f"{API}/partner-function/",
            {
                "partner_function": {
                    "name": "Customer import",
                    "direction": "IMPORT",
                    "object_name": "customer",
                }
            },
        ),
        Request("POST", f"{API}/partner-function/{{uuid}}/enable"),
    ),
    precondition="sha256:00",
    name="Customer import",
)

SUPPLIER_EXPORT = Update(
    Address.parse("xero-au/Automation/supplier-export"),
    uuid="5d0c2f0e-7f2c-4a53-8d6c-0c4d7b8f6a11",
    cause=Cause.CONFLICT,
    fields=(
        FieldChange(
            "check_on", Cause.CONFLICT, SEEN, "6 hours", "4 hours", "8 hours", at("automations.yaml", 12)
        ),
        FieldChange("direction", Cause.DRIFT, SEEN, "IMPORT", "EXPORT", "EXPORT", at("automations.yaml", 13)),
        FieldChange(
            "display_name", Cause.CHANGE, SEEN, None, "Supplier export", None, at("automations.yaml", 11)
        ),
        FieldChange(
            "perform_action",
            Cause.CHANGE,
            SEEN,
            "c2a6a1b4-1111-4a53-8d6c-0c4d7b8f6a11",
            uuid_of(FUNCTION),
            "c2a6a1b4-1111-4a53-8d6c-0c4d7b8f6a11",
            at("automations.yaml", 14),
        ),
        FieldChange("property_name", Cause.CHANGE, BELIEVED, "a", "b", "a", at("automations.yaml", 15)),
        FieldChange(
            "additional_criteria_details",
            Cause.CHANGE,
            BELIEVED,
            [group(rule("AccountNumber", "EQUALS", "1"), rule("Contact ID", "HAS_VALUE"))],
            [
                group(rule("AccountNumber", "EQUALS", "2"), rule("Contact ID", "HAS_VALUE")),
                group(
                    rule("Name", "CONTAINS", "Pty"),
                    rule("Email", "HAS_VALUE", condition="OR"),
                    condition="OR",
                ),
            ],
            [group(rule("AccountNumber", "EQUALS", "1"), rule("Contact ID", "HAS_VALUE"))],
            at("automations.yaml", 18),
        ),
        FieldChange("ignore_threshold", Cause.RELEASE, BELIEVED, "5", recorded="5"),
    ),
    requests=(
        Request(
            "PATCH",
            f"{API}/automation/5d0c2f0e-7f2c-4a53-8d6c-0c4d7b8f6a11",
            {
                "integration": {
                    "automation_details": {
                        "check_on": "4 hours",
                        "direction": "EXPORT",
                        "perform_action": uuid_of(FUNCTION),
                    }
                }
            },
        ),
    ),
    precondition="sha256:01",
    depends_on=(Address.parse(FUNCTION),),
    name="Supplier export",
)

CONFIGURATION = Update(
    Address.parse("xero-au/Configuration"),
    uuid=AU,
    cause=Cause.SUSPECT,
    fields=(
        FieldChange(
            "account.export.account_receivable_mapping.mappings",
            Cause.CHANGE,
            BELIEVED,
            [{"source": "Test", "target": "Sales"}, {"source": "Rent", "target": "Costs"}],
            [{"source": "Test", "target": "Other"}, {"source": "Wages", "target": "Staff"}],
            [{"source": "Test", "target": "Sales"}, {"source": "Rent", "target": "Costs"}],
            at("accounts.yaml", 9),
        ),
        FieldChange(
            "account.export.tax_mapping.mappings",
            Cause.SUSPECT,
            BELIEVED,
            [{"source": "GST", "target": "GST on Income"}],
            [{"source": "GST", "target": "GST on Income"}],
            [{"source": "GST", "target": "GST on Income"}],
            at("tax.yaml", 6),
            SignMoved("account.export.account_to_xero_tax_enable", "true", "false"),
        ),
        FieldChange(
            "account.export.default_tax", Cause.UNVERIFIED, BELIEVED, after=None, source=at("tax.yaml", 4)
        ),
        FieldChange("account.export.enabled", Cause.DRIFT, SEEN, False, True, True, at("accounts.yaml", 5)),
        FieldChange(
            "transaction.invoice.export.default_sales_revenue",
            Cause.CHANGE,
            BELIEVED,
            "Other Revenue",
            "",
            "Other Revenue",
            at("invoices.yaml", 5),
        ),
    ),
    requests=(
        Request(
            "PATCH", f"{API}/configuration", {"account": {"export": {"enabled": "true", "default_tax": None}}}
        ),
    ),
    precondition="sha256:02",
)

LONG = (
    "Pulls every customer from the ledger that was changed since the last run, with its addresses, its "
    "contacts and its payment terms, and leaves alone what has no account number yet."
)
ADOPTED = Adopt(
    Address.parse("xero-nz/PartnerFunction/supplier-import"),
    uuid="77e1b4f2-0000-4a53-8d6c-0c4d7b8f6a11",
    cause=Cause.ADOPT,
    fields=(
        FieldChange(
            "description", Cause.ADOPT, SEEN, "Pulls customers.", LONG, source=at("functions.yaml", 31)
        ),
        FieldChange("tag", Cause.ADOPT, SEEN, None, "import_only_inventory", source=at("functions.yaml", 33)),
    ),
    requests=(Request("PATCH", f"{API}/partner-function/77e1", {"partner_function": {"description": LONG}}),),
    precondition="sha256:03",
    name="Supplier import",
)
EQUAL = Adopt(
    Address.parse("xero-nz/Automation/nightly"),
    uuid="88e1b4f2-0000-4a53-8d6c-0c4d7b8f6a11",
    cause=Cause.ADOPT,
    precondition="sha256:04",
    name="Nightly",
)
DELETED = Delete(
    Address.parse("xero-nz/PartnerFunction/legacy-sync"),
    uuid="99e1b4f2-0000-4a53-8d6c-0c4d7b8f6a11",
    requests=(Request("DELETE", f"{API}/partner-function/99e1b4f2-0000-4a53-8d6c-0c4d7b8f6a11"),),
    precondition="sha256:05",
    name="Legacy sync",
)
FORGOTTEN = Forget(
    Address.parse("xero-nz/Automation/old-export"), uuid="aae1b4f2-0000-4a53-8d6c-0c4d7b8f6a11"
)


def plan(
    *changes: object, mode: str = "plan", unchanged: int = 41, objections: tuple[Objection, ...] = ()
) -> Plan:
    return Plan(
        environment="production",
        origin="https://api.example.com",
        mode=mode,
        lineage="0b9f1c1e",
        serial=7,
        created_at="2026-01-01T00:00:00Z",
        project_commit="4f2c9aa",
        connections={"xero-au": AU, "xero-nz": "b22ffe4a-439f-4b1c-b671-d4387bc2ec59"},
        changes=changes,  # type: ignore[arg-type]
        objections=objections,
        unchanged=unchanged,
    )


EVERYTHING = plan(
    NEW_FUNCTION, SUPPLIER_EXPORT, CONFIGURATION, ADOPTED, EQUAL, DELETED, FORGOTTEN,
    unchanged=38,
    objections=(
        Objection(
            "conflict",
            "1 object was changed in the manifests and outside git",
            (SUPPLIER_EXPORT.address,),
        ),
        Objection("max_changes", "6 changes are more than the 5 that policy.max_changes allows"),
    ),
)  # fmt: skip

DRIFTED = plan(
    Update(
        Address.parse("xero-au/Automation/supplier-export"),
        uuid="5d0c2f0e",
        cause=Cause.DRIFT,
        fields=(
            FieldChange(
                "check_on", Cause.DRIFT, SEEN, "6 hours", "4 hours", "4 hours", at("automations.yaml", 12)
            ),
            FieldChange("enabled", Cause.DRIFT, SEEN, False, True, True, at("automations.yaml", 30)),
        ),
        requests=(
            Request("PATCH", f"{API}/automation/5d0c2f0e", {"integration": {}}),
            Request("POST", f"{API}/automation/5d0c2f0e/enable"),
        ),
    ),
    mode="drift",
    unchanged=40,
)

NOTHING = plan()
CATCHING_UP = Recorded(
    Address.parse("xero-au/Automation/nightly"),
    "88e1b4f2",
    {"check_on": RecordedField("4 hours", "4 Hours"), "property_name": RecordedField(None)},
    {"trigger_condition_text": "A equals 1"},
)

BASE = "1c0ffee5a0b1c2d3e4f5060718293a4b5c6d7e8f"
REVIEWED = replace(
    plan(
        NEW_FUNCTION,
        replace(
            SUPPLIER_EXPORT,
            cause=Cause.CHANGE,
            fields=(
                replace(SUPPLIER_EXPORT.fields[0], cause=Cause.CHANGE),
                replace(SUPPLIER_EXPORT.fields[1], inherited=True),
            ),
        ),
        replace(CONFIGURATION, inherited=True, fields=tuple(replace(f, inherited=True) for f in CONFIGURATION.fields)),
        replace(DELETED, inherited=True),
        unchanged=37,
    ),
    base=BASE,
)  # fmt: skip
"""A branch under review: two changes of its own, one of them only in part, and two that were pending before."""
