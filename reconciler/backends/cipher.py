"""What a store asks of encryption, and its one implementation: Fernet, with keys that can be changed.

Applied to values, never to what a store finds them by. The library is imported when a key is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from reconciler.errors import StateError, UsageError
from reconciler.values import Secret

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_KEY = re.compile("[A-Za-z0-9_-]{43}=")
_MAKE = "make one with: openssl rand -base64 32 | tr '+/' '-_'"


class Cipher(Protocol):
    """Two seals of the same bytes differ, and are text in ASCII. A damaged or foreign one is never opened."""

    def seal(self, plain: bytes) -> bytes: ...

    def open(self, sealed: bytes) -> bytes:
        """Raise StateError where no key opens it."""
        ...


class Keys:
    """A Cipher: the first key seals, each of them opens."""

    def __init__(self, fernet: MultiFernet) -> None:
        self._fernet = fernet

    def seal(self, plain: bytes) -> bytes:
        return self._fernet.encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - imported with the keys already

        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise no_key_opens() from error


def cipher_of(keys: Sequence[tuple[str, Secret]]) -> Cipher:
    """From keys, each with what it is called. Raise UsageError where one is none; none is ever repeated."""
    try:
        from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 - only who encrypts pays
    except ImportError as error:
        raise UsageError(
            "the library for encryption is not installed", hint="run: pip install 'reconciler[encryption]'"
        ) from error
    for what, key in keys:
        # stricter than the library, which takes the first of two keys that were run together
        if not _KEY.fullmatch(key.reveal()):
            raise UsageError(f"{what} is no key: 32 bytes in URL-safe base64 are", hint=_MAKE)
    return Keys(MultiFernet([Fernet(key.reveal()) for _, key in keys]))


def token_of(cipher: Cipher | None, environment: str) -> str:
    """What a head keeps of today's key, by which the next reader tells whether it has the right one."""
    return cipher.seal(environment.encode()).decode("ascii") if cipher else ""


def held_against(token: str, cipher: Cipher | None) -> Cipher | None:
    """What a record with this token is read with: nothing for a plain one, whatever keys there are.

    Raise StateError where it is encrypted and no key opens it.
    """
    if not token:
        return None
    if cipher is None:
        raise key_wanted()
    cipher.open(token.encode("ascii", "replace"))
    return cipher


def no_key_opens() -> StateError:
    return StateError(
        "no key that was given opens it",
        hint="give the key that it was sealed with, as `key` or among the `fallbacks`; it is not damaged",
    )


def key_wanted() -> StateError:
    return StateError(
        "it is encrypted, and no key was given",
        hint="set `state_encryption` in the environment, or RECONCILER_STATE_KEY; nothing was read or changed",
    )
