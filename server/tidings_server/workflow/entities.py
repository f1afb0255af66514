"""Entities, whose status workflows change, the references to them in events, and an index of them by reference."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from tidings_server.platform.json_type import Json
from tidings_server.workflow.attributes import NO_ATTRIBUTES

ROOT_TYPES: Final = frozenset(
    {
        "ORDER",
        "LOCATION",
        "FULFILMENT_OPTIONS",
        "PRODUCT_CATALOGUE",
        "INVENTORY_CATALOGUE",
        "VIRTUAL_CATALOGUE",
        "CONTROL_GROUP",
        "RETURN_ORDER",
        "BILLING_ACCOUNT",
        "JOB",
    }
)
"""Types of entity that are their own root. Source: WIRE.md 001 (b)."""


class Reference(NamedTuple):
    """A reference to an entity: its type in upper case, and its id, its ref (a name for people), or both."""

    type: str
    id: str | None = None
    ref: str | None = None


class Entity(NamedTuple):
    """An entity. `status` is empty until a rule sets it; `root` may be the entity itself.

    Id and ref are those of the event that created it; the server creates an id that this event lacks.
    """

    type: str
    subtype: str
    id: str
    ref: str | None
    retailer_id: str
    root: Reference | None = None
    status: str = ""
    attributes: Mapping[str, Json] = NO_ATTRIBUTES

    @property
    def reference(self) -> Reference:
        """The reference with id and ref."""
        return Reference(self.type, self.id, self.ref)


class EntityIndex:
    """Entities of one retailer by their references; an entity replaces the one of the same type and id."""

    def __init__(self, entities: Iterable[Entity] = ()) -> None:
        self._by_id: dict[tuple[str, str], Entity] = {}
        self._ids_by_ref: dict[tuple[str, str], str] = {}
        for entity in entities:
            self.put(entity)

    def find(self, name: Reference) -> Entity | None:
        """The entity of this type and id, else of this type and ref; None when there is neither."""
        found = self._by_id.get((name.type, name.id)) if name.id else None
        if found is None and name.ref:
            found = self._by_id.get((name.type, self._ids_by_ref.get((name.type, name.ref), "")))
        return found

    def put(self, entity: Entity) -> None:
        self._by_id[entity.type, entity.id] = entity
        if entity.ref:
            self._ids_by_ref[entity.type, entity.ref] = entity.id


def kind(name: str) -> str:
    """A type or subtype of entity in its stored form, upper case: types are compared without case."""
    return name.upper()


def root_of(entity: Reference, root: Reference | None) -> Reference | None:
    """The root that the event names, else the entity itself if its type is a root type, else None: unknown."""
    return root or (entity if entity.type in ROOT_TYPES else None)
