"""Figures on stdout, one a line."""

from __future__ import annotations

import sys


def title(text: str) -> None:
    sys.stdout.write(f"\n{text}\n")


def tell(what: str, figure: str) -> None:
    sys.stdout.write(f"  {what:<54}{figure}\n")
    sys.stdout.flush()
