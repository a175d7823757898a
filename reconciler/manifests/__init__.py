"""Manifests: YAML files to what is wished for, and back."""

from reconciler.manifests.environments import Environment
from reconciler.manifests.expansion import Manifest
from reconciler.manifests.project import Project, load, load_commit
from reconciler.manifests.writing import to_yaml

__all__ = ["Environment", "Manifest", "Project", "load", "load_commit", "to_yaml"]
