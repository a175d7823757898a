"""A process that takes the lock and dies with it, to be run under another clock.

    python -m tests.reliability.visitor STATE FOLDER LEASE_SECONDS

Exit code 0: it had the lock. 4: somebody else holds it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from reconciler.backends import Holder, open_backend
from reconciler.errors import Refused


def main() -> None:
    url, folder, seconds = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
    try:
        open_backend(url, environment="books", folder=folder).acquire(Holder("visitor", 1, "r"), seconds)
    except Refused as error:
        sys.exit(error.exit_code)
    os._exit(0)


if __name__ == "__main__":
    main()
