"""Queries for entities: one with its last events, and lists; and simulations of workflows."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.errors import InvalidInput, NotFound
from tidings_server.platform.scope import Scope
from tidings_server.platform.worker_threads import off_loop
from tidings_server.storage.database import Database
from tidings_server.workflow.engine.engine import Engine
from tidings_server.workflow.engine.matching import ExecutableWorkflow
from tidings_server.workflow.engine.simulation import SimulatedEvent, simulate
from tidings_server.workflow.entities import Entity, EntityIndex, Reference
from tidings_server.workflow.entity_store import entity_of
from tidings_server.workflow.event_queries import RecordQueries, WorkflowRecord
from tidings_server.workflow.store import entities as table
from tidings_server.workflow.store import outcomes
from tidings_server.workflow.store.entities import EntityLookup, StoredEntity
from tidings_server.workflow.store.search import RecordPosition
from tidings_server.workflow.workflow_event import MAX_EVENT_SIZE, WorkflowEvent
from tidings_server.workflow.workflows import Workflows

MAX_EVENTS: Final = 100


@dataclass(frozen=True, slots=True)
class EntityHistory:
    """An entity, and the last 100 events that ran on it, newest first; `has_more`: there are older ones."""

    entity: StoredEntity
    events: list[WorkflowRecord]
    has_more: bool


class EntityQueries:
    """Reads entities of the caller's tenant and, where the caller belongs to a retailer, of that alone."""

    def __init__(self, database: Database, records: RecordQueries) -> None:
        self._database = database
        self._records = records

    async def get(self, scope: Scope, name: Reference, retailer_id: str) -> EntityHistory:
        """One entity by its type and its id or ref; an empty `retailer_id` is any that the caller may see.

        Raises NotFound, and InvalidInput where several retailers have one of this reference.
        """
        async with self._database.read() as conn:
            entities = await _by_reference(conn, scope, name, retailer_id)
            if not entities:
                raise NotFound("Cannot find such an entity.")
            if len({each.retailer_id for each in entities}) > 1:
                raise InvalidInput.of("retailerId", "is required: several retailers have an entity of this name")
            seqs = await outcomes.touching(conn, entities[0].key, limit=MAX_EVENTS + 1)
        records = await self._records.at([RecordPosition(seq, None) for seq in seqs[:MAX_EVENTS]])
        return EntityHistory(entities[0], records, has_more=len(seqs) > MAX_EVENTS)

    async def page(
        self, scope: Scope, *, entity_type: str | None, status: str | None, retailer_id: str, offset: int, limit: int
    ) -> list[StoredEntity]:
        """EntityQueries, the newest first; None and an empty `retailer_id` are any."""
        if scope.retailer_id is not None and retailer_id not in {"", scope.retailer_id}:
            return []
        async with self._database.read() as conn:
            return await table.page(
                conn,
                scope.tenant,
                entity_type=entity_type,
                status=status,
                retailer_id=scope.retailer_id or retailer_id or None,
                offset=offset,
                limit=limit,
            )


class Simulations:
    """Simulates workflows on stored entities, and stores nothing."""

    def __init__(self, database: Database, workflows: Workflows, engine: Engine) -> None:
        self._database = database
        self._workflows = workflows
        self._engine = engine

    async def run(
        self, scope: Scope, name: str, *, number: int | None, event: WorkflowEvent, entity: Entity | None
    ) -> tuple[SimulatedEvent, Entity | None]:
        """Simulate `event` on a version (None: the active one); returns the tree of runs, and the entity afterwards.

        `entity` is the one before the event; None: the stored one. Raises NotFound for an unknown version.
        """
        version = await self._workflows.get(scope, name, number)
        index = EntityIndex([entity] if entity else await self._stored(scope, event))
        workflow = ExecutableWorkflow(version.workflow, version.number)
        simulated = await off_loop(
            lambda: simulate(self._engine, workflow, event, index), tenant=scope.tenant, size=MAX_EVENT_SIZE
        )
        return simulated, index.find(event.entity)

    async def _stored(self, scope: Scope, event: WorkflowEvent) -> list[Entity]:
        async with self._database.read() as conn:
            return [entity_of(each) for each in await _by_reference(conn, scope, event.entity, event.retailer_id)]


async def _by_reference(conn: AsyncConnection, scope: Scope, name: Reference, retailer_id: str) -> list[StoredEntity]:
    """Entities of this id or ref that the caller may see."""
    entities = await table.find(conn, scope.tenant, [EntityLookup(name.type, name.id, name.ref)])
    return [
        each
        for each in entities
        if each.type == name.type
        and (name.id == each.id or (name.ref is not None and name.ref == each.ref))
        and scope.retailer_id in {None, each.retailer_id}
        and retailer_id in {"", each.retailer_id}
    ]
