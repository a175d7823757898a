"""Manifests: YAML files to what is wished for, and back."""

from reconciler.manifests.environments import Environment
from reconciler.manifests.expansion import Manifest
from reconciler.manifests.outline import Outline, outline
from reconciler.manifests.project import Project, load, load_commit
from reconciler.manifests.writing import to_yaml

__all__ = ["Environment", "Manifest", "Outline", "Project", "load", "load_commit", "outline", "to_yaml"]
