"""EntityService: entities of workflows. All of it is an Extension."""

from collections.abc import Iterable
from typing import Final

from tidings.orchestration.v1 import entities_pb2 as pb
from tidings.orchestration.v1 import entities_pb2_grpc
from tidings_server.platform.errors import InvalidInput, Violation
from tidings_server.platform.scope import Scope
from tidings_server.platform.worker_threads import off_loop
from tidings_server.rpc.answer_size import fitting
from tidings_server.rpc.json_values import json_of
from tidings_server.rpc.metadata import Context, scope_of
from tidings_server.workflow import attributes
from tidings_server.workflow.api import event_messages
from tidings_server.workflow.api.search import page_range, shown_of
from tidings_server.workflow.entities import Entity, Reference, kind
from tidings_server.workflow.entity_queries import EntityHistory, EntityQueries
from tidings_server.workflow.entity_store import entity_of
from tidings_server.workflow.store.entities import StoredEntity

PAGE_BYTES: Final = 4 << 20
"""Size of the attributes of an answer, at most: their number says nothing of how nested they are."""


class EntityService(entities_pb2_grpc.EntityServiceServicer):
    """EntityQueries of the caller's tenant and, where it belongs to one, of its retailer alone."""

    def __init__(self, entities: EntityQueries) -> None:
        self._entities = entities

    async def GetEntity(self, request: pb.GetEntityRequest, context: Context) -> pb.GetEntityResponse:
        scope = scope_of(context)
        name = Reference(kind(request.type), request.ref, request.ref)
        history = await self._entities.get(scope, name, request.retailer_id)
        return await off_loop(lambda: _dump_history(history, scope), tenant=scope.tenant, size=PAGE_BYTES)

    async def ListEntities(self, request: pb.ListEntitiesRequest, context: Context) -> pb.ListEntitiesResponse:
        start, count = page_range(request.start, request.count if request.HasField("count") else None)
        found = await self._entities.page(
            scope_of(context),
            entity_type=kind(request.type) or None,
            status=request.status or None,
            retailer_id=request.retailer_id,
            offset=start,
            limit=count + 1,
        )
        tenant, listed = scope_of(context).tenant, found[:count]
        results = await off_loop(lambda: fitting(map(dump_stored, listed)), tenant=tenant, size=PAGE_BYTES)
        shown = shown_of(found, results, count)
        return pb.ListEntitiesResponse(start=start, count=shown.size, has_more=shown.has_more, results=results)


def _dump_history(history: EntityHistory, scope: Scope) -> pb.GetEntityResponse:
    events = fitting(event_messages.dump(each, scope.tenant_name) for each in history.events)
    has_more = history.has_more or len(events) < len(history.events)
    return pb.GetEntityResponse(entity=dump_stored(history.entity), events=events, has_more=has_more or None)


def dump_stored(stored: StoredEntity) -> pb.Entity:
    """A stored entity."""
    entity = dump(entity_of(stored))
    entity.created_on = event_messages.instant(stored.created_at)
    entity.updated_on = event_messages.instant(stored.updated_at)
    return entity


def dump(entity: Entity) -> pb.Entity:
    """An entity."""
    root = entity.root
    return pb.Entity(
        type=entity.type,
        subtype=entity.subtype,
        id=entity.id,
        ref=entity.ref,
        retailer_id=entity.retailer_id,
        status=entity.status,
        attributes=map(event_messages.dump_attribute, attributes.attributes(entity.attributes)),
        root=pb.EntityRoot(type=root.type, id=root.id, ref=root.ref) if root else None,
    )


def load(message: pb.Entity, retailer_id: str) -> Entity:
    """The entity of a simulation. Raises InvalidInput."""
    if not message.type or not (message.id or message.ref):
        raise InvalidInput.of("simulation.entity", "needs a type, and an id or a ref")
    values = {each.name: json_of(each.value) for each in message.attributes}
    _check(values.values())
    root = message.root
    return Entity(
        type=kind(message.type),
        subtype=kind(message.subtype),
        id=message.id or message.ref,
        ref=message.ref if message.HasField("ref") else None,
        retailer_id=retailer_id,
        status=message.status,
        attributes=values,
        root=Reference(kind(root.type), root.id or None, root.ref or None) if message.HasField("root") else None,
    )


def _check(values: Iterable[object]) -> None:
    problems = [problem for value in values if (problem := attributes.problem(value))]
    if problems:
        raise InvalidInput(violations=[Violation("simulation.entity.attributes", rule) for rule in problems])
