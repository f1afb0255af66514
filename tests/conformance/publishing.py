"""Streams of events whose faults follow from what is sent: the `entity_id` of an event says what happens to it.

`cut:` stores it, and ends the connection before it is acknowledged; `drain:` acknowledges it, and says that the server
stops; `expired:` refuses the token after it; `limited:` refuses it for 0.2 s, with the time; `bad:` refuses it with all
details; `error.<CODE>:` ends the stream with that status. Each of them once for an event, but for `bad:` and `error.`.
The window is narrow, and a producer that sends more than it is refused; so is one that sends again what was
acknowledged, or an event without an id.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from typing import Any

import grpc
import grpc.aio
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo
from google.rpc.status_pb2 import Status

from tests.client.scripted import refused
from tidings.collector.v1.events_pb2 import Event
from tidings.collector.v1.publishing_pb2 import (
    EventAcknowledgement,
    PublishEventsRequest,
    PublishEventsResponse,
    PublishWindow,
)
from tidings.collector.v1.publishing_pb2_grpc import PublishServiceServicer

Context = grpc.aio.ServicerContext[Any, Any]

WINDOW = PublishWindow(events=3, bytes=400)
LATE_S = 0.02
"""Time before an acknowledgement, in which a producer that minds no window sends too much."""
LIMITED = (ErrorInfo(reason="LIMIT_EXCEEDED", domain="tidings"), RetryInfo(retry_delay=Duration(nanos=200_000_000)))
BAD = (
    ErrorInfo(reason="INVALID_INPUT", domain="tidings"),
    BadRequest(field_violations=[BadRequest.FieldViolation(field="entity_name", description="too long")]),
    RequestInfo(request_id="r-1"),
)


class PublishService(PublishServiceServicer):
    """Keeps what it has stored, acknowledged and failed over all streams."""

    def __init__(self) -> None:
        self._stored: set[str] = set()
        self._acknowledged: set[str] = set()
        self._failed: set[str] = set()

    async def PublishEvents(
        self, request_iterator: AsyncIterator[PublishEventsRequest], context: Context
    ) -> AsyncIterator[PublishEventsResponse]:
        token = str(dict(context.invocation_metadata() or ()).get("authorization", ""))
        if not token.startswith("Bearer token-"):
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "token")
        yield PublishEventsResponse(window=WINDOW)
        received = Received()
        reading = asyncio.create_task(_read(request_iterator, received))
        try:
            number = 0
            while event := await received.get():
                await self._check_window([event, *received.waiting], context)
                number += 1
                yield await self._answer(event, number, context)
        finally:
            reading.cancel()

    async def _check_window(self, waiting: list[Event], context: Context) -> None:
        size = sum(map(Event.ByteSize, waiting))
        if len(waiting) > WINDOW.events or (len(waiting) > 1 and size > WINDOW.bytes):
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "more than the window was sent")

    async def _answer(self, event: Event, number: int, context: Context) -> PublishEventsResponse:
        kind, _, code = event.entity_id.partition(":")[0].partition(".")
        if not event.id or event.id in self._acknowledged:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no id, or one that was acknowledged")
        if code:
            await context.abort(grpc.StatusCode[code], "scripted")
        if kind == "bad":
            return _refusal(event, number, grpc.StatusCode.INVALID_ARGUMENT, BAD)
        if kind == "limited" and self._fails(event):
            return _refusal(event, number, grpc.StatusCode.RESOURCE_EXHAUSTED, LIMITED)
        if kind == "expired" and self._fails(event):
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "token")
        outcome = EventAcknowledgement.DUPLICATE if event.id in self._stored else EventAcknowledgement.STORED
        self._stored.add(event.id)
        if kind == "cut" and self._fails(event):
            await refused(context, grpc.StatusCode.UNAVAILABLE, [])
        self._acknowledged.add(event.id)
        told = EventAcknowledgement(number=number, id=event.id, outcome=outcome)
        is_draining = (kind == "drain" and self._fails(event)) or None
        return PublishEventsResponse(acknowledgements=[told], is_draining=is_draining)

    def _fails(self, event: Event) -> bool:
        """Whether this is the first time that this event comes."""
        is_first = event.id not in self._failed
        self._failed.add(event.id)
        return is_first


class Received:
    """Events that came and wait for their acknowledgement."""

    def __init__(self) -> None:
        self.waiting: deque[Event] = deque()
        self._changed = asyncio.Event()
        self._has_ended = False

    async def get(self) -> Event | None:
        """The next, a moment after it came; None at the end."""
        while not self.waiting and not self._has_ended:
            self._changed.clear()
            await self._changed.wait()
        await asyncio.sleep(LATE_S)
        return self.waiting.popleft() if self.waiting else None

    def put(self, events: Iterable[Event], *, is_end: bool = False) -> None:
        self.waiting += events
        self._has_ended |= is_end
        self._changed.set()


async def _read(requests: AsyncIterator[PublishEventsRequest], received: Received) -> None:
    async for request in requests:
        received.put(request.events)
    received.put((), is_end=True)


def _refusal(event: Event, number: int, code: grpc.StatusCode, details: tuple[Message, ...]) -> PublishEventsResponse:
    status = Status(code=code.value[0], message="scripted")
    for detail in details:
        packed = AnyMessage()
        packed.Pack(detail)
        status.details.append(packed)
    told = EventAcknowledgement(number=number, id=event.id, outcome=EventAcknowledgement.REFUSED, error=status)
    return PublishEventsResponse(acknowledgements=[told])
