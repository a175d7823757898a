"""The sample world: Harbour & Vale, a café supplier in Sydney and Auckland that bills into two Xero organisations.

Fixed uuids, fixed times, the same document at every call. Fields as they were written, the unreadable ones included.
"""

from reconciler.emulator.messages import JsonObject
from reconciler.emulator.untouched import untouched

_AU = "922ffe4a-439f-4b1c-b671-d4387bc2ec59"
_NZ = "5b1f6c1e-7d1c-4c55-9c39-0a5d6e1b8f02"

_AU_FUNCTIONS = """\
uuid                                 | name               | direction | object_name | object_mapping          | event_name | tag                   | enabled | description
581dfb11-c1e5-4df0-ac34-6c2bb50be172 | Customer import    | IMPORT    | customer    | customer_customer       | update     | import_only_inventory | true    | Pulls customers from Xero contacts
854f8e6e-8897-43b2-8aa1-402bab90c075 | Supplier import    | IMPORT    | supplier    | supplier_supplier       | update     |                       | true    | Pulls suppliers from Xero contacts
e2157b61-8ac1-4d7b-aeba-fd5cf7ce486e | Supplier export    | EXPORT    | supplier    | supplier_contact        | new        |                       | true    | Pushes new suppliers to Xero
538a59ca-e7ed-416f-b21f-011ab58fc164 | Invoice export     | EXPORT    | invoice     | invoice_invoice         | new        |                       | true    | Pushes approved invoices to Xero
ec5b00b3-53e4-41e8-add3-0c76c8fdb4b3 | Item import        | IMPORT    | item        | item_item               | update     | import_only_inventory | true    | Pulls tracked inventory items
149ea352-6b66-468a-a7c0-fe5774919982 | Payment import     | IMPORT    | payment     | payment_payment         | new        |                       | true    | Pulls payments received in Xero
56e21253-f1d9-46d5-956c-921ce6350cfa | Credit note export | EXPORT    | credit_note | credit_note_credit_note | new        |                       | false   | Off until the 2025 ledger closes
"""
_NZ_FUNCTIONS = """\
uuid                                 | name            | direction | object_name | object_mapping    | event_name | tag                   | enabled | description
6aa358fb-ee8a-44e4-bc7a-98284e8254c3 | Customer import | IMPORT    | customer    | customer_customer | update     | import_only_inventory | true    | Pulls customers from Xero contacts
d1f55a33-279b-44fc-9927-a7dadfdd5dec | Supplier import | IMPORT    | supplier    | supplier_supplier | update     |                       | true    | Pulls suppliers from Xero contacts
c43e8288-a009-4e00-ba4b-d948439cdb99 | Supplier export | EXPORT    | supplier    | supplier_contact  | new        |                       | true    | Pushes new suppliers to Xero
56acc49f-f2b0-451d-915e-4615e879a373 | Invoice export  | EXPORT    | invoice     | invoice_invoice   | new        |                       | true    | Pushes approved invoices to Xero
9ed6a9af-0e6a-4403-989a-7445e1193e63 | Item import     | IMPORT    | item        | item_item         | update     | import_only_inventory | false   | Pulls tracked inventory items
"""
_AU_AUTOMATIONS = """\
uuid                                 | name            | code        | applies_to | direction | check_on      | perform_action                       | another_automation | status
575a0961-5a6c-4d21-9b18-ea3e78fc415d | Customer sync   | AU-CUST     | customer   | IMPORT    | 4 hours       | 581dfb11-c1e5-4df0-ac34-6c2bb50be172 |                    | ACTIVE
2450d1bd-e590-4b11-8e4c-a4cd29d430ae | Supplier import | AU-SUPP-IN  | supplier   | IMPORT    | 8 hours       | 854f8e6e-8897-43b2-8aa1-402bab90c075 | Customer sync      | ACTIVE
3f14acfb-cfe2-4ea3-bd73-5dafa5b82a90 | Supplier export | AU-SUPP-OUT | supplier   | EXPORT    | 8 hours       | e2157b61-8ac1-4d7b-aeba-fd5cf7ce486e | Customer sync      | ACTIVE
c606907d-673e-468e-af71-da1ad05c1366 | Invoice export  | AU-INV      | invoice    | EXPORT    | 30 minutes    | 538a59ca-e7ed-416f-b21f-011ab58fc164 |                    | ACTIVE
2a94111e-9bfd-49f0-8dd3-e14ee682b32d | Item import     | AU-ITEM     | item       | IMPORT    | customDayTime | ec5b00b3-53e4-41e8-add3-0c76c8fdb4b3 |                    | ACTIVE
78dc7fbb-6d0c-4084-8365-b52af5abe3ef | Payment import  | AU-PAY      | payment    | IMPORT    | 4 hours       | 149ea352-6b66-468a-a7c0-fe5774919982 | Invoice export     | INACTIVE
"""
_NZ_AUTOMATIONS = """\
uuid                                 | name            | code        | applies_to | direction | check_on      | perform_action                       | another_automation | status
1643d2c0-eb17-43b5-b657-ab7d8a0d5677 | Customer sync   | NZ-CUST     | customer   | IMPORT    | 8 hours       | 6aa358fb-ee8a-44e4-bc7a-98284e8254c3 |                    | ACTIVE
00db4df7-ed00-4e0b-9447-42889ebd5e47 | Supplier export | NZ-SUPP-OUT | supplier   | EXPORT    | 8 hours       | c43e8288-a009-4e00-ba4b-d948439cdb99 | Customer sync      | ACTIVE
39cf3799-baa8-4f14-8e2f-b73c776d372d | Invoice export  | NZ-INV      | invoice    | EXPORT    | 1 hour        | 56acc49f-f2b0-451d-915e-4615e879a373 |                    | ACTIVE
06283c2e-579d-406e-9adf-dd94ce57572b | Item import     | NZ-ITEM     | item       | IMPORT    | customDayTime | 9ed6a9af-0e6a-4403-989a-7445e1193e63 |                    | INACTIVE
"""


