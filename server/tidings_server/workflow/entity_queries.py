"""EntityQueries as their owners see them: one with the events that touched it, and lists; and trying a workflow out."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.errors import InvalidInput, NotFound
from tidings_server.platform.scope import Scope
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
from tidings_server.workflow.workflow_event import WorkflowEvent
from tidings_server.workflow.workflows import Workflows

MAX_EVENTS: Final = 100


@dataclass(frozen=True, slots=True)
class EntityHistory:
    """An entity, and the last 100 events that ran on it, newest first."""

    entity: StoredEntity
    events: list[WorkflowRecord]


class EntityQueries:
    """Reads entities of the caller's tenant and, where it belongs to one, of its retailer alone."""

    def __init__(self, database: Database, records: RecordQueries) -> None:
        self._database = database
        self._records = records

    async def get(self, scope: Scope, name: Reference, retailer_id: str) -> EntityHistory:
        """One entity by its kind and its id or name for people; `retailer_id` empty is any that the caller may see.

        Raises NotFound, and InvalidInput where several retailers have one of this name.
        """
        async with self._database.read() as conn:
            found = await _of_name(conn, scope, name, retailer_id)
            if not found:
                raise NotFound(f"Cannot find an entity {name.type} with reference: {name.ref or name.id}")
            if len({each.retailer_id for each in found}) > 1:
                raise InvalidInput.of("retailerId", "is required: several retailers have an entity of this name")
            seqs = await outcomes.touching(conn, found[0].key, limit=MAX_EVENTS)
        return EntityHistory(found[0], await self._records.at([RecordPosition(seq, None) for seq in seqs]))

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
    """Tries workflows out on entities as they are, and stores nothing."""

    def __init__(self, database: Database, workflows: Workflows, engine: Engine) -> None:
        self._database = database
        self._workflows = workflows
        self._engine = engine

    async def run(
        self, scope: Scope, name: str, number: int | None, event: WorkflowEvent, given: Entity | None
    ) -> tuple[SimulatedEvent, Entity | None]:
        """What would become of `event` on a version (None: the active one), and the entity as it would be.

        `given` is the entity when the event comes; None: as it is stored. Raises NotFound for an unknown version.
        """
        version = await self._workflows.get(scope, name, number)
        roster = EntityIndex([given] if given else await self._stored(scope, event))
        simulated = simulate(self._engine, ExecutableWorkflow(version.workflow, version.number), event, roster)
        return simulated, roster.find(event.entity)

    async def _stored(self, scope: Scope, event: WorkflowEvent) -> list[Entity]:
        async with self._database.read() as conn:
            return [entity_of(each) for each in await _of_name(conn, scope, event.entity, event.retailer_id)]


async def _of_name(conn: AsyncConnection, scope: Scope, name: Reference, retailer_id: str) -> list[StoredEntity]:
    """EntityQueries that the caller may see and that bear this id or this name for people."""
    found = await table.find(conn, scope.tenant, [EntityLookup(name.type, name.id, name.ref)])
    return [
        each
        for each in found
        if each.type == name.type
        and (name.id == each.id or (name.ref is not None and name.ref == each.ref))
        and scope.retailer_id in {None, each.retailer_id}
        and retailer_id in {"", each.retailer_id}
    ]
