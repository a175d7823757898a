"""What a manifest's metadata may say of the life of its object."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field as ModelField

from reconciler.kinds.facts import Fact
from reconciler.kinds.spec import Flag, Name, Spec


class Lifecycle(Spec):
    ignore: Annotated[
        list[Name], Fact("Fields that are set when the object is created, and left alone afterwards.")
    ] = ModelField(default_factory=list)
    protect: Annotated[Flag, Fact("A plan that would change or delete the object is refused.")] = False
