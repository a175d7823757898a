"""Both forges as fixtures."""

from tests.forge.sites import github, gitlab, no_job, site  # noqa: F401
