"""A connection's configuration: written as accounts and mapping tables, read back as flags of another shape.

Names and defaults of accounts and every mapping are never returned. The shape of the flags is the SDK's [sdk];
which flag reflects which field is read off the names [assumed]. Flags without a writable field stay "false".
"""

from typing import TypeAlias

from reconciler.emulator.checks import Problems, flag, listed, record, refuse, text, text_or_null
from reconciler.emulator.messages import JsonObject, Reply
from reconciler.emulator.visit import Visit

_Flags: TypeAlias = "dict[str, str | _Flags]"

_mapping = record(
    {"enabled": flag, "mappings": listed(record({"source": text, "target": text}, ("source", "target")))}
)
_account = {
    "enabled": flag,
    "default_account_receivable": text_or_null,
    "account_receivable_mapping": _mapping,
    "default_account_payable": text_or_null,
    "account_payable_mapping": _mapping,
    "default_tax": text_or_null,
    "tax_mapping": _mapping,
}
_invoice = {
    "enabled": flag,
    "default_sales_revenue": text_or_null,
    "sales_revenue_mapping": _mapping,
    "xero_invoice_number_field": text,
    "sync_to_xero": flag,
}
_body = record(
    {
        "account": record(
            {
                "export": record({**_account, "xero_account_number_field": text, "sync_to_xero": flag}),
                "import": record({**_account, "xero_account_id_field": text}),
            }
        ),
        "transaction": record({"invoice": record({"export": record(_invoice)})}),
    }
)

# flag as it is read -> path of the field as it is written; "" where nothing that can be written moves it
_FLAGS: dict[str, _Flags] = {
    "account": {
        "account_sync_to_xero": "account.export.sync_to_xero",
        "export": {
            "account_to_xero_enabled": "account.export.enabled",
            "account_to_xero_tax_enable": "account.export.tax_mapping.enabled",
        },
        "import": {
            "account_from_xero_enabled": "account.import.enabled",
            # "to" in an import is the SDK's own spelling
            "account_to_xero_tax_enable": "account.import.tax_mapping.enabled",
        },
    },
    "item": {
        "item_sync_to_xero": "",
        "export": {
            "item_to_xero_enabled": "",
            "product_to_xero_sales_revenue_enable": "",
            "product_to_xero_tax_enable": "",
        },
        "import": {"item_from_xero_enabled": "", "product_from_xero_tax_enable": ""},
    },
    "transaction": {
        "invoice_sync_to_xero": "transaction.invoice.export.sync_to_xero",
        "payment_sync_to_xero": "",
        "credit_note_sync_to_xero": "",
        "refund_sync_to_xero": "",
        "export": {
            "invoice_to_xero_enabled": "transaction.invoice.export.enabled",
            "invoice_to_xero_sales_revenue_enable": "transaction.invoice.export.sales_revenue_mapping.enabled",
            "invoice_to_xero_tax_enable": "",
            "payment_to_xero_enabled": "",
            "credit_note_to_xero_enabled": "",
            "refund_to_xero_enabled": "",
        },
        "import": {
            "invoice_from_xero_enabled": "",
            "invoice_from_xero_tax_enable": "",
            "payment_from_xero_enabled": "",
            "credit_note_from_xero_enabled": "",
            "refund_from_xero_enabled": "",
        },
    },
    "purchase": {
        "purchase_order_sync_to_xero": "",
        "purchase_invoice_sync_to_xero": "",
        "purchase_payment_sync_to_xero": "",
        "export": {
            "purchase_order_to_xero_enabled": "",
            "purchase_order_to_xero_tax_enable": "",
            "purchase_invoice_to_xero_enabled": "",
            "purchase_invoice_to_xero_tax_enable": "",
            "purchase_payment_to_xero_enabled": "",
            "purchase_payment_to_xero_tax_enable": "",
            "purchase_credit_note_to_xero_enabled": "",
            "purchase_refund_to_xero_enabled": "",
        },
        "import": {
            "purchase_order_from_xero_enabled": "",
            "purchase_order_from_xero_tax_enable": "",
            "purchase_bill_from_xero_enabled": "",
            "purchase_bill_from_xero_tax_enable": "",
            "purchase_payment_from_xero_enabled": "",
            "purchase_credit_note_from_xero_enabled": "",
            "purchase_refund_from_xero_enabled": "",
        },
    },
}


def show(visit: Visit) -> Reply:
    connection = visit.connection()
    provider = connection.about["provider"]
    settings = connection.configuration
    parts = {name: {"provider": provider, **_read(flags, settings)} for name, flags in _FLAGS.items()}
    return Reply.json({"integration": parts})


def update(visit: Visit) -> Reply:
    connection = visit.connection()
    body = visit.call.json_object()
    problems: Problems = []
    _body(body, "", problems)
    refuse(problems)
    with visit.world.writing():
        connection.configure(_merged(connection.configuration, body))
    return Reply.json({"message": "Configuration has been updated successfully"})


def _merged(old: JsonObject, new: JsonObject) -> JsonObject:
    """Objects are merged, absent keys left alone [php]; a list is one value and replaced whole [assumed]."""
    merged = dict(old)
    for name, value in new.items():
        before = old.get(name)
        merged[name] = (
            _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
        )
    return merged


def _read(flags: _Flags, settings: JsonObject) -> JsonObject:
    return {
        name: _read(source, settings) if isinstance(source, dict) else _value(settings, source)
        for name, source in flags.items()
    }


def _value(settings: JsonObject, path: str) -> str:
    found: object = settings
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else "false"
