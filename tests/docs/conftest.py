"""The program that the pages tell to type."""

from tests.forked import reconciler_program  # noqa: F401
