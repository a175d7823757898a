"""The emulator's own endpoints, for tests in another process: `/_emulator/log`, `/faults`, `/world`.

No credentials, so loopback only. Never logged, never struck by a fault.
"""

from ipaddress import ip_address

from reconciler.emulator.faults import Fault, Faults
from reconciler.emulator.log import RequestLog
from reconciler.emulator.messages import Call, Refusal, Reply, problem
from reconciler.emulator.world import World

_PREFIX = "/_emulator/"


def wants(call: Call) -> bool:
    return call.path.startswith(_PREFIX)


def answer(call: Call, client: str, world: World, faults: Faults, log: RequestLog) -> Reply:
    if not _is_loopback(client):
        return Refusal(403, [problem("FORBIDDEN", "Loopback only")]).reply()
    try:
        return _answer(call, world, faults, log)
    except Refusal as refusal:
        return refusal.reply()


def _answer(call: Call, world: World, faults: Faults, log: RequestLog) -> Reply:
    match call.method, call.path.removeprefix(_PREFIX):
        case "GET", "log":
            return Reply.json({"entries": [entry.document() for entry in log]})
        case "DELETE", "log":
            log.clear()
        case "POST", "faults":
            faults.add(*_faults(call))
        case "DELETE", "faults":
            faults.clear()
        case "GET", "world":
            return Reply.json(world.document())
        case "PUT", "world":
            _replace(world, call)
        case _:
            raise Refusal(404, [problem("NOT_FOUND", f"There is no {call.method} {call.path}")])
    return Reply.json({"message": "done"})


def _faults(call: Call) -> list[Fault]:
    """`{"faults": [rule, …]}`; all of them or none."""
    listed = call.json_object().get("faults")
    if not isinstance(listed, list):
        raise Refusal(400, [problem("REQUIRED", "faults must be a list", "faults")])
    try:
        return [Fault.parse(each) for each in listed]
    except ValueError as error:
        raise Refusal(400, [problem("INVALID_VALUE", str(error), "faults")]) from error


def _replace(world: World, call: Call) -> None:
    try:
        world.replace(call.json_object())
    except ValueError as error:
        raise Refusal(400, [problem("INVALID_VALUE", str(error), "connections")]) from error


def _is_loopback(client: str) -> bool:
    try:
        return ip_address(client).is_loopback
    except ValueError:
        return False
