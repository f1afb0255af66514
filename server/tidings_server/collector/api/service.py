"""EventService and EventSubscriptionService: document 000 and its extensions."""

from collections.abc import AsyncIterator, Callable
from contextlib import nullcontext
from functools import partial
from itertools import count
from typing import Final, Protocol
from uuid import UUID

from google.api.httpbody_pb2 import HttpBody

from tidings.collector.v1 import event_subscriptions_pb2 as subscriptions_pb
from tidings.collector.v1 import event_subscriptions_pb2_grpc, events_pb2_grpc
from tidings.collector.v1 import events_pb2 as events_pb
from tidings_server.collector.api import event_messages, subscription_messages
from tidings_server.collector.api.documents import APIS, DocumentReaders, check_visible, dump_document
from tidings_server.collector.api.event_shapes import EventShapes
from tidings_server.collector.api.watch import opening, size_of, watched_chunk, watched_message
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.subscriptions import Subscriptions
from tidings_server.log.append_pace import MANY
from tidings_server.log.events import EventLog
from tidings_server.log.search import Search, SearchQuery
from tidings_server.log.watch import Watch
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.heavy_work import heavy_work
from tidings_server.platform.scope import Scope
from tidings_server.platform.turns import Turn, in_turn
from tidings_server.platform.worker_threads import off_loop
from tidings_server.rpc.answer_size import FRAME_BYTES, MAX_ANSWER_BYTES, fitting_with_next
from tidings_server.rpc.bare_lists import bare_list_next
from tidings_server.rpc.field_rules import FieldRules
from tidings_server.rpc.metadata import Context, begin_stream, call_of, etag_of, if_match, scope_of, set_rest_response
from tidings_server.storage.log.records import Api

EVENTS: Final = "/api/v1/events"
SUBSCRIPTIONS: Final = "/api/v1/event-subscription"
LAST_EVENT_ID: Final = "last-event-id"

_SEARCH: Final = FieldRules(events_pb.SearchEventsRequest)


class TestEventSender(Protocol):
    """Port that sends test events to subscriptions."""

    async def test(self, scope: Scope, api: Api, subscription_id: str) -> int:
        """Queue a test event for a subscription; returns the id of its delivery. Raises NotFound."""
        ...


