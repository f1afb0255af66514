"""EventPullService: the tenant's events, pulled. Source: WIRE.md 002 (b)."""

from tidings.push.v1 import deliveries_pb2 as pb
from tidings.push.v1 import deliveries_pb2_grpc
from tidings.push.v1.subscriptions_pb2 import AuditInfo
from tidings_server.delivery.pings import is_test
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.push.api.payloads import dashed, extended_properties, undashed
from tidings_server.push.events import PushEvents
from tidings_server.push.paging import ListQuery
from tidings_server.rpc.metadata import Context, scope_of
from tidings_server.storage.log.records import StoredEvent


class EventPullService(deliveries_pb2_grpc.EventPullServiceServicer):
    """Lists and gets events of the caller's tenant."""

    def __init__(self, events: PushEvents) -> None:
        self._events = events

    async def ListEvents(self, request: pb.ListEventsRequest, context: Context) -> pb.EventCollection:
        window = ListQuery.of(
            start_index=request.start_index,
            page_size=request.page_size,
            filter_text=request.filter,
            sort_text=request.sort_by,
        )
        page = await self._events.find(scope_of(context), window)
        return pb.EventCollection(
            start_index=window.start_index,
            page_size=window.page_size,
            page_count=window.page_count(page.total),
            total_count=page.total,
            items=map(dump, page.items),
            total_count_is_lower_bound=page.is_lower_bound or None,
        )

    async def GetEvent(self, request: pb.GetEventRequest, context: Context) -> pb.Event:
        return dump(await self._events.get(scope_of(context), ids_of(request.event_id)))


def ids_of(shown: str) -> list[str]:
    """The ids that an event may be stored under which is shown as `shown`: a UUID in any of its forms, or the text."""
    forms = {shown, dashed(shown), undashed(shown)}
    return sorted(forms | {form.upper() for form in forms if form != shown})


def dump(event: StoredEvent) -> pb.Event:
    """The event as it is answered; catalogues are unknown and absent."""
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
