"""The service itself, without sockets or faults: a call in, a reply out. Each route is a row of the API's table."""

from collections.abc import Callable
from dataclasses import dataclass
from re import Pattern
from typing import TypeAlias

from starlette.routing import compile_path

from reconciler.emulator import automations, configuration, connections, functions
from reconciler.emulator.messages import Call, Refusal, Reply, problem
from reconciler.emulator.tokens import Tokens
from reconciler.emulator.visit import Visit
from reconciler.emulator.world import World

Answer: TypeAlias = Callable[[Visit], Reply]

_TOKEN_PATH = "/api/v1/oauth2/token"  # noqa: S105 - a path
_V2 = "/api/v2/integration-connections"
_V3 = "/api/v3/integration"
_AUTOMATIONS = f"{_V3}/{{connection}}/automation"
_AUTOMATION = f"{_AUTOMATIONS}/{{object}}"
_FUNCTIONS = f"{_V3}/{{connection}}/partner-function"
_FUNCTION = f"{_FUNCTIONS}/{{object}}"
_CONFIGURATION = f"{_V3}/{{connection}}/configuration"

_TABLE: dict[str, dict[str, Answer]] = {
    _V2: {"GET": connections.list_all},
    f"{_V2}/{{connection}}": {"GET": connections.show},
    _AUTOMATIONS: {"GET": automations.list_all, "POST": automations.create},
    _AUTOMATION: {"GET": automations.show, "PATCH": automations.update},
    f"{_AUTOMATION}/enable": {"POST": automations.enable},
    f"{_AUTOMATION}/disable": {"POST": automations.disable},
    f"{_V3}/automation/{{object}}": {"DELETE": automations.delete},
    _FUNCTIONS: {"GET": functions.list_all, "POST": functions.create},
    f"{_FUNCTIONS}/": {"GET": functions.list_all, "POST": functions.create},
    _FUNCTION: {"GET": functions.show, "PATCH": functions.update, "DELETE": functions.delete},
    f"{_FUNCTION}/enable": {"POST": functions.enable},
    f"{_FUNCTION}/disable": {"POST": functions.disable},
    _CONFIGURATION: {"GET": configuration.show, "PATCH": configuration.update},
}
_ROUTES: list[tuple[Pattern[str], dict[str, Answer]]] = [
    (compile_path(path)[0], answers) for path, answers in _TABLE.items()
]


@dataclass(frozen=True, slots=True)
class Api:
    world: World
    tokens: Tokens

    def answer(self, call: Call) -> tuple[Reply, bool]:
        """The reply, and whether the world was written. One call at a time."""
        with self.world.lock:
            before = self.world.revision
            try:
                reply = self._answer(call)
            except Refusal as refusal:
                reply = refusal.reply()
            return reply, self.world.revision != before

    def _answer(self, call: Call) -> Reply:
        if call.path == _TOKEN_PATH:
            if call.method != "POST":
                raise _not_allowed(call, ["POST"])
            return self.tokens.issue(call)
        self.tokens.check(call.bearer)
        for pattern, answers in _ROUTES:
            if found := pattern.match(call.path):
                if call.method not in answers:
                    raise _not_allowed(call, list(answers))
                return answers[call.method](Visit(self.world, call, found.groupdict()))
        raise Refusal(404, [problem("NOT_FOUND", f"There is nothing at {call.path}")])


def _not_allowed(call: Call, allowed: list[str]) -> Refusal:
    message = f"{call.method} is not allowed here"
    return Refusal(405, [problem("METHOD_NOT_ALLOWED", message)], {"Allow": ", ".join(allowed)})