class EventService(events_pb2_grpc.EventServiceServicer):
    """Create, get, search and watch events of the caller's tenant."""

    def __init__(
        self,
        events: EventLog,
        search: Search,
        watch: Watch,
        shapes: EventShapes,
        *,
        documents: DocumentReaders,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._events = events
        self._shapes = shapes
        self._documents = documents
        self._search = search
        self._watch = watch
        self._clock = clock
        self._ids = ids

    async def CreateEvent(self, request: events_pb.CreateEventRequest, context: Context) -> events_pb.Event:
        scope, message = scope_of(context), request.event
        is_fresh = not (message.id or scope.reserved_id)
        record = event_messages.load(message, scope, new_id=self._new_id(scope), now_us=self._clock.now_us())
        [appended] = await self._events.append([record], is_fresh=is_fresh)
        set_rest_response(context, code=200 if appended.existing else None, location=f"{EVENTS}/{record.event_id}")
        return event_messages.dump(appended.existing) if appended.existing else message

    async def BatchCreateEvents(
        self, request: events_pb.BatchCreateEventsRequest, context: Context
    ) -> events_pb.BatchCreateEventsResponse:
        scope, messages = scope_of(context), request.events
        async with heavy_work(scope.tenant, events=len(messages)) if len(messages) >= MANY else nullcontext():
            is_fresh = not (scope.reserved_id or any(message.id for message in messages))
            records = await event_messages.load_batch(
                messages, scope, new_id=self._new_id(scope), now_us=self._clock.now_us()
            )
            appended = await self._events.append(records, is_fresh=is_fresh)
            if is_fresh:
                return await in_turn(
                    lambda: _without_payloads_beyond(events_pb.BatchCreateEventsResponse(events=messages))
                )
            response, turn = events_pb.BatchCreateEventsResponse(), Turn()
            for each, message in zip(appended, messages, strict=True):
                response.events.append(event_messages.dump(each.existing) if each.existing else message)
                await turn.give()
            return _without_payloads_beyond(response)

    async def GetEvent(self, request: events_pb.GetEventRequest, context: Context) -> events_pb.Event:
        stored = await self._events.get(scope_of(context).tenant, Api.COLLECTOR, request.id)
        return event_messages.dump(stored)

    async def GetEventDocument(
        self, request: events_pb.GetEventDocumentRequest, context: Context
    ) -> events_pb.EventDocument:
        scope, apis = scope_of(context), APIS[request.api] if request.HasField("api") else ()
        stored = await self._events.get_any(scope.tenant, request.id, apis=apis)
        check_visible(stored, scope)
        dump = partial(dump_document, stored, scope, self._documents)
        return await off_loop(dump, tenant=scope.tenant, size=len(stored.body))

    async def SearchEvents(
        self, request: events_pb.SearchEventsRequest, context: Context
    ) -> events_pb.SearchEventsResponse:
        _SEARCH.check(request)
        query = SearchQuery(
            topic=request.topic,
            entity_id=request.entity_id,
            from_time=getattr(request, "from"),
            to_time=request.to,
            after=request.after,
            page_size=request.page_size,
        )
        tenant = scope_of(context).tenant
        page = await self._search.find(tenant, query)
        response, turn, size = (
            events_pb.SearchEventsResponse(next=page.next, partial=page.is_partial or None),
            Turn(),
            0,
        )
        for place, event in enumerate(page.events):
            shape = await off_loop(partial(self._shapes.of, event), tenant=tenant, size=len(event.body))
            size += shape.ByteSize() + FRAME_BYTES
            if size > MAX_ANSWER_BYTES and place:
                response.next = self._search.after(tenant, page.events[place - 1])
                break
            response.events.append(shape)
            await turn.give()
        return response

    async def WatchEvents(
        self, request: events_pb.WatchEventsRequest, context: Context
    ) -> AsyncIterator[events_pb.WatchEventsResponse]:
        tenant = scope_of(context).tenant
        events = await self._watch.start(tenant, after=request.after, topic=request.topic)
        await begin_stream(context)
        async for watched in events:
            message = partial(watched_message, watched, self._shapes)
            yield await off_loop(message, tenant=tenant, size=size_of(watched))

    async def StreamEvents(self, request: events_pb.StreamEventsRequest, context: Context) -> AsyncIterator[HttpBody]:
        tenant, after = scope_of(context).tenant, call_of(context).metadata.get(LAST_EVENT_ID) or request.after
        events = await self._watch.start(tenant, after=after, topic=request.topic)
        yield opening()
        async for watched in events:
            chunk = partial(watched_chunk, watched, self._shapes)
            yield await off_loop(chunk, tenant=tenant, size=size_of(watched))

    def _new_id(self, scope: Scope) -> Callable[[], str]:
        """Generator of ids for events without one; the same ids for a repeated `Idempotency-Key`."""
        if scope.reserved_id is None:
            return self._ids.uuid7
        numbers = count(UUID(scope.reserved_id).int)
        return lambda: str(UUID(int=next(numbers)))


class EventSubscriptionService(event_subscriptions_pb2_grpc.EventSubscriptionServiceServicer):
    """Event subscriptions of the caller's tenant."""

    def __init__(self, subscriptions: Subscriptions, tests: TestEventSender, *, egress: Egress | None) -> None:
        """`egress` restricts the addresses of queues, None where the operator has set an AWS endpoint."""
        self._subscriptions = subscriptions
        self._tests = tests
        self._egress = egress

    async def CreateEventSubscription(
        self, request: subscriptions_pb.CreateEventSubscriptionRequest, context: Context
    ) -> subscriptions_pb.EventSubscription:
        draft = subscription_messages.load(request.subscription, is_new=True, egress=self._egress)
        stored, is_repeat, _ = await self._subscriptions.create(scope_of(context), Api.COLLECTOR, draft)
        return await _response(stored, context, code=200 if is_repeat else None, has_location=True)

    async def UpdateEventSubscription(
        self, request: subscriptions_pb.UpdateEventSubscriptionRequest, context: Context
    ) -> subscriptions_pb.EventSubscription:
        draft = subscription_messages.load(request.subscription, is_new=False, egress=self._egress)
        versions = if_match(context)
        stored = await self._subscriptions.update(scope_of(context), Api.COLLECTOR, draft, if_match=versions)
        return await _response(stored, context, has_location=True)

    async def ListEventSubscriptions(
        self, request: subscriptions_pb.ListEventSubscriptionsRequest, context: Context
    ) -> subscriptions_pb.ListEventSubscriptionsResponse:
        stored = await self._subscriptions.list_all(
            scope_of(context), Api.COLLECTOR, after=request.after, has_inactive=request.include_inactive
        )
        dumped, turn = list[subscriptions_pb.EventSubscription](), Turn()
        for each in stored:
            dumped.append(subscription_messages.dump(each))
            await turn.give()
        listed = fitting_with_next(dumped, lambda last: last.id)
        following = bare_list_next(context, SUBSCRIPTIONS, listed)
        return subscriptions_pb.ListEventSubscriptionsResponse(items=listed.messages, next=following)

    async def GetEventSubscription(
        self, request: subscriptions_pb.GetEventSubscriptionRequest, context: Context
    ) -> subscriptions_pb.EventSubscription:
        stored = await self._subscriptions.get(scope_of(context), Api.COLLECTOR, request.id)
        return await _response(stored, context)

    async def DeactivateEventSubscription(
        self, request: subscriptions_pb.DeactivateEventSubscriptionRequest, context: Context
    ) -> subscriptions_pb.DeactivateEventSubscriptionResponse:
        scope, versions = scope_of(context), if_match(context)
        await self._subscriptions.deactivate(scope, Api.COLLECTOR, request.id, if_match=versions)
        body = subscriptions_pb.DeactivateEventSubscriptionResponse.Body()
        return subscriptions_pb.DeactivateEventSubscriptionResponse(body=body, status_code="ACCEPTED")

    async def RotateEventSubscriptionKeys(
        self, request: subscriptions_pb.RotateEventSubscriptionKeysRequest, context: Context
    ) -> subscriptions_pb.EventSubscription:
        subscription_messages.check_keys(request)
        stored = await self._subscriptions.rotate_secret(
            scope_of(context),
            Api.COLLECTOR,
            request.id,
            secret=request.access_secret,
            access_key=request.access_key,
            if_match=if_match(context),
        )
        return await _response(stored, context)

    async def TestEventSubscription(
        self, request: subscriptions_pb.TestEventSubscriptionRequest, context: Context
    ) -> subscriptions_pb.TestEventSubscriptionResponse:
        number = await self._tests.test(scope_of(context), Api.COLLECTOR, request.id)
        return subscriptions_pb.TestEventSubscriptionResponse(delivery_id=str(number))


def _without_payloads_beyond(response: events_pb.BatchCreateEventsResponse) -> events_pb.BatchCreateEventsResponse:
    """The answer without the payloads of those events that would take it past `MAX_ANSWER_BYTES`."""
    if response.ByteSize() <= MAX_ANSWER_BYTES:
        return response
    left = MAX_ANSWER_BYTES - sum(_bare_size(event) for event in response.events)
    for event in response.events:
        left -= event.event_payload.ByteSize()
        if left < 0:
            event.ClearField("event_payload")
    return response


def _bare_size(event: events_pb.Event) -> int:
    return event.ByteSize() - event.event_payload.ByteSize() + FRAME_BYTES


async def _response(
    stored: Subscription, context: Context, *, code: int | None = None, has_location: bool = False
) -> subscriptions_pb.EventSubscription:
    location = f"{SUBSCRIPTIONS}/{stored.id}" if has_location else None
    set_rest_response(context, code=code, location=location, etag=etag_of(stored.version))
    return subscription_messages.dump(stored)
