"""The kinds of manifests and of remote objects, as data. Everything else is derived from them."""

from reconciler.kinds.facts import Fact, Finding, facts_of, models_in
from reconciler.kinds.kind import Kind
from reconciler.kinds.lifecycle import Lifecycle
from reconciler.kinds.objects import Field, Form, ObjectType, at
from reconciler.kinds.project import EnvironmentSpec, ProjectSpec
from reconciler.kinds.reference import explained
from reconciler.kinds.registry import API_VERSION, DOCUMENTS, KINDS, OBJECTS, SPECS
from reconciler.kinds.schema import document_schema
from reconciler.kinds.spec import Spec, is_table

__all__ = [
    "API_VERSION",
    "DOCUMENTS",
    "KINDS",
    "OBJECTS",
    "SPECS",
    "EnvironmentSpec",
    "Fact",
    "Field",
    "Finding",
    "Form",
    "Kind",
    "Lifecycle",
    "ObjectType",
    "ProjectSpec",
    "Spec",
    "at",
    "document_schema",
    "explained",
    "facts_of",
    "is_table",
    "models_in",
]
