"""The Collector API: events, event subscriptions, deliveries."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from datetime import datetime

from tidings.collector.v1 import deliveries_pb2, event_subscriptions_pb2, events_pb2
from tidings.collector.v1.deliveries_pb2 import EventDelivery, Replay, ReplaySubscriptionResponse
from tidings.collector.v1.deliveries_pb2_grpc import DeliveryServiceStub
from tidings.collector.v1.event_subscriptions_pb2 import EventSubscription
from tidings.collector.v1.event_subscriptions_pb2_grpc import EventSubscriptionServiceStub
from tidings.collector.v1.events_pb2 import Event, WatchEventsRequest, WatchEventsResponse
from tidings.collector.v1.events_pb2_grpc import EventServiceStub
from tidings_client.errors import Unauthenticated, Unavailable
from tidings_client.ids import identified, uuid7
from tidings_client.producer import TIMEOUT_S, OnRefused, Producer
from tidings_client.retries import Backoff
from tidings_client.session import Session

# The server sends a heartbeat every 15 s; after three missed ones the connection is taken for dead.
SILENCE_S = 45.0


class Events:
    """Creates, searches and watches events."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stub = EventServiceStub(session.channel)

    async def create(self, event: Event) -> Event:
        """Store one event durably and return it as stored.

        An event without an id gets one before the first attempt. Sending the same event again returns the stored one;
        a different event with the same id raises AlreadyExists.
        """
        return await self._session.call(self._stub.CreateEvent, events_pb2.CreateEventRequest(event=identified(event)))

    async def create_batch(self, events: Iterable[Event]) -> Sequence[Event]:
        """Store up to 1,000 events, all or none, and return them in order; ids as in `create`."""
        request = events_pb2.BatchCreateEventsRequest(events=map(identified, events))
        return (await self._session.call(self._stub.BatchCreateEvents, request)).events

    def producer(self, *, timeout_s: float = TIMEOUT_S, on_refused: OnRefused | None = None) -> Producer:
        """A producer of a stream of events: `async with tidings.events.producer() as producer`.

        `timeout_s`: time until an event fails for want of an acknowledgement; `on_refused`: gets each event that fails,
        with its error.
        """
        return Producer(self._session, timeout_s=timeout_s, on_refused=on_refused)

    async def get(self, event_id: str) -> Event:
        """One event by its id. Raises NotFound."""
        return await self._session.call(self._stub.GetEvent, events_pb2.GetEventRequest(id=event_id))

    async def search(
        self,
        *,
        topic: str = "",
        entity_id: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        page_size: int = 0,
    ) -> AsyncGenerator[Event, None]:
        """All events that match, oldest first, fetched page by page as they are consumed.

        `topic`: exact, a prefix (`order.*`) or empty. `since`, `until`: bounds of the time of recording, aware,
        inclusive. `page_size`: 1 to 500; 0: the server's default.
        """
        request = events_pb2.SearchEventsRequest(topic=topic, entity_id=entity_id, page_size=page_size)
        if since:
            setattr(request, "from", since.isoformat())
        if until:
            request.to = until.isoformat()
        while True:
            page = await self._session.call(self._stub.SearchEvents, request)
            for event in page.events:
                yield event
            if not page.next:
                return
            request.after = page.next

    async def watch(self, *, after: str = "", topic: str = "") -> AsyncGenerator[WatchEventsResponse, None]:
        """Endless stream of events after a position as they are stored, each with its own position.

        After a lost connection the stream resumes behind the last event that was yielded, so that none is missed or
        repeated. `after`: position of an earlier response; empty: from now on. Raises permanent errors: InvalidInput
        for a position of another tenant, Unauthenticated for credentials that are no longer valid.
        """
        backoff = Backoff()
        while True:
            async with aclosing(self._until_disconnected(WatchEventsRequest(after=after, topic=topic))) as answers:
                async for answer in answers:
                    after = answer.position
                    backoff.reset()
                    if answer.HasField("event"):
                        yield answer
            await backoff.pause()

    async def _until_disconnected(self, request: WatchEventsRequest) -> AsyncGenerator[WatchEventsResponse, None]:
        """Responses of one connection. Ends on errors that a new connection may resolve, raises permanent ones."""
        has_received = False
        async with aclosing(self._session.stream(self._stub.WatchEvents, request)) as answers:
            try:
                while True:
                    async with asyncio.timeout(SILENCE_S):
                        answer = await anext(answers, None)
                    if answer is None:
                        return
                    has_received = True
                    yield answer
            except (Unavailable, TimeoutError):
                return
            except Unauthenticated:
                if not has_received:
                    raise


