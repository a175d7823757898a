"""Where the record is kept: one narrow protocol, and the stores behind it.

The only home of SQLAlchemy, which costs 150 ms to import: nothing here imports it before a state is opened.
"""

from reconciler.backends.cipher import Cipher, cipher_of, key_wanted
from reconciler.backends.opening import names_a_host, open_backend
from reconciler.backends.protocol import Backend, Finding, Holder, Lease
from reconciler.backends.uptime import uptime

__all__ = [
    "Backend",
    "Cipher",
    "Finding",
    "Holder",
    "Lease",
    "cipher_of",
    "key_wanted",
    "names_a_host",
    "open_backend",
    "uptime",
]
