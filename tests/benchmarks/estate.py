"""A large project on one connection: its manifests and its live service, which agree.

Ten automations share a partner function. Half of them have criteria of their own, a quarter those of a shared
group, and each has a template. `edited` automations are written otherwise than live has them: every other one
in its criteria, the rest in a text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from reconciler.emulator import CLIENT_ID, CLIENT_SECRET
from reconciler.emulator.sample import connection

NAME = "books"
CONNECTION = "922ffe4a-439f-4b1c-b671-d4387bc2ec59"
ENVIRONMENT = "bench"
CREDENTIALS = {"BENCH_ID": CLIENT_ID, "BENCH_SECRET": CLIENT_SECRET, "BENCH_REDIRECT": "http://localhost"}
_USERS = 10
_DOCUMENTS_A_FILE = 100

_SETTINGS = """\
apiVersion: reconciler/v1
kind: Project
metadata: {{name: bench}}
spec: {{default_environment: bench}}
---
apiVersion: reconciler/v1
kind: Environment
metadata: {{name: bench}}
spec:
  api:
    base_url: {base_url}
    credentials:
      client_id: {{env: BENCH_ID}}
      client_secret: {{env: BENCH_SECRET}}
      redirect_uri: {{env: BENCH_REDIRECT}}
    requests_per_second: 1000
    concurrency: {concurrency}
  connections:
    books: {{uuid: 922ffe4a-439f-4b1c-b671-d4387bc2ec59}}
  variables: {{interval: 4 hours}}
  policy: {{max_changes: 100000, max_change_percent: 100}}
"""
_SHARED = """\
apiVersion: reconciler/v1
kind: CriteriaGroup
metadata: {name: reachable}
spec:
  group_condition: AND
  rules:
    - {field_name: Email, operator: HAS_VALUE, condition: AND}
---
apiVersion: reconciler/v1
kind: InvoiceMapping
metadata: {name: invoices, connection: books}
spec:
  enabled: false
  sync_to_xero: false
"""
_FUNCTION = """\
apiVersion: reconciler/v1
kind: PartnerFunction
metadata: {{name: f-{number:05}, connection: books}}
spec:
  name: Function {number:05}
  direction: IMPORT
  object_name: customer
  object_mapping: customer_customer
  event_name: update
  description: Pulls customers of branch {number:05}
  enabled: true
"""
_AUTOMATION = """\
apiVersion: reconciler/v1
kind: Automation
metadata: {{name: a-{number:05}, connection: books}}
spec:
  name: Automation {number:05}
  description_enabled: true
  description: {text}
  automation_type: timerBased
  check_on: "{{{{ vars.interval }}}}"        # the same for all
  direction: IMPORT
  applies_to: customer
  applies_to_function: update
  perform_action: {{ref: PartnerFunction/f-{function:05}}}
  since_last_look_up: true
  enabled: true
"""
_SHARED_CRITERIA = """\
  additional_criteria: true
  additional_criteria_details:
    - {ref: CriteriaGroup/reachable}
"""
_OWN_CRITERIA = """\
  additional_criteria: true
  additional_criteria_details:
    - group_condition: AND
      rules:
        - {{field_name: Account Number, operator: HAS_VALUE, condition: AND}}
        - {{field_name: Name, operator: CONTAINS, value: "{value}", condition: AND}}
"""


@dataclass(frozen=True, slots=True)
class Estate:
    automations: int
    edited: int = 0

    @property
    def functions(self) -> int:
        return -(-self.automations // _USERS)

    def write(self, folder: Path, base_url: str, concurrency: int) -> None:
        """Write the project into `folder`, over one that is there already."""
        folder.mkdir(exist_ok=True)
        settings = _SETTINGS.format(base_url=base_url, concurrency=concurrency)
        (folder / "reconciler.yaml").write_text(settings)
        (folder / "shared.yaml").write_text(_SHARED)
        documents = [_FUNCTION.format(number=n) for n in range(self.functions)]
        documents += [self._automation(n) for n in range(self.automations)]
        for start in range(0, len(documents), _DOCUMENTS_A_FILE):
            text = "---\n".join(documents[start : start + _DOCUMENTS_A_FILE])
            (folder / f"objects-{start:05}.yaml").write_text(text)

    def _automation(self, number: int) -> str:
        edited = number < self.edited
        text = _text(number) + (", in git" if edited and number % 2 else "")
        document = _AUTOMATION.format(number=number, text=text, function=number // _USERS)
        if number % 2 == 0:
            return document + _OWN_CRITERIA.format(value="new" if edited else "old")
        return document + (_SHARED_CRITERIA if number % 4 == 1 else "")

    def world(self) -> dict[str, Any]:
        """Live, as a document of the emulator's."""
        live = connection(CONNECTION, NAME, NAME)
        live["partner_functions"] = list(self._live_functions())
        live["automations"] = list(self._live_automations())
        return {"connections": [live]}

    def _live_functions(self) -> Iterator[dict[str, Any]]:
        for number in range(self.functions):
            yield {
                "uuid": _function_uuid(number),
                "name": f"Function {number:05}",
                "direction": "IMPORT",
                "object_name": "customer",
                "object_mapping": "customer_customer",
                "event_name": "update",
                "description": f"Pulls customers of branch {number:05}",
                "enabled": "true",
                "mapping_id": "map-customer",
                "created": "2025-02-03T22:15:00.000Z",
                "updated": "2025-06-30T04:05:06.000Z",
            }

    def _live_automations(self) -> Iterator[dict[str, Any]]:
        for number in range(self.automations):
            criteria = _criteria(number)
            details = {
                "name": f"Automation {number:05}",
                "description_enabled": "true",
                "description": _text(number),
                "automation_type": "timerBased",
                "check_on": "4 hours",
                "direction": "IMPORT",
                "applies_to": "customer",
                "applies_to_function": "update",
                "perform_action": _function_uuid(number // _USERS),
                "since_last_look_up": "true",
                "additional_criteria": "true" if criteria else "false",
            }
            uuid = str(UUID(int=number + 1))
            yield {"uuid": uuid, "status": "ACTIVE", "details": details, "criteria": criteria}


def _text(number: int) -> str:
    return f"Import of every customer of branch {number:05}"


def _function_uuid(number: int) -> str:
    return str(UUID(int=(1 << 64) + number))


def _criteria(number: int) -> list[dict[str, Any]]:
    if number % 2 == 0:
        account = {"field_name": "Account Number", "operator": "HAS_VALUE", "condition": "AND"}
        name = {"field_name": "Name", "operator": "CONTAINS", "value": "old", "condition": "AND"}
        return [{"group_condition": "AND", "rules": [account, name]}]
    if number % 4 == 1:
        email = {"field_name": "Email", "operator": "HAS_VALUE", "condition": "AND"}
        return [{"group_condition": "AND", "rules": [email]}]
    return []
