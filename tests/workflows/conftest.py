"""A team before its first apply and after it, and its forge."""

from tests.forge.sites import github, gitlab  # noqa: F401
from tests.forked import reconciler_program  # noqa: F401
from tests.workflows.given import after, applied, team  # noqa: F401
