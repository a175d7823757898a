"""Live, as only `apply` holds it: the reader, and one way to write."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler.changes import Request
from reconciler.kinds import OBJECTS, ObjectType
from reconciler.live.reader import Reader
from reconciler.live.transport import Transport
from reconciler.resources import Observed
from reconciler.values import Json
from reconciler.web.exchange import Call, Effect

_SWITCHES = tuple(
    "/" + template.rpartition("/")[2]
    for object_type in OBJECTS.values()
    for template in (object_type.endpoints.enable, object_type.endpoints.disable)
    if template
)


class Writer:
    """Sends requests exactly as a plan has them. `reader` is the same live without any way to write."""

    def __init__(self, transport: Transport, reader: Reader) -> None:
        self._transport = transport
        self.reader = reader

    def objects(self, object_type: ObjectType, connection: str) -> Mapping[str, Observed]:
        """As Reader.objects."""
        return self.reader.objects(object_type, connection)

    def object(self, object_type: ObjectType, connection: str, uuid: str) -> Observed | None:
        """As Reader.object."""
        return self.reader.object(object_type, connection, uuid)

    def send(self, request: Request) -> Mapping[str, Json]:
        """The answer, `{}` where it has no content.

        Tried again only where a second sending changes nothing: a creation is not, once it may have
        been sent. Raise LiveError, with `maybe_sent` where nobody knows whether it took effect.
        """
        call = Call(request.method, request.path, _effect(request), body=request.body, empty_ok=True)
        return self._transport.request(call)

    def only_while(self, allowed: Callable[[], bool]) -> None:
        """As Transport.only_while."""
        self._transport.only_while(allowed)

    def stop(self) -> None:
        """Send nothing more, and end all waiting; what is under way has a few seconds to finish."""
        self._transport.stop()


def _effect(request: Request) -> Effect:
    creates = request.method == "POST" and not request.path.endswith(_SWITCHES)
    return "once" if creates else "absolute"