def document() -> JsonObject:
    australia = {
        **connection(_AU, "xero-au", "Harbour & Vale Pty Ltd"),
        "partner_functions": [_function(row) for row in _rows(_AU_FUNCTIONS)],
        "automations": [_automation(row) for row in _rows(_AU_AUTOMATIONS)],
        "configuration": _settings("GST on Income", "200 - Sales", "610 - Accounts Receivable"),
    }
    new_zealand = {
        **connection(_NZ, "xero-nz", "Harbour & Vale NZ Limited"),
        "partner_functions": [_function(row) for row in _rows(_NZ_FUNCTIONS)],
        "automations": [_automation(row) for row in _rows(_NZ_AUTOMATIONS)],
        "configuration": _settings("15% GST on Income", "200 - Sales NZ", "610 - Accounts Receivable NZ"),
    }
    return {"connections": [australia, new_zealand]}


def connection(uuid: str, name: str, organisation: str) -> JsonObject:
    """A connection to Xero with nothing on it. Its secrets are recognisable, so that a leak of them can be found."""
    return {
        "uuid": uuid,
        "name": name,
        "provider": "XERO",
        "status": "ACTIVE",
        "remote_instance_id": f"{name}-tenant",
        "remote_instance_name": organisation,
        "client_id": f"{name}-partner-client-id",
        "client_secret": f"{name}-partner-client-secret",
        "access_token": f"{name}-partner-access-token",
        "refresh_token": f"{name}-partner-refresh-token",
        "automations": [],
        "partner_functions": [],
        "configuration": untouched(),
    }


def _rows(table: str) -> list[JsonObject]:
    """One object a line, named by the first."""
    names, *rows = ([cell.strip() for cell in line.split("|")] for line in table.splitlines())
    return [dict(zip(names, row, strict=True)) for row in rows]


def _function(row: JsonObject) -> JsonObject:
    return {
        **row,
        "mapping_id": f"map-{row['object_mapping']}",
        "pre_run_script_id": "",
        "post_run_script_id": "",
        "created": "2025-02-03T22:15:00.000Z",
        "updated": "2025-06-30T04:05:06.000Z",
    }


def _automation(row: JsonObject) -> JsonObject:
    uuid, status = row.pop("uuid"), row.pop("status")
    custom = row["check_on"] == "customDayTime"
    imports = row["direction"] == "IMPORT"
    criteria = _criteria(row["applies_to"])
    details = {
        **row,
        "display_name": row["name"],
        "description_enabled": "true",
        "description": f"{row['direction'].capitalize()} of every {row['applies_to']}",
        "applies_to_function": "update" if imports else "new",
        "automation_type": "timerBased",
        "custom_day": "thursday" if custom else "",
        "custom_time": "06:45:23" if custom else "",
        "do_not_over_write_latest_data": "true" if imports else "false",
        "ignore_threshold": "2",
        "since_last_look_up": "true",
        "additional_criteria": "true" if criteria else "false",
        "property_name": "",
    }
    return {"uuid": uuid, "status": status, "details": details, "criteria": criteria}


def _criteria(applies_to: str) -> list[JsonObject]:
    """Suppliers and invoices are filtered; the rest goes through whole."""
    match applies_to:
        case "supplier":
            first = {"field_name": "Account Number", "operator": "HAS_VALUE", "condition": "AND"}
            second = {"field_name": "Email", "operator": "CONTAINS", "value": "@", "condition": "AND"}
            other = {"field_name": "Contact ID", "operator": "DOES_NOT_HAVE_VALUE", "condition": "AND"}
            return [
                {"group_condition": "AND", "rules": [first, second]},
                {"group_condition": "OR", "rules": [other]},
            ]
        case "invoice":
            approved = {"field_name": "Status", "operator": "EQUALS", "value": "APPROVED", "condition": "AND"}
            return [{"group_condition": "AND", "rules": [approved]}]
        case _:
            return []


def _settings(tax: str, revenue: str, receivable: str) -> JsonObject:
    settings = untouched()
    settings["account"]["export"] |= {
        "enabled": "true",
        "default_account_receivable": receivable,
        "account_receivable_mapping": _table(
            ("Trade debtors", receivable), ("Wholesale debtors", receivable)
        ),
        "default_account_payable": "800 - Accounts Payable",
        "account_payable_mapping": _table(("Trade creditors", "800 - Accounts Payable")),
        "default_tax": tax,
        "tax_mapping": _table(("GST", tax), ("GST free", "GST Free Income")),
        "xero_account_number_field": "assigned_by_xero",
        "sync_to_xero": "true",
    }
    settings["account"]["import"] |= {
        "enabled": "true",
        "default_account_receivable": "Trade debtors",
        "account_receivable_mapping": _table((receivable, "Trade debtors")),
        "xero_account_id_field": "assigned_by_exsited",
    }
    settings["transaction"]["invoice"]["export"] |= {
        "enabled": "true",
        "default_sales_revenue": revenue,
        "sales_revenue_mapping": _table(("Coffee beans", revenue), ("Freight", "260 - Other Revenue")),
        "xero_invoice_number_field": "assigned_by_xero",
        "sync_to_xero": "true",
    }
    return settings


def _table(*pairs: tuple[str, str]) -> JsonObject:
    return {"enabled": "true", "mappings": [{"source": source, "target": target} for source, target in pairs]}
