"""The reactor that keeps the shop's projection up to date."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.catalogue.event_attributes import Attributes, known_id
from tidings_server.catalogue.event_mapping import ENTITIES, EntityEvent, ProjectionChange, change_of
from tidings_server.catalogue.projection_state import ProjectionState
from tidings_server.catalogue.store import projection
from tidings_server.log import topics
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api, StoredEvent

NAME: Final = "shop"


class Payloads(Protocol):
    """What the collector knows of its events."""

    def attributes(self, event: StoredEvent) -> Mapping[str, Any]:
        """The key attributes of a collector event, and below them what its payload says, if that is a JSON object."""
        ...


class ProjectionPlan:
    """The plan of some events: rows as these events leave them."""

    def __init__(self, covered: int, state: ProjectionState) -> None:
        self.covered = covered
        self._written = state.written()
        self._gone = state.gone()

    @property
    def is_empty(self) -> bool:
        return not self._written and not self._gone

    async def apply(self, conn: AsyncConnection) -> None:
        await projection.save(conn, self._written, self._gone)


class CatalogueConsumer:
    """A reactor. It alone writes the projection, so what it has read holds as long as its cursor has not moved.

    A page of the log changes one row for each of its events at most. Events of one entity stay in order.
    """

    name = NAME

    def __init__(self, database: Database, payloads: Payloads, *, low_at: int) -> None:
        """`low_at` is the quantity at which stock is low."""
        self._database = database
        self._payloads = payloads
        self._low_at = low_at

    def key(self, event: StoredEvent) -> str:
        return f"{event.tenant_id}/{event.entity_type or ''}:{event.entity_id or ''}"

    async def plan(self, events: Sequence[StoredEvent]) -> ProjectionPlan:
        told = [fact for event in events if (fact := self._fact(event)) is not None]
        state = ProjectionState(await self._known(told))
        for fact in told:
            fact.fold(state)
        return ProjectionPlan(len(events), state)

    def _fact(self, event: StoredEvent) -> ProjectionChange | None:
        if event.api != Api.COLLECTOR or event.entity_type not in ENTITIES:
            return None
        told = EntityEvent(
            seq=event.seq,
            tenant=event.tenant_id,
            id=known_id(event.entity_id),
            verb=topics.verb_of(event.topic),
            at_us=event.occurred_at,
            attributes=Attributes(self._payloads.attributes(event)),
        )
        return change_of(told, event.entity_type, low_at=self._low_at)

    async def _known(
        self, told: Sequence[ProjectionChange]
    ) -> Mapping[projection.CatalogueKey, projection.CatalogueRow]:
        if not told:
            return {}
        async with self._database.read() as conn:
            return await projection.find(conn, {key for fact in told for key in fact.keys})