class EventSubscriptions:
    """Subscriptions that send the changes of a kind of entity to an SQS queue or SNS topic."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stub = EventSubscriptionServiceStub(session.channel)

    async def create(self, subscription: EventSubscription) -> EventSubscription:
        """Create a subscription; one without an id gets one before the first attempt."""
        identified = EventSubscription()
        identified.CopyFrom(subscription)
        identified.id = subscription.id or uuid7()
        request = event_subscriptions_pb2.CreateEventSubscriptionRequest(subscription=identified)
        return await self._session.call(self._stub.CreateEventSubscription, request)

    async def update(self, subscription: EventSubscription) -> EventSubscription:
        """Replace the subscription with this id; absent fields take their defaults."""
        request = event_subscriptions_pb2.UpdateEventSubscriptionRequest(subscription=subscription)
        return await self._session.call(self._stub.UpdateEventSubscription, request)

    async def get(self, subscription_id: str) -> EventSubscription:
        """One subscription, active or not."""
        request = event_subscriptions_pb2.GetEventSubscriptionRequest(id=subscription_id)
        return await self._session.call(self._stub.GetEventSubscription, request)

    async def list(self) -> Sequence[EventSubscription]:
        """All active subscriptions, oldest first."""
        found: list[EventSubscription] = []
        request = event_subscriptions_pb2.ListEventSubscriptionsRequest()
        while True:
            page = await self._session.call(self._stub.ListEventSubscriptions, request)
            found += page.items
            if not page.next:
                return found
            request.after = page.next

    async def deactivate(self, subscription_id: str) -> None:
        """Stop deliveries of the subscription."""
        request = event_subscriptions_pb2.DeactivateEventSubscriptionRequest(id=subscription_id)
        await self._session.call(self._stub.DeactivateEventSubscription, request)

    async def test(self, subscription_id: str) -> str:
        """Send a test event to the destination; returns the delivery's id."""
        request = event_subscriptions_pb2.TestEventSubscriptionRequest(id=subscription_id)
        return (await self._session.call_once(self._stub.TestEventSubscription, request)).delivery_id


class Deliveries:
    """Deliveries of an event, redelivery and replay, for subscriptions of both APIs."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stub = DeliveryServiceStub(session.channel)

    async def of_event(self, event_id: str) -> Sequence[EventDelivery]:
        """The delivery state of an event for each subscription of the tenant, with the reason."""
        found: list[EventDelivery] = []
        request = deliveries_pb2.ListEventDeliveriesRequest(id=event_id)
        while True:
            page = await self._session.call(self._stub.ListEventDeliveries, request)
            found += page.deliveries
            if not page.next:
                return found
            request.after = page.next

    async def redeliver(self, delivery_id: str) -> None:
        """Repeat a finished delivery."""
        request = deliveries_pb2.RedeliverDeliveryRequest(id=delivery_id)
        await self._session.call_once(self._stub.RedeliverDelivery, request)

    async def redeliver_failed(self, subscription_id: str, *, since: datetime) -> int:
        """Repeat the deliveries that expired at or after an aware instant; returns their number."""
        request = deliveries_pb2.RedeliverFailedRequest(id=subscription_id, since=since.isoformat())
        return (await self._session.call_once(self._stub.RedeliverFailed, request)).accepted

    async def replay(self, subscription_id: str, *, start: str, end: str = "") -> ReplaySubscriptionResponse:
        """Replay a range of the log from a position or RFC 3339 time to another; an empty end means now."""
        request = deliveries_pb2.ReplaySubscriptionRequest(id=subscription_id, to=end)
        setattr(request, "from", start)
        return await self._session.call_once(self._stub.ReplaySubscription, request)

    async def replays(self, subscription_id: str) -> Sequence[Replay]:
        """The replays of a subscription, newest first: how far each came, and why one failed."""
        request, found = deliveries_pb2.ListReplaysRequest(id=subscription_id), list[Replay]()
        while True:
            page = await self._session.call(self._stub.ListReplays, request)
            found += page.replays
            if not page.HasField("next"):
                return found
            request.after = page.next
