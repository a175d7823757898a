"""The configuration: written in one shape, read as flags of another."""

from typing import Any

import httpx
import pytest

from reconciler.emulator import Running

MAPPING = {"enabled": "true", "mappings": [{"source": "here", "target": "there"}]}


def read(client: httpx.Client, au: str) -> dict[str, Any]:
    integration: dict[str, Any] = client.get(f"{au}/configuration").json()["integration"]
    return integration


def test_only_flags_are_read_in_four_parts(client: httpx.Client, au: str) -> None:
    parts = read(client, au)
    assert set(parts) == {"account", "item", "transaction", "purchase"}
    for part in parts.values():
        assert part.pop("provider") == "XERO"
        flags = {**part.pop("export"), **part.pop("import"), **part}
        assert set(flags.values()) <= {"true", "false"}


def test_accounts_and_mappings_are_never_returned(client: httpx.Client, au: str) -> None:
    text = client.get(f"{au}/configuration").text
    for secret in ("GST", "Receivable", "mappings", "default_", "assigned_by"):
        assert secret not in text


@pytest.mark.parametrize(
    ("body", "flag"),
    [
        ({"account": {"export": {"enabled": "false"}}}, "account.export.account_to_xero_enabled"),
        (
            {"account": {"export": {"tax_mapping": {"enabled": "false"}}}},
            "account.export.account_to_xero_tax_enable",
        ),
        ({"account": {"export": {"sync_to_xero": "false"}}}, "account.account_sync_to_xero"),
        ({"account": {"import": {"enabled": "false"}}}, "account.import.account_from_xero_enabled"),
        (
            {"account": {"import": {"tax_mapping": {"enabled": "true"}}}},
            "account.import.account_to_xero_tax_enable",
        ),
        (
            {"transaction": {"invoice": {"export": {"enabled": "false"}}}},
            "transaction.export.invoice_to_xero_enabled",
        ),
        (
            {"transaction": {"invoice": {"export": {"sales_revenue_mapping": {"enabled": "false"}}}}},
            "transaction.export.invoice_to_xero_sales_revenue_enable",
        ),
        (
            {"transaction": {"invoice": {"export": {"sync_to_xero": "false"}}}},
            "transaction.invoice_sync_to_xero",
        ),
    ],
)
def test_each_flag_reflects_its_field_and_no_other(
    client: httpx.Client, au: str, body: object, flag: str
) -> None:
    before = read(client, au)
    answer = client.patch(f"{au}/configuration", json=body)
    assert answer.json() == {"message": "Configuration has been updated successfully"}
    *parents, name = flag.split(".")
    owner = before
    for parent in parents:
        owner = owner[parent]
    owner[name] = "true" if owner[name] == "false" else "false"
    assert read(client, au) == before


def test_a_patch_merges_objects_and_replaces_lists(client: httpx.Client, server: Running, au: str) -> None:
    connection = server.world.connection("xero-au")
    before = connection.configuration["account"]
    client.patch(f"{au}/configuration", json={"account": {"export": {"tax_mapping": MAPPING}}})
    assert connection.configuration["account"] == {
        **before,
        "export": {**before["export"], "tax_mapping": MAPPING},
    }


def test_null_clears_a_default(client: httpx.Client, server: Running, au: str) -> None:
    assert (
        client.patch(f"{au}/configuration", json={"account": {"export": {"default_tax": None}}}).status_code
        == 200
    )
    assert server.world.connection("xero-au").configuration["account"]["export"]["default_tax"] is None
