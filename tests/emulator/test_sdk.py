"""The vendor's own client against the emulator: the judge of the shapes.

Without a token file it signs in at its first 401, so it writes nothing.
"""

from pathlib import Path
from typing import Any

import pytest
from exsited.common.ab_exception import ABException
from exsited.exsited.auth.dto.token_dto import RequestTokenDTO
from exsited.exsited.exsited_sdk import ExsitedSDK
from exsited.exsited.integration.dto.integration_dto import (
    AccountDTO,
    AccountImportExportDTO,
    AccountMappingDTO,
    AdditionalCriteriaDTO,
    AutomationDetailsDTO,
    AutomationRequestDTO,
    CriteriaRuleDTO,
    IntegrationConnectionConfigRequestDTO,
    IntegrationDTO,
    InvoiceDTO,
    InvoiceExportDTO,
    MappingDTO,
    PartnerFunctionDTO,
    PartnerFunctionRequestDTO,
    TransactionDTO,
)
from exsited.exsited.integration.integration import Integration
from exsited.http.file_token_manager import FileTokenManager

from reconciler.emulator import CLIENT_ID, CLIENT_SECRET, ExpireTokens, Fault, Running

AU = "922ffe4a-439f-4b1c-b671-d4387bc2ec59"


def credentials(url: str) -> Any:  # noqa: ANN401 - the SDK ships no types
    return RequestTokenDTO(
        grantType="client_credentials",
        clientId=CLIENT_ID,
        clientSecret=CLIENT_SECRET,
        redirectUri="https://anything.test/",
        exsitedUrl=url,
    )


@pytest.fixture
def sdk(server: Running) -> Any:  # noqa: ANN401
    return ExsitedSDK().init_sdk(request_token_dto=credentials(server.base_url)).integration


def uuid_of(server: Running, name: str, shelf: str = "automations") -> str:
    found: str = getattr(server.world.connection("xero-au"), shelf).named(name)["uuid"]
    return found


def test_it_lists_connections(server: Running, sdk: Any) -> None:  # noqa: ANN401
    # this path of the SDK lacks its slash, so the base URL needs one, which no other call bears, sign-in included
    sdk.automation_list(AU)
    lister = Integration(request_token_dto=credentials(f"{server.base_url}/"))
    lister.http_requester.add_bearer_token(sdk.rest_token.accessToken)
    listed = lister.connection_list()
    assert [each.uuid for each in listed.integrationConnection] == list(server.world.connections)
    assert listed.integrationConnection[0].remoteInstanceName == "Harbour & Vale Pty Ltd"
    assert (listed.pagination.records, listed.pagination.nextPage) == (2, "NULL")


def test_it_reads_one_connection_with_its_secrets(sdk: Any) -> None:  # noqa: ANN401
    connection = sdk.get_connection_by_id(AU).integrationConnection
    assert (connection.integrationPartner, connection.clientSecret) == (
        "XERO",
        "xero-au-partner-client-secret",
    )


def test_it_lists_and_reads_automations(server: Running, sdk: Any) -> None:  # noqa: ANN401
    listed = sdk.automation_list(AU)
    assert [each.name for each in listed.integrationAutomations][:2] == ["Customer sync", "Supplier import"]
    assert listed.pagination.records == 6
    one = sdk.automation_details(AU, uuid_of(server, "Supplier export")).integrationAutomation
    assert one == listed.integrationAutomations[2]
    assert (one.checkOn, one.checkOnMinutes, one.status) == ("8 hours", "480", "ACTIVE")
    assert one.performFunction == uuid_of(server, "Supplier export", "functions")


def test_it_creates_and_updates_an_automation_with_criteria(server: Running, sdk: Any) -> None:  # noqa: ANN401
    request = AutomationRequestDTO(
        integration=IntegrationDTO(
            automationDetails=AutomationDetailsDTO(
                name="Made by the SDK",
                displayName="SDK",
                descriptionEnabled="true",
                anotherAutomation="Customer sync",
                automationType="timerBased",
                direction="IMPORT",
                checkOn="8 hours",
                performAction=uuid_of(server, "Customer import", "functions"),
                ignoreThreshold="1",
                propertyName="",
            ),
            additionalCriteriaDetails=[
                AdditionalCriteriaDTO(
                    groupCondition="AND",
                    rules=[
                        CriteriaRuleDTO(
                            fieldName="Account Number", operator="CONTAINS", value="1", condition="AND"
                        ),
                        CriteriaRuleDTO(fieldName="Contact ID", operator="HAS_VALUE", condition="OR"),
                    ],
                )
            ],
        )
    )
    created = sdk.create_automation(AU, request).integrationAutomation
    assert created.triggerConditionText == '(Account Number CONTAINS "1" OR Contact ID HAS_VALUE)'
    change = AutomationRequestDTO(
        integration=IntegrationDTO(automationDetails=AutomationDetailsDTO(checkOn="4 hours"))
    )
    updated = sdk.update_automation(AU, created.uuid, change).integrationAutomation
    assert (updated.name, updated.checkOn, updated.checkOnMinutes) == ("Made by the SDK", "4 hours", "240")
    assert updated.triggerConditionText == created.triggerConditionText


