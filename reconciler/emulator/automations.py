"""Automations. Six of their fields and all criteria are written and never read back; that is the point of them.

`perform_action` is read as `perform_function` [seed]. Sets of values that nobody documents as closed are open.
"""

import re

from reconciler.emulator.checks import Check, Problems, filled, flag, listed, one_of, record, refuse, text
from reconciler.emulator.messages import JsonObject, Reply, problem
from reconciler.emulator.paging import page
from reconciler.emulator.visit import Visit, unknown
from reconciler.emulator.world import Connection

_WHAT = "automation"
_VALUELESS = ("HAS_VALUE", "DOES_NOT_HAVE_VALUE")
_UNIT_MINUTES = {"minute": 1, "hour": 60, "day": 1440, "week": 10080}

_DETAILS: dict[str, Check] = {
    "name": filled,
    "display_name": text,
    "code": text,
    "description_enabled": flag,
    "description": text,
    "another_automation": text,
    "applies_to": text,
    "applies_to_function": text,
    "automation_type": text,
    "check_on": text,
    "custom_day": text,
    "custom_time": text,
    "direction": one_of("IMPORT", "EXPORT"),
    "do_not_over_write_latest_data": flag,
    "ignore_threshold": text,
    "perform_action": text,
    "since_last_look_up": flag,
    "additional_criteria": flag,
    "property_name": text,
}
_READ_AS_WRITTEN = (
    "additional_criteria",
    "applies_to",
    "applies_to_function",
    "automation_type",
    "check_on",
    "code",
    "custom_day",
    "custom_time",
    "description",
    "direction",
    "display_name",
    "name",
)


def _rule(value: object, at: str, problems: Problems) -> None:
    _rule_fields(value, at, problems)
    if not isinstance(value, dict):
        return
    operator = value.get("operator")
    if operator in _VALUELESS and "value" in value:
        problems.append(problem("INVALID_VALUE", f"{operator} takes no value", f"{at}.value"))
    if operator in ("EQUALS", "CONTAINS") and "value" not in value:
        problems.append(problem("REQUIRED", f"{operator} needs a value", f"{at}.value"))


_condition = one_of("AND", "OR")
_rule_fields = record(
    {"field_name": filled, "operator": filled, "value": text, "condition": _condition},
    ("field_name", "operator"),
)
_criteria = listed(record({"group_condition": _condition, "rules": listed(_rule)}, ("rules",)))


def list_all(visit: Visit) -> Reply:
    connection = visit.connection()
    return page(
        connection.automations, visit.call, lambda each: _render(each, connection), "integration_automations"
    )


def show(visit: Visit) -> Reply:
    connection = visit.connection()
    return _reply(visit.one(connection.automations, _WHAT), connection)


def create(visit: Visit) -> Reply:
    """A new automation is active [assumed]."""
    connection = visit.connection()
    integration = _written(visit, connection, required=("name",))
    automation = {
        "uuid": visit.world.new_id(),
        "status": "ACTIVE",
        "details": integration["automation_details"],
        "criteria": integration.get("additional_criteria_details", []),
    }
    with visit.world.writing():
        connection.automations.put(automation)
    return _reply(automation, connection, 201)


def update(visit: Visit) -> Reply:
    """Absent keys are left alone [php]; criteria have no element ids and are replaced whole [assumed]."""
    connection = visit.connection()
    old = visit.one(connection.automations, _WHAT)
    integration = _written(visit, connection)
    new = {
        **old,
        "details": {**old["details"], **integration.get("automation_details", {})},
        "criteria": integration.get("additional_criteria_details", old["criteria"]),
    }
    with visit.world.writing():
        connection.automations.put(new)
    return _reply(new, connection)


def enable(visit: Visit) -> Reply:
    _set_status(visit, "ACTIVE")
    return Reply.json({"message": "Automation has been enabled successfully"})


def disable(visit: Visit) -> Reply:
    _set_status(visit, "INACTIVE")
    return Reply.json({"message": "Automation has been disabled successfully"})


