"""Servicers that keep what reaches them, behind the real gateway."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from tidings.collector.v1 import event_subscriptions_pb2 as subscriptions_pb
from tidings.collector.v1 import events_pb2 as pb
from tidings.collector.v1.event_subscriptions_pb2_grpc import EventSubscriptionServiceServicer
from tidings.collector.v1.events_pb2_grpc import EventServiceServicer
from tidings.push.v1 import subscriptions_pb2 as push_pb
from tidings.push.v1.subscriptions_pb2_grpc import SubscriptionServiceServicer
from tidings_server.platform.scope import Scope
from tidings_server.rpc.metadata import call_of, scope_of, set_rest_response


class Events(EventServiceServicer):
    """Answers what it gets. `fails` is raised instead where it is set; `seen` and `scopes` tell of every call."""

    def __init__(self, fails: Exception | None = None, *, padding: int = 0) -> None:
        """`padding`: characters that each created event is answered with, beside its id."""
        self.fails = fails
        self.padding = padding
        self.seen: list[Any] = []
        self.scopes: list[Scope] = []
        self.go_on = asyncio.Event()

    def _take(self, request: Any, context: Any) -> None:
        self.seen.append(request)
        self.scopes.append(scope_of(context))
        if self.fails:
            raise self.fails

    async def CreateEvent(self, request: pb.CreateEventRequest, context: Any) -> pb.Event:
        self._take(request, context)
        event_id = request.event.id or scope_of(context).reserved_id or f"made-{len(self.seen)}"
        set_rest_response(context, code=201, location=f"/api/v1/events/{event_id}", etag='"1"')
        return pb.Event(id=event_id, entity_id="x" * self.padding)

    async def GetEvent(self, request: pb.GetEventRequest, context: Any) -> pb.Event:
        self._take(request, context)
        return pb.Event(id=request.id, entity_name=call_of(context).path)

    async def WatchEvents(self, request: pb.WatchEventsRequest, context: Any) -> AsyncIterator[pb.WatchEventsResponse]:
        """Two messages; the second waits for `go_on` where one asks for what comes after `wait`."""
        set_rest_response(context, code=200)
        yield pb.WatchEventsResponse(position="1")
        if request.after:
            await self.go_on.wait()
        self._take(request, context)
        yield pb.WatchEventsResponse(position="2")


class Subscriptions(SubscriptionServiceServicer):
    """Answers an empty page and how often it was asked, and tells by whom."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    async def ListSubscriptions(
        self, request: push_pb.ListSubscriptionsRequest, context: Any
    ) -> push_pb.SubscriptionCollection:
        self.scopes.append(scope_of(context))
        return push_pb.SubscriptionCollection(start_index=request.start_index)

    async def TestSubscription(
        self, _request: push_pb.TestSubscriptionRequest, context: Any
    ) -> push_pb.TestSubscriptionResponse:
        self.scopes.append(scope_of(context))
        return push_pb.TestSubscriptionResponse(delivery_id=str(len(self.scopes)))


class Tests(EventSubscriptionServiceServicer):
    """Answers how many tests it was asked for."""

    __test__ = False
    served = 0

    async def TestEventSubscription(
        self, _request: subscriptions_pb.TestEventSubscriptionRequest, _context: Any
    ) -> subscriptions_pb.TestEventSubscriptionResponse:
        self.served += 1
        return subscriptions_pb.TestEventSubscriptionResponse(delivery_id=str(self.served))
