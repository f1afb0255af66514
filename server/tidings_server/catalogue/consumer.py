"""Consumer of the log that keeps the catalogue projection up to date."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.catalogue.entity_event import EntityEvent, ProjectionChange
from tidings_server.catalogue.event_attributes import AttributeReader, Attributes, known_id
from tidings_server.catalogue.event_mapping import ENTITIES, change_of
from tidings_server.catalogue.projection_state import ProjectionState
from tidings_server.catalogue.store import projection
from tidings_server.log import topics
from tidings_server.platform.turns import BACKGROUND_S, INLINE_BYTES, SERVER, Turn
from tidings_server.platform.worker_threads import off_loop
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api, StoredEvent

NAME: Final = "catalogue"
MAX_KEYS: Final = 1_000
INLINE_KEYS: Final = 32
"""Rows of SQLite that are read where the loop stands: it takes less time than a change of threads."""


class ProjectionPlan:
    """Rows to write and delete for a batch of events."""

    def __init__(self, covered: int, state: ProjectionState) -> None:
        self.covered = covered
        self._upserts = state.upserts()
        self._deletions = state.deletions()

    @property
    def is_empty(self) -> bool:
        return not self._upserts and not self._deletions

    async def apply(self, conn: AsyncConnection) -> None:
        await projection.save(conn, self._upserts, self._deletions)


class CatalogueConsumer:
    """Applies collector events to the catalogue.

    No other code writes the projection, so the rows that a plan has read are valid as long as the cursor has not moved.
    Events of one entity are applied in order. A plan has at most MAX_KEYS rows, or those of one event.
    """

    name = NAME

    def __init__(self, database: Database, events: AttributeReader, *, low_at: int) -> None:
        """`low_at` is the quantity at which stock is low."""
        self._database = database
        self._events = events
        self._low_at = low_at

    def concerns(self, event: StoredEvent) -> bool:
        return event.api == Api.COLLECTOR and event.entity_type in ENTITIES

    def key(self, event: StoredEvent) -> str:
        return f"{event.tenant_id}/{event.entity_type or ''}:{event.entity_id or ''}"

    async def plan(self, events: Sequence[StoredEvent]) -> ProjectionPlan:
        changes, turn = list[ProjectionChange](), Turn(BACKGROUND_S)
        covered, keys = 0, 0
        for event in events:
            if len(event.body) <= INLINE_BYTES:
                change = self._change(event)
            else:
                change = await off_loop(partial(self._change, event), tenant=SERVER, size=len(event.body))
            if change and changes and keys + len(change.keys) > MAX_KEYS:
                break
            if change:
                changes.append(change)
                keys += len(change.keys)
            covered += 1
            await turn.give()
        state = ProjectionState(await self._stored_rows(changes))
        for change in changes:
            change.apply(state)
            await turn.give()
        return ProjectionPlan(covered, state)

    def _change(self, event: StoredEvent) -> ProjectionChange | None:
        entity_event = EntityEvent(
            seq=event.seq,
            tenant=event.tenant_id,
            id=known_id(event.entity_id),
            verb=topics.verb_of(event.topic),
            at_us=event.occurred_at,
            attributes=Attributes(self._events.attributes(event)),
        )
        return change_of(entity_event, event.entity_type or "", low_at=self._low_at)

    async def _stored_rows(
        self, changes: Sequence[ProjectionChange]
    ) -> Mapping[projection.CatalogueKey, projection.CatalogueRow]:
        if not changes:
            return {}
        keys = {key for change in changes for key in change.keys}
        async with self._database.read_inline() if len(keys) <= INLINE_KEYS else self._database.read() as conn:
            return await projection.find(conn, keys)