def delete(visit: Visit) -> Reply:
    """Named by its uuid alone: the path has no connection [php]."""
    uuid = visit.ids["object"]
    for connection in visit.world.connections.values():
        if connection.automations.get(uuid) is not None:
            with visit.world.writing():
                connection.automations.remove(uuid)
            return Reply.json({"message": "Automation has been deleted successfully"})
    raise unknown(_WHAT, uuid)


def _set_status(visit: Visit, status: str) -> None:
    connection = visit.connection()
    old = visit.one(connection.automations, _WHAT)
    with visit.world.writing():
        connection.automations.put({**old, "status": status})


def _written(visit: Visit, connection: Connection, required: tuple[str, ...] = ()) -> JsonObject:
    """What a valid body writes: `automation_details` (needed to create) and `additional_criteria_details`."""
    body = visit.call.json_object()
    problems: Problems = []
    details = record(_DETAILS, required)
    parts = {"automation_details": details, "additional_criteria_details": _criteria}
    needed = ("automation_details",) if required else ()
    record({"integration": record(parts, needed)}, ("integration",))(body, "", problems)
    refuse(problems)
    integration: JsonObject = body["integration"]
    _check_references(integration.get("automation_details", {}), connection, problems)
    refuse(problems)
    return integration


def _check_references(details: JsonObject, connection: Connection, problems: Problems) -> None:
    """A function is named by uuid [seed], another automation by name; "" names none [php]."""
    at = "integration.automation_details"
    function = details.get("perform_action", "")
    if function and connection.functions.get(function) is None:
        message = f"No partner function of this connection has the uuid {function}"
        problems.append(problem("UNKNOWN_REFERENCE", message, f"{at}.perform_action"))
    other = details.get("another_automation", "")
    if other and not connection.automations.names(other):
        message = f"No automation of this connection is named {other}"
        problems.append(problem("UNKNOWN_REFERENCE", message, f"{at}.another_automation"))


def _reply(automation: JsonObject, connection: Connection, status: int = 200) -> Reply:
    return Reply.json({"integration_automation": _render(automation, connection)}, status)


def _render(automation: JsonObject, connection: Connection) -> JsonObject:
    details = automation["details"]
    performs = details.get("perform_action", "")
    function = connection.functions.get(performs) or {}
    custom = details.get("check_on") == "customDayTime"
    day, time = details.get("custom_day", ""), details.get("custom_time", "")
    return {
        **{name: details.get(name, "") for name in _READ_AS_WRITTEN},
        "check_on_minutes": _minutes(details.get("check_on", "")),
        "custom_day_time": f"{day} {time}".strip() if custom else "",
        "perform_function": performs,
        "provider": connection.about["provider"],
        "status": automation["status"],
        "uuid": automation["uuid"],
        "trigger_condition_text": _criteria_text(automation["criteria"]),
        "performActionText": function.get("name", ""),
        "checkOnText": f"Every {day} at {time}" if custom else _every(details.get("check_on", "")),
    }


def _minutes(check_on: str) -> str:
    """4 hours are "240"; "" for whatever is no interval."""
    interval = re.fullmatch(r"(\d{1,6}) (minute|hour|day|week)s?", check_on)
    return str(int(interval[1]) * _UNIT_MINUTES[interval[2]]) if interval else ""


def _every(check_on: str) -> str:
    return f"Every {check_on}" if check_on else ""


def _criteria_text(groups: list[JsonObject]) -> str:
    """`(Contact ID HAS_VALUE AND Name EQUALS "1") OR (…)`: the wording of the real text is not known [assumed]."""
    text_so_far = ""
    for group in groups:
        joined = f" {group.get('group_condition', 'AND')} " if text_so_far else ""
        text_so_far += f"{joined}({_rules_text(group['rules'])})"
    return text_so_far


def _rules_text(rules: list[JsonObject]) -> str:
    text_so_far = ""
    for rule in rules:
        joined = f" {rule.get('condition', 'AND')} " if text_so_far else ""
        value = f' "{rule["value"]}"' if "value" in rule else ""
        text_so_far += f"{joined}{rule['field_name']} {rule['operator']}{value}"
    return text_so_far
