"""The command line: the only place that prints, prompts and exits."""

from reconciler.cli.main import main

__all__ = ["main"]
