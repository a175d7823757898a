"""Every kind there is. A new one is a file beside this one and an entry here."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.kinds import (
    account_mapping,
    automation,
    criteria_group,
    invoice_mapping,
    partner_function,
    tax_mapping,
)
from reconciler.kinds.automation import AUTOMATION
from reconciler.kinds.configuration import CONFIGURATION
from reconciler.kinds.kind import Kind
from reconciler.kinds.objects import ObjectType
from reconciler.kinds.partner_function import PARTNER_FUNCTION
from reconciler.kinds.project import EnvironmentSpec, ProjectSpec
from reconciler.kinds.spec import Spec

KINDS: Mapping[str, Kind] = {
    module.KIND.name: module.KIND
    for module in (
        automation,
        criteria_group,
        partner_function,
        account_mapping,
        tax_mapping,
        invoice_mapping,
    )
}

OBJECTS: Mapping[str, ObjectType] = {o.name: o for o in (PARTNER_FUNCTION, AUTOMATION, CONFIGURATION)}

API_VERSION = "reconciler/v1"
SPECS: Mapping[str, type[Spec]] = {
    "Project": ProjectSpec,
    "Environment": EnvironmentSpec,
    **{name: kind.spec for name, kind in KINDS.items()},
}
DOCUMENTS: Mapping[str, str] = {
    "Project": "The project: one document, in reconciler.yaml.",
    "Environment": "One place that the manifests are applied to, in environments/<name>.yaml.",
    **{name: kind.doc for name, kind in KINDS.items()},
}
