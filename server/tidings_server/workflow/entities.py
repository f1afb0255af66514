"""Entities, which workflows lead from state to state, and the names by which events call them."""

from collections.abc import Mapping
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
"""Kinds of entity that are their own root. Source: WIRE.md 001 (b)."""


class Reference(NamedTuple):
    """How an event names an entity: its kind in upper case, and its id, its name for people, or both."""

    type: str
    id: str | None = None
    ref: str | None = None


class Entity(NamedTuple):
    """One entity as its events have left it. `status` is empty until a rule sets it; `root` may be the entity itself.

    Its names are those of the event that made it; an id that this event did not bring was made by the server.
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
        """Its full name."""
        return Reference(self.type, self.id, self.ref)


def kind(name: str) -> str:
    """A kind or subtype of entity as it is stored: kinds are the same in any case."""
    return name.upper()


def root_of(entity: Reference, root: Reference | None) -> Reference | None:
    """The root as the event names it, else the entity itself where its kind has workflows of its own, else unknown."""
    return root or (entity if entity.type in ROOT_TYPES else None)
