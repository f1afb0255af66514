"""A server whose faults follow from what it is asked: what a real one does only when its network, keys or disk fail.

Ids say what happens: `fail:<CODE>:<times>:<nonce>` refuses so many calls with that status and answers the next;
`error:<CODE>` refuses with every detail that the server has; `expired:<nonce>` refuses the first token; `slow:<nonce>`
answers after 20 s. What is answered tells what came: how many calls, ids and keys.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo

from tests.client.scripted import refused
from tests.conformance.publishing import PublishService
from tidings.collector.v1 import deliveries_pb2, deliveries_pb2_grpc, events_pb2, events_pb2_grpc
from tidings.collector.v1.events_pb2 import Event, WatchEventsRequest, WatchEventsResponse
from tidings.collector.v1.publishing_pb2_grpc import add_PublishServiceServicer_to_server
from tidings.identity.v1 import tokens_pb2, tokens_pb2_grpc

Context = grpc.aio.ServicerContext[Any, Any]

SLOW_S = 20.0
DETAILS = (
    ErrorInfo(reason="SCRIPTED", domain="tidings"),
    BadRequest(field_violations=[BadRequest.FieldViolation(field="event.id", description="too long")]),
    RetryInfo(retry_delay=Duration(seconds=2, nanos=500_000_000)),
    RequestInfo(request_id="r-1"),
)
PAGES = {"": (["a", "b"], "2"), "2": ([], "3"), "3": (["c"], "")}


class Seen:
    """What came for each nonce: calls, and the different values of what a repeat must keep."""

    def __init__(self) -> None:
        self.calls: dict[str, int] = defaultdict(int)
        self.values: dict[str, set[str]] = defaultdict(set)
        self.tokens: dict[str, str] = {}

    async def enter(self, name: str, context: Context, *, repeated: str = "") -> None:
        """Fail as the id says; count the call either way."""
        kind, *rest = name.split(":")
        token = str(dict(context.invocation_metadata() or ()).get("authorization", ""))
        if not token.startswith("Bearer token-"):
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "token")
        self.calls[name] += 1
        self.values[name].add(repeated)
        if kind == "error":
            await refused(context, grpc.StatusCode[rest[0]], list(DETAILS))
        if kind == "fail" and self.calls[name] <= int(rest[1]):
            await refused(context, grpc.StatusCode[rest[0]], [])
        if kind == "expired" and self.tokens.setdefault(name, token) == token:
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "token")
        if kind == "slow":
            await asyncio.sleep(SLOW_S)


class TokenService(tokens_pb2_grpc.TokenServiceServicer):
    def __init__(self) -> None:
        self._issued = 0

    async def IssueToken(self, _request: tokens_pb2.IssueTokenRequest, _context: Context) -> tokens_pb2.Token:
        self._issued += 1
        return tokens_pb2.Token(access_token=f"token-{self._issued}", expires_in=3_600)


class EventService(events_pb2_grpc.EventServiceServicer):
    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    async def GetEvent(self, request: events_pb2.GetEventRequest, context: Context) -> Event:
        """The event's `entity_name` says how many calls came for it."""
        await self._seen.enter(request.id, context)
        event = Event(id=request.id, entity_name=str(self._seen.calls[request.id]))
        if request.id.startswith("large:"):
            event.entity_id = "x" * (6 << 20)
        return event

    async def CreateEvent(self, request: events_pb2.CreateEventRequest, context: Context) -> Event:
        """The event's `entity_name` says how many different ids came for its `entity_id`."""
        name = request.event.entity_id
        await self._seen.enter(name, context, repeated=request.event.id)
        return Event(id=request.event.id, entity_id=name, entity_name=str(len(self._seen.values[name])))

    async def SearchEvents(
        self, request: events_pb2.SearchEventsRequest, context: Context
    ) -> events_pb2.SearchEventsResponse:
        await self._seen.enter("pages", context)
        ids, after = PAGES[request.after]
        return events_pb2.SearchEventsResponse(events=[Event(id=each) for each in ids], next=after)

    async def WatchEvents(self, request: WatchEventsRequest, context: Context) -> AsyncIterator[WatchEventsResponse]:
        """A cut after 2, an end after the heartbeat 5, an expired token after 6; the events are 1, 2, 6 and 7."""
        if request.topic.startswith("error"):
            await self._seen.enter(request.topic.replace(".", ":"), context)
        if request.topic == "silent":
            await context.send_initial_metadata(())
            await asyncio.sleep(SLOW_S)
        await self._seen.enter(f"watch:{request.topic}", context)
        if request.after == "0":
            for position in ("1", "2"):
                yield watched(position)
            await refused(context, grpc.StatusCode.UNAVAILABLE, [])
        elif request.after == "2":
            yield WatchEventsResponse(position="5")
        elif request.after == "5":
            yield watched("6")
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "token")
        else:
            yield watched("7")
            await asyncio.sleep(SLOW_S)


def watched(position: str) -> WatchEventsResponse:
    """An event of a watch."""
    return WatchEventsResponse(position=position, event=Event(id=f"e{position}"))


class DeliveryService(deliveries_pb2_grpc.DeliveryServiceServicer):
    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    async def RedeliverDelivery(
        self, request: deliveries_pb2.RedeliverDeliveryRequest, context: Context
    ) -> deliveries_pb2.RedeliverDeliveryResponse:
        """The number accepted is that of the different idempotency keys that came; 0: one call had none."""
        key = str(dict(context.invocation_metadata() or ()).get("idempotency-key", ""))
        await self._seen.enter(request.id, context, repeated=key)
        keys = self._seen.values[request.id]
        return deliveries_pb2.RedeliverDeliveryResponse(accepted=0 if "" in keys else len(keys))


async def serving() -> tuple[grpc.aio.Server, str]:
    """A started server and its address."""
    seen = Seen()
    server = grpc.aio.server(options=(("grpc.max_send_message_length", 16 << 20),))
    tokens_pb2_grpc.add_TokenServiceServicer_to_server(TokenService(), server)
    events_pb2_grpc.add_EventServiceServicer_to_server(EventService(seen), server)
    deliveries_pb2_grpc.add_DeliveryServiceServicer_to_server(DeliveryService(seen), server)
    add_PublishServiceServicer_to_server(PublishService(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, f"127.0.0.1:{port}"
