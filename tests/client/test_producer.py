"""A producer outlives its connections and its server; its example does what its page says."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import grpc
import grpc.aio
import pytest

from tests.client.scripted import Script, TokenService
from tests.support.waiting import PATIENCE_S
from tidings.collector.v1.events_pb2 import Event
from tidings.collector.v1.publishing_pb2 import (
    EventAcknowledgement,
    PublishEventsRequest,
    PublishEventsResponse,
    PublishWindow,
)
from tidings.collector.v1.publishing_pb2_grpc import (
    PublishServiceServicer,
    PublishServiceStub,
    add_PublishServiceServicer_to_server,
)
from tidings.identity.v1 import tokens_pb2_grpc
from tidings_client import (
    ClientCredentials,
    DeadlineExceeded,
    InvalidInput,
    PermissionDenied,
    Published,
    Tidings,
    WrongState,
    outbox,
    producer,
)

WINDOW = PublishEventsResponse(window=PublishWindow(events=4_000, bytes=4 << 20))


class Publishing(PublishServiceServicer):
    """Acknowledges everything, unless `serve` is another way of serving a stream."""

    def __init__(self) -> None:
        self.messages: list[PublishEventsRequest] = []
        self.streams = 0
        self.serve: Callable[[Any, Any], AsyncIterator[PublishEventsResponse]] = self.acknowledging

    async def PublishEvents(self, request_iterator: Any, context: Any) -> AsyncIterator[PublishEventsResponse]:
        self.streams += 1
        yield WINDOW
        async for response in self.serve(request_iterator, context):
            yield response

    async def acknowledging(self, requests: Any, _context: Any) -> AsyncIterator[PublishEventsResponse]:
        number = 0
        async for request in requests:
            self.messages.append(request)
            told = [stored(number + place, event) for place, event in enumerate(request.events, 1)]
            number += len(told)
            yield PublishEventsResponse(acknowledgements=told)


def stored(number: int, event: Event) -> EventAcknowledgement:
    return EventAcknowledgement(number=number, id=event.id, outcome=EventAcknowledgement.STORED)


@pytest.fixture
async def publishing() -> AsyncIterator[tuple[Publishing, Tidings]]:
    servicer, server = Publishing(), grpc.aio.server()
    add_PublishServiceServicer_to_server(servicer, server)
    tokens_pb2_grpc.add_TokenServiceServicer_to_server(TokenService(Script()), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    credentials = ClientCredentials("id", "secret")
    async with Tidings(f"127.0.0.1:{port}", tenant="acme", credentials=credentials) as tidings:
        yield servicer, tidings
    await server.stop(grace=None)


async def test_events_that_come_at_once_share_a_message(publishing: tuple[Publishing, Tidings]) -> None:
    servicer, tidings = publishing
    async with tidings.events.producer() as made:
        for number in range(1_000):
            await made.send(Event(id=f"e-{number}"))
    assert [event.id for message in servicer.messages for event in message.events] == [f"e-{n}" for n in range(1_000)]
    assert len(servicer.messages) == 1_000 // outbox.MESSAGE_EVENTS
    assert servicer.streams == 1


async def test_send_waits_where_no_acknowledgement_comes(
    publishing: tuple[Publishing, Tidings], monkeypatch: pytest.MonkeyPatch
) -> None:
    servicer, tidings = publishing
    go_on = asyncio.Event()

    async def late(requests: Any, context: Any) -> AsyncIterator[PublishEventsResponse]:
        await go_on.wait()
        async for response in servicer.acknowledging(requests, context):
            yield response

    servicer.serve = late
    monkeypatch.setattr(outbox, "MAX_EVENTS", 10)
    async with tidings.events.producer() as made:
        for _ in range(10):
            await made.send(Event())
        waiting = asyncio.create_task(made.send(Event()))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        go_on.set()
        assert (await (await waiting).acknowledged()).is_duplicate is False


async def test_a_server_that_says_nothing_is_left_and_what_is_open_sent_again(
    publishing: tuple[Publishing, Tidings], monkeypatch: pytest.MonkeyPatch
) -> None:
    servicer, tidings = publishing
    monkeypatch.setattr(producer, "SILENCE_S", 0.5)

    async def silent_once(requests: Any, context: Any) -> AsyncIterator[PublishEventsResponse]:
        if servicer.streams == 1:
            await asyncio.sleep(PATIENCE_S)
        async for response in servicer.acknowledging(requests, context):
            yield response

    servicer.serve = silent_once
    async with tidings.events.producer() as made:
        sent = await made.send(Event(id="e"))
        assert await sent.acknowledged() == Published("e", is_duplicate=False)
    assert servicer.streams == 2


async def test_a_producer_that_is_closed_or_has_failed_takes_nothing(publishing: tuple[Publishing, Tidings]) -> None:
    servicer, tidings = publishing
    made = tidings.events.producer()
    await made.close()
    with pytest.raises(WrongState):
        await made.send(Event())

    async def denied(_requests: Any, context: Any) -> AsyncIterator[PublishEventsResponse]:
        await context.abort(grpc.StatusCode.PERMISSION_DENIED, "scripted")
        yield WINDOW

    servicer.serve = denied
    seen: list[Any] = []
    failed = tidings.events.producer(on_refused=lambda event, error: seen.append((event.id, type(error))))
    sent = await failed.send(Event(id="e"))
    with pytest.raises(PermissionDenied):
        await sent.acknowledged()
    for use in (failed.send(Event()), failed.flush(), failed.close()):
        with pytest.raises(PermissionDenied):
            await use
    assert seen == [("e", PermissionDenied)]


async def test_an_event_that_no_message_has_room_for_fails_alone(publishing: tuple[Publishing, Tidings]) -> None:
    _, tidings = publishing
    async with tidings.events.producer() as made:
        large = await made.send(Event(entity_id="x" * (1 << 20)))
        small = await made.send(Event(id="small"))
        with pytest.raises(InvalidInput):
            await large.acknowledged()
        assert (await small.acknowledged()).id == "small"


async def test_an_error_in_the_block_gives_up_what_is_open(publishing: tuple[Publishing, Tidings]) -> None:
    servicer, tidings = publishing

    async def never(_requests: Any, _context: Any) -> AsyncIterator[PublishEventsResponse]:
        await asyncio.sleep(PATIENCE_S)
        yield WINDOW

    servicer.serve = never
    began = time.monotonic()
    with suppress(LookupError):
        async with tidings.events.producer() as made:
            sent = await made.send(Event())
            raise LookupError
    with pytest.raises(WrongState):
        await sent.acknowledged()
    assert time.monotonic() - began < PATIENCE_S / 2


async def test_without_a_server_an_event_fails_after_its_time() -> None:
    async with Tidings("127.0.0.1:1", tenant="acme", credentials=ClientCredentials("id", "secret")) as tidings:
        made = tidings.events.producer(timeout_s=0.3)
        sent = await made.send(Event())
        with pytest.raises(DeadlineExceeded):
            await sent.acknowledged()
        await made.close()


async def test_a_callback_that_raises_hurts_no_other_event(publishing: tuple[Publishing, Tidings]) -> None:
    servicer, tidings = publishing

    async def refusing(requests: Any, _context: Any) -> AsyncIterator[PublishEventsResponse]:
        async for request in requests:
            for number, event in enumerate(request.events, 1):
                told = EventAcknowledgement(number=number, id=event.id, outcome=EventAcknowledgement.REFUSED)
                yield PublishEventsResponse(acknowledgements=[told])

    servicer.serve = refusing
    seen: list[str] = []

    def refused(event: Event, _error: Exception) -> None:
        seen.append(event.id)
        raise LookupError

    async with tidings.events.producer(on_refused=refused) as made:
        for number in range(3):
            await made.send(Event(id=f"e-{number}"))
    assert seen == ["e-0", "e-1", "e-2"]


async def test_a_stub_gives_the_streams_own_call(publishing: tuple[Publishing, Tidings]) -> None:
    _, tidings = publishing
    stub: Any = tidings.stub(PublishServiceStub)
    call = await stub.PublishEvents()
    assert await call.read() == WINDOW
    await call.write(PublishEventsRequest(events=[Event(id="e")]))
    assert [told.id for told in (await call.read()).acknowledgements] == ["e"]
    call.cancel()
