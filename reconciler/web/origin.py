"""The one place that requests go to. A token is bound to an origin; this is the last gate before the wire.

Pure: no I/O. An origin is scheme, host and port; a base URL may add a path in front of every path.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Self

import httpx

from reconciler.errors import Refused, UsageError

_PORTS = {"https": 443, "http": 80}
# what our own endpoints are made of, uuids being quoted: no query, fragment, placeholder or backslash
_PATH = re.compile(r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)+/?")
_DOTS = re.compile(r"(?:\.|%2e){1,2}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Origin:
    scheme: str
    host: str
    port: int
    prefix: str = ""

    @classmethod
    def parse(cls, base_url: str, what: str = "the environment's base_url") -> Self:
        """Raise UsageError where `base_url` is no http(s) URL, or plain http to anywhere but this machine.

        `what` names the setting, for people.
        """
        try:
            url = httpx.URL(base_url)
            host = url.raw_host.decode("ascii")
        except (httpx.InvalidURL, UnicodeError, TypeError):
            raise _unusable(what, "is no URL") from None
        if url.scheme not in _PORTS or not host:
            raise _unusable(what, "does not start with https://")
        if url.userinfo:
            raise _unusable(what, "holds a user name or password", "name credentials by reference")
        if url.query or url.fragment or "?" in base_url or "#" in base_url:
            raise _unusable(what, "has a query or fragment")
        prefix = url.raw_path.decode("ascii").rstrip("/")
        if prefix and not _sound(prefix):
            raise _unusable(what, "has an unusable path")
        if url.scheme == "http" and not _is_loopback(host):
            raise _unusable(
                what, "is plain http to another machine", "write https://: a token would be readable"
            )
        return cls(url.scheme, host, url.port or _PORTS[url.scheme], prefix)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    def same_as(self, other: Origin) -> bool:
        return (self.scheme, self.host, self.port) == (other.scheme, other.host, other.port)

    def require(self, trusted: str | None) -> None:
        """Raise Refused where another origin than this is the trusted one. None trusts any."""
        if trusted is not None and not self.same_as(Origin.parse(trusted)):
            raise Refused(
                f"the project wants to talk to {self}, which is not the trusted origin",
                hint="RECONCILER_TRUSTED_ORIGIN pins where credentials may go; nothing was sent",
            )

    def url(self, path: str) -> httpx.URL:
        """The address of `path`. Raise Refused where it could lead anywhere else than it says."""
        if not _sound(path):
            raise Refused(
                f"{path!r} is no path of the API", hint="a uuid in it is empty or no uuid; nothing was sent"
            )
        url = httpx.URL(f"{self}{self.prefix}{path}")
        there = Origin(url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS.get(url.scheme, 0))
        if not self.same_as(there) or url.raw_path != f"{self.prefix}{path}".encode():
            raise Refused(f"{path!r} leads away from {self}", hint="nothing was sent")
        return url


def _sound(path: str) -> bool:
    return bool(_PATH.fullmatch(path)) and not any(_DOTS.fullmatch(part) for part in path.split("/"))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _unusable(
    what: str, why: str, hint: str = "write https://host, as in https://api.example.com"
) -> UsageError:
    # the URL is not repeated: it may hold a password
    return UsageError(f"{what} {why}", hint=hint)
