"""The configuration that every connection begins with."""

from reconciler.emulator.messages import JsonObject


def untouched() -> JsonObject:
    """The configuration of a connection that nobody configured yet [assumed: everything off and empty]."""

    def account(own: JsonObject) -> JsonObject:
        return {
            "enabled": "false",
            "default_account_receivable": None,
            "account_receivable_mapping": _off(),
            "default_account_payable": None,
            "account_payable_mapping": _off(),
            "default_tax": None,
            "tax_mapping": _off(),
            **own,
        }

    return {
        "account": {
            "export": account({"xero_account_number_field": "", "sync_to_xero": "false"}),
            "import": account({"xero_account_id_field": ""}),
        },
        "transaction": {
            "invoice": {
                "export": {
                    "enabled": "false",
                    "default_sales_revenue": None,
                    "sales_revenue_mapping": _off(),
                    "xero_invoice_number_field": "",
                    "sync_to_xero": "false",
                }
            }
        },
    }


def _off() -> JsonObject:
    return {"enabled": "false", "mappings": []}
