"""PartnerFunction: what the partner does with one sort of object, such as importing customers."""

from __future__ import annotations

from typing import Annotated

from reconciler.kinds.facts import Fact
from reconciler.kinds.kind import Kind
from reconciler.kinds.objects import Endpoints, ObjectType, leaves
from reconciler.kinds.spec import OMITTED, Flag, Name, Spec, Text

_COLLECTION = "/api/v3/integration/{connection}/partner-function/"
_ITEM = _COLLECTION + "{uuid}"


class PartnerFunctionSpec(Spec):
    uuid: Annotated[Name, Fact("The object's own uuid, where its name is not unique.", identity=True)] = (
        OMITTED
    )
    name: Annotated[Name, Fact("The name shown in the console.", read="name")] = OMITTED
    direction: Annotated[
        Text, Fact("Which way records travel.", read="direction", known=("IMPORT", "EXPORT"))
    ] = OMITTED
    description: Annotated[Text, Fact("A sentence for people.", read="description")] = OMITTED
    object_name: Annotated[
        Text, Fact("The sort of record it works on, such as `customer`.", read="object_name")
    ] = OMITTED
    object_mapping: Annotated[
        Text, Fact("How fields are mapped, such as `customer_customer`.", read="object_mapping")
    ] = OMITTED
    event_name: Annotated[Text, Fact("What triggers it, such as `update`.", read="event_name")] = OMITTED
    tag: Annotated[Text, Fact("A label such as `import_only_inventory`.", read="tag")] = OMITTED
    enabled: Annotated[
        Flag, Fact("Whether it runs. Travels as a call of its own.", read="enabled", switch=True)
    ] = OMITTED


# [seed] PATCH; [sdk] list, one, create, enable, disable; [php] delete
PARTNER_FUNCTION = ObjectType(
    name="PartnerFunction",
    endpoints=Endpoints(
        item=_ITEM,
        collection=_COLLECTION,
        create=_COLLECTION,
        delete=_ITEM,
        enable=_ITEM + "/enable",
        disable=_ITEM + "/disable",
        item_key="partner_function",
        list_key="partner_functions",
    ),
    fields=leaves(PartnerFunctionSpec, send=("partner_function",)),
    order=0,
    create_needs=("name",),
)

KIND = Kind(
    name="PartnerFunction",
    doc="A function of the partner's, named by automations in `perform_action`.",
    spec=PartnerFunctionSpec,
    object="PartnerFunction",
)
