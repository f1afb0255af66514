"""Receivers that answer too slowly or too much: every call ends in time and leaves nothing behind."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from itertools import count

import pytest

from tests.support.deliveries import webhook_at
from tests.support.waiting import PATIENCE_S
from tidings_server.delivery.destinations import Destinations
from tidings_server.delivery.destinations.aws import AwsAccount, AwsClients
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.http.connection import REST_S
from tidings_server.delivery.message import ErrorType, Message, Outcome, OutcomeKind, Payload
from tidings_server.platform.clock import SystemClock

SENDING = Message(Payload(b"{}", "application/json", {}, group="g"), "e", "e", dedup_id="d", topic="t.x")
TIMEOUT_S = 0.5
DRIP_S = 0.05

Talk = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def talking(talk: Talk) -> AsyncIterator[int]:
    """A server that says what `talk` writes once it has a request; its port."""
    talks: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.current_task())
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await reader.readuntil(b"\r\n\r\n")
            await talk(writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for one in filter(None, talks):
            one.cancel()


async def drip_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in count():
        writer.write(b"x-%d: 1\r\n" % number)
        await writer.drain()
        await asyncio.sleep(DRIP_S)


async def drip_status(writer: asyncio.StreamWriter) -> None:
    for _ in count():
        writer.write(b"H")
        await writer.drain()
        await asyncio.sleep(DRIP_S)


async def drip_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: 60000\r\n\r\n")
    for _ in count():
        writer.write(b"<")
        await writer.drain()
        await asyncio.sleep(DRIP_S)


async def go_on_and_on(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0)


async def headers_without_end(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in count():
        writer.write(b"x-%d: %s\r\n" % (number, b"x" * 4_000))
        await writer.drain()


async def line_without_end(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 ")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def silence(_writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def webhook(port: int, timeout_s: float) -> Outcome:
    destinations = Destinations(egress=Egress("127.0.0.0/8"), clock=SystemClock(), webhook_timeout_s=timeout_s)
    try:
        [outcome] = await destinations.open(webhook_at(f"http://127.0.0.1:{port}/")).send([SENDING])
    finally:
        await destinations.close()
    return outcome


@pytest.mark.parametrize("talk", [drip_status, go_on_and_on, silence])
async def test_a_webhook_that_never_answers_is_cut_at_its_deadline(talk: Talk) -> None:
    async with talking(talk) as port, asyncio.timeout(PATIENCE_S):
        outcome = await webhook(port, TIMEOUT_S)
    assert (outcome.kind, outcome.status) == (OutcomeKind.RETRY, None)
    assert outcome.error_type in {ErrorType.TIMEOUT, ErrorType.CONNECTION, ErrorType.BAD_ANSWER}


async def test_a_status_counts_although_the_headers_never_end() -> None:
    for talk, within_s in ((drip_headers, TIMEOUT_S), (headers_without_end, PATIENCE_S)):
        async with talking(talk) as port, asyncio.timeout(PATIENCE_S):
            outcome = await webhook(port, within_s)
        assert (outcome.kind, outcome.status) == (OutcomeKind.DELIVERED, 200), talk


async def say_a_head_alone(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 205 No\r\n\r\n")
    await silence(writer)


async def redirect_without_length(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n")
    await silence(writer)


async def drip_chunks(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in count():
        writer.write(b"1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(DRIP_S)


@pytest.mark.parametrize(
    ("talk", "status"), [(say_a_head_alone, 205), (redirect_without_length, 302), (drip_chunks, 200), (drip_body, 200)]
)
async def test_a_status_is_taken_soon_although_its_body_never_ends(talk: Talk, status: int) -> None:
    async with talking(talk) as port:
        outcome = await webhook(port, PATIENCE_S)
    assert outcome.status == status
    assert REST_S <= outcome.duration_s < PATIENCE_S / 2


async def test_a_body_that_comes_soon_after_its_head_is_kept() -> None:
    async def talk(writer: asyncio.StreamWriter) -> None:
        for part in (b"HTTP/1.1 500 No\r\nContent-Length: 6\r\n\r\n", b"bro", b"ken"):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(DRIP_S)
        await silence(writer)

    async with talking(talk) as port:
        outcome = await webhook(port, PATIENCE_S)
    assert (outcome.status, outcome.answer) == (500, "broken")


async def test_an_answer_without_bounds_is_refused_before_the_deadline() -> None:
    async with talking(line_without_end) as port:
        outcome = await webhook(port, PATIENCE_S)
    assert (outcome.kind, outcome.error_type) == (OutcomeKind.RETRY, ErrorType.BAD_ANSWER)


@pytest.mark.parametrize("talk", [drip_headers, drip_status, drip_body, silence])
async def test_a_queue_that_drips_is_cut_and_frees_its_thread(talk: Talk) -> None:
    before = threading.active_count()
    clients = AwsClients(
        egress=Egress("127.0.0.0/8"), clock=SystemClock(), endpoint_url=None, max_threads=1, call_timeout_s=TIMEOUT_S
    )
    async with talking(talk) as port:
        account = AwsAccount("sqs", "eu-west-1", "AKIA", "secret", endpoint_url=f"http://127.0.0.1:{port}")
        for _ in range(2):  # the second gets the only thread as soon as the first has been cut
            with pytest.raises(TimeoutError):
                await clients.call(account, "list_queues", {})
        async with asyncio.timeout(PATIENCE_S):
            await clients.close()
            while threading.active_count() > before:  # noqa: ASYNC110 - a thread sets no event when it ends
                await asyncio.sleep(0.01)
