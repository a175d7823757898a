"""Manifests: YAML files to what is wished for, and back."""

from reconciler.manifests.editing import Edit, edit
from reconciler.manifests.environments import Environment
from reconciler.manifests.expansion import Manifest
from reconciler.manifests.files import SUFFIXES, content_of, decoded, edited, in_folder
from reconciler.manifests.formatting import formatted
from reconciler.manifests.outline import Outline, outline
from reconciler.manifests.project import Project, load, load_commit
from reconciler.manifests.report import Report
from reconciler.manifests.writing import to_yaml

__all__ = [
    "SUFFIXES",
    "Edit",
    "Environment",
    "Manifest",
    "Outline",
    "Project",
    "Report",
    "content_of",
    "decoded",
    "edit",
    "edited",
    "formatted",
    "in_folder",
    "load",
    "load_commit",
    "outline",
    "to_yaml",
]
