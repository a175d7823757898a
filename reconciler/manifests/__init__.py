"""Manifests: YAML files to what is wished for, and back."""

from reconciler.manifests.environments import Environment
from reconciler.manifests.expansion import Manifest
from reconciler.manifests.project import Project, load
from reconciler.manifests.writing import to_yaml

__all__ = ["Environment", "Manifest", "Project", "load", "to_yaml"]
