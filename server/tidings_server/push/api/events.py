"""EventPullService: pull of the tenant's events. Source: WIRE.md 002 (b)."""

from tidings.push.v1 import deliveries_pb2 as pb
from tidings.push.v1 import deliveries_pb2_grpc
from tidings.push.v1.subscriptions_pb2 import AuditInfo
from tidings_server.delivery.pings import is_test
from tidings_server.log.event_ids import spellings, undashed
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.platform.worker_threads import each_off_loop, off_loop
from tidings_server.push.api.collections import collection, list_query
from tidings_server.push.api.payloads import extended_properties
from tidings_server.push.events import PushEvents
from tidings_server.rpc.metadata import Context, scope_of
from tidings_server.storage.log.records import StoredEvent


class EventPullService(deliveries_pb2_grpc.EventPullServiceServicer):
    """Lists and gets events of the caller's tenant."""

    def __init__(self, events: PushEvents) -> None:
        self._events = events

    async def ListEvents(self, request: pb.ListEventsRequest, context: Context) -> pb.EventCollection:
        query = list_query(request)
        scope = scope_of(context)
        page = await self._events.find(scope, query)
        items = await each_off_loop(dump, page.items, tenant=scope.tenant, size=_size)
        return collection(pb.EventCollection, query, page, items=items)

    async def GetEvent(self, request: pb.GetEventRequest, context: Context) -> pb.Event:
        scope = scope_of(context)
        event = await self._events.get(scope, spellings(request.event_id))
        return await off_loop(lambda: dump(event), tenant=scope.tenant, size=_size(event))


def _size(event: StoredEvent) -> int:
    return len(event.body)


def dump(event: StoredEvent) -> pb.Event:
    """An event as a message; catalogues are unknown and absent."""
    created, actor = rfc3339_ms(event.recorded_at), event.actor or ""
    return pb.Event(
        id=undashed(event.event_id),
        tenant_id=event.tenant_id,
        site_id=event.site_id,
        topic=event.topic,
        entity_id=event.entity_id or event.entity_ref or "",
        is_test=is_test(event),
        correlation_id=event.correlation_id or "",
        extended_properties=[pb.Property(key=key, value=value) for key, value in extended_properties(event)],
        audit_info=AuditInfo(create_by=actor, create_date=created, update_by=actor, update_date=created),
    )