def test_it_lists_and_reads_partner_functions(server: Running, sdk: Any) -> None:  # noqa: ANN401
    listed = sdk.partner_function_list(AU)
    assert listed.pagination.records == len(listed.partnerFunctions) == 7
    one = sdk.partner_function_details(AU, uuid_of(server, "Customer import", "functions")).partnerFunction
    assert one == listed.partnerFunctions[0]
    assert all(isinstance(value, str) for value in vars(one).values())


def test_it_creates_updates_enables_and_disables_a_partner_function(sdk: Any) -> None:  # noqa: ANN401
    request = PartnerFunctionRequestDTO(
        partnerFunction=PartnerFunctionDTO(
            name="Made by the SDK",
            direction="IMPORT",
            objectName="customer",
            objectMapping="customer_customer",
            eventName="update",
            tag="import_only_inventory",
        )
    )
    created = sdk.create_partner_function(AU, request).partnerFunction
    change = PartnerFunctionRequestDTO(partnerFunction=PartnerFunctionDTO(direction="EXPORT"))
    updated = sdk.update_partner_function(AU, created.uuid, change)
    assert (updated.uuid, updated.direction, updated.name) == (created.uuid, "EXPORT", "Made by the SDK")
    assert updated.updated > created.updated
    assert "disabled" in sdk.disable_partner_function(AU, created.uuid).message
    assert sdk.partner_function_details(AU, created.uuid).partnerFunction.enabled == "false"
    assert "enabled" in sdk.enable_partner_function(AU, created.uuid).message
    assert sdk.partner_function_details(AU, created.uuid).partnerFunction.enabled == "true"


def test_it_reads_the_configuration_into_every_flag_that_it_knows(sdk: Any) -> None:  # noqa: ANN401
    parts = sdk.integration_configuration(AU).integration
    assert (parts.account.accountSyncToXero, parts.account.export.accountToXeroTaxEnable) == ("true", "true")
    assert parts.transaction.export.invoiceToXeroSalesRevenueEnable == "true"
    assert parts.item.itemSyncToXero == parts.purchase.purchaseOrderSyncToXero == "false"
    assert all(value is not None for part in vars(parts).values() for value in vars(part).values())


def test_it_updates_the_configuration(server: Running, sdk: Any) -> None:  # noqa: ANN401
    mapping = AccountMappingDTO(enabled="false", mappings=[MappingDTO(source="a", target="b")])
    request = IntegrationConnectionConfigRequestDTO(
        account=AccountDTO(
            export=AccountImportExportDTO(enabled="false", taxMapping=mapping, syncToXero="false"),
            import_=AccountImportExportDTO(xeroAccountIdField="assigned_by_exsited"),
        ),
        transaction=TransactionDTO(
            invoice=InvoiceDTO(export=InvoiceExportDTO(defaultSalesRevenue="Other Revenue"))
        ),
    )
    answer = sdk.update_integration_configuration(AU, request)
    assert answer.message == "Configuration has been updated successfully"
    read = sdk.integration_configuration(AU).integration.account
    assert (read.accountSyncToXero, read.export.accountToXeroEnabled) == ("false", "false")
    written = server.world.connection("xero-au").configuration
    assert written["transaction"]["invoice"]["export"]["default_sales_revenue"] == "Other Revenue"


def test_its_exceptions_carry_our_messages(sdk: Any) -> None:  # noqa: ANN401
    with pytest.raises(ABException) as refused:
        sdk.automation_details(AU, "no-such-uuid")
    assert refused.value.get_errors()[0].startswith("No automation has the uuid")


def test_it_renews_its_token_and_replays(server: Running, sdk: Any) -> None:  # noqa: ANN401
    sdk.automation_list(AU)
    server.faults.add(Fault(ExpireTokens(), path="*/automation"))
    assert sdk.automation_list(AU).pagination.records == 6
    assert [entry.status for entry in server.log.entries[-3:]] == [401, 200, 200]


def test_it_keeps_its_token_in_a_file(
    server: Running,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tokens = FileTokenManager(str(tmp_path / "token.json"))
    sdk = (
        ExsitedSDK()
        .init_sdk(request_token_dto=credentials(server.base_url), file_token_mgr=tokens)
        .integration
    )
    assert sdk.partner_function_list(AU).pagination.records == 7
    assert sdk.partner_function_list(AU).pagination.records == 7
    assert [entry.status for entry in server.log] == [200, 200, 200]
    assert "Refreshing" in capsys.readouterr().out
