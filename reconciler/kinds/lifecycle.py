"""What a manifest's metadata may say of the life of its object."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field as ModelField

from reconciler.kinds.facts import Fact
from reconciler.kinds.spec import OMITTED, Flag, Name, Spec

DriftMode: TypeAlias = Literal["off", "warn", "correct"]


class Lifecycle(Spec):
    ignore: Annotated[
        list[Name], Fact("Fields that are set when the object is created, and left alone afterwards.")
    ] = ModelField(default_factory=list)
    protect: Annotated[
        Flag,
        Fact(
            "A plan that would change the object is refused. Against deletion, when this manifest goes, `policy.protect` holds."
        ),
    ] = False
    drift: Annotated[
        DriftMode,
        Fact(
            "What `drift --correct` does about this object: nothing, report, heal. By default the environment's."
        ),
    ] = OMITTED

    @property
    def drift_mode(self) -> str:
        """What it says of drift; empty where it says nothing."""
        return self.drift if "drift" in self.model_fields_set else ""
