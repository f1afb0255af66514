"""An event about an entity of the catalogue, and the change of the projection that it causes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tidings_server.catalogue.event_attributes import Attributes
from tidings_server.catalogue.projection_state import ProjectionState
from tidings_server.catalogue.store.projection import CatalogueKey
from tidings_server.log import topics

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EntityEvent:
    """A collector event about an entity of the catalogue. `id` is None where it does not fit; `at_us` in µs."""

    seq: int
    tenant: int
    id: str | None
    verb: str
    at_us: int
    attributes: Attributes

    @property
    def is_deletion(self) -> bool:
        return self.verb == topics.DELETED

    @property
    def variant(self) -> str | None:
        return self.attributes.id("variant_id", "variantId")

    @property
    def changed_at(self) -> int:
        """Instant at which the producer changed the entity, its `updated_at`, at most the event's own; 0 if not given.

        Producers send events late and out of order; this tells the older one of two.
        """
        return min(self.attributes.instant("updated_at", "updatedAt") or 0, self.at_us)

    def is_older_than(self, changed_at: int) -> bool:
        """Whether the event is of an earlier change than a stored one of `changed_at`."""
        return 0 < self.changed_at < changed_at


@dataclass(frozen=True, slots=True)
class ProjectionChange:
    """Effect of one event: keys of the rows that must be loaded, and the function that changes them."""

    keys: tuple[CatalogueKey, ...]
    apply: Callable[[ProjectionState], None]


def newer(new: T | None, stored: T) -> T:
    """The new value, the stored one where there is no new one."""
    return stored if new is None else new


def merged(event: EntityEvent, changed_at: int, new: T | None, stored: T) -> T:
    """The value after an event: its own, or, where a later change is stored already, only if none is stored."""
    return newer(new, stored) if not stored or not event.is_older_than(changed_at) else stored
