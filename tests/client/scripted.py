"""A gRPC server whose faults are scripted: what a real one does only when its network, its keys or its disk fail."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import grpc.aio
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from tidings.collector.v1 import deliveries_pb2, deliveries_pb2_grpc, events_pb2, events_pb2_grpc
from tidings.collector.v1.events_pb2 import Event, WatchEventsRequest, WatchEventsResponse
from tidings.identity.v1 import tokens_pb2, tokens_pb2_grpc

Context = grpc.aio.ServicerContext[Any, Any]


@dataclass
class Script:
    """Answers to give, in order, and the requests that came."""

    refusals: deque[tuple[grpc.StatusCode, list[Message]]] = field(default_factory=deque)
    watches: deque[list[WatchEventsResponse | grpc.StatusCode | None]] = field(default_factory=deque)
    pages: deque[events_pb2.SearchEventsResponse] = field(default_factory=deque)
    good_tokens: set[str] = field(default_factory=set)
    tokens_issued: int = 0
    requests: list[Any] = field(default_factory=list)
    metadata: list[dict[str, str | bytes]] = field(default_factory=list)

    def refuse(self, code: grpc.StatusCode, *details: Message, times: int = 1) -> None:
        self.refusals.extend([(code, list(details))] * times)

    async def enter(self, request: Message, context: Context) -> None:
        metadata = dict(context.invocation_metadata() or ())
        self.requests.append(request)
        self.metadata.append(metadata)
        if str(metadata.get("authorization", "")).removeprefix("Bearer ") not in self.good_tokens:
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "token")
        if self.refusals:
            await refused(context, *self.refusals.popleft())


async def refused(context: Context, code: grpc.StatusCode, details: list[Message]) -> None:
    """Aborts with google.rpc details, as the server does."""
    status = Status(code=code.value[0], message="scripted")
    for detail in details:
        packed = AnyMessage()
        packed.Pack(detail)
        status.details.append(packed)
    rich = rpc_status.to_status(status)
    await context.abort(code, rich.details, rich.trailing_metadata)


class TokenService(tokens_pb2_grpc.TokenServiceServicer):
    def __init__(self, script: Script) -> None:
        self._script = script

    async def IssueToken(self, request: tokens_pb2.IssueTokenRequest, context: Context) -> tokens_pb2.Token:
        if request.client_secret != "secret":
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "client")
        self._script.tokens_issued += 1
        token = f"token-{self._script.tokens_issued}"
        self._script.good_tokens.add(token)
        return tokens_pb2.Token(access_token=token, expires_in=3_600)


class EventService(events_pb2_grpc.EventServiceServicer):
    def __init__(self, script: Script) -> None:
        self._script = script

    async def CreateEvent(self, request: events_pb2.CreateEventRequest, context: Context) -> Event:
        await self._script.enter(request, context)
        return request.event

    async def BatchCreateEvents(
        self, request: events_pb2.BatchCreateEventsRequest, context: Context
    ) -> events_pb2.BatchCreateEventsResponse:
        await self._script.enter(request, context)
        return events_pb2.BatchCreateEventsResponse(events=request.events)

    async def GetEvent(self, request: events_pb2.GetEventRequest, context: Context) -> Event:
        await self._script.enter(request, context)
        return Event(id=request.id)

    async def SearchEvents(
        self, request: events_pb2.SearchEventsRequest, context: Context
    ) -> events_pb2.SearchEventsResponse:
        await self._script.enter(request, context)
        return self._script.pages.popleft()

    async def WatchEvents(self, request: WatchEventsRequest, context: Context) -> AsyncIterator[WatchEventsResponse]:
        await self._script.enter(request, context)
        for step in self._script.watches.popleft():
            if step is None:
                await asyncio.Event().wait()
            elif isinstance(step, grpc.StatusCode):
                await context.abort(step, "scripted")
            else:
                yield step


class DeliveryService(deliveries_pb2_grpc.DeliveryServiceServicer):
    def __init__(self, script: Script) -> None:
        self._script = script

    async def RedeliverDelivery(
        self, request: deliveries_pb2.RedeliverDeliveryRequest, context: Context
    ) -> deliveries_pb2.RedeliverDeliveryResponse:
        await self._script.enter(request, context)
        return deliveries_pb2.RedeliverDeliveryResponse(accepted=1)


async def serving(script: Script) -> tuple[grpc.aio.Server, str]:
    """A started server and its address."""
    server = grpc.aio.server()
    tokens_pb2_grpc.add_TokenServiceServicer_to_server(TokenService(script), server)
    events_pb2_grpc.add_EventServiceServicer_to_server(EventService(script), server)
    deliveries_pb2_grpc.add_DeliveryServiceServicer_to_server(DeliveryService(script), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, f"127.0.0.1:{port}"
