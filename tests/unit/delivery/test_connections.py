"""Connections against a server that does what it is told, byte by byte."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from tidings_server.delivery.connections import Connections, Disconnected, Origin
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.http1 import BadAnswer

REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

Serve = Callable[[int, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""What the server does with its connection number n, the first is 0; it is closed afterwards."""


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[Origin]:
    count = 0

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        number, count = count, count + 1
        try:
            await serve(number, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield Origin("127.0.0.1", server.sockets[0].getsockname()[1], is_tls=False)


@pytest.fixture
async def connections() -> AsyncIterator[Connections]:
    opened = Connections(egress=Egress("127.0.0.0/8"))
    yield opened
    await opened.close()


async def statuses(connections: Connections, origin: Origin, requests: int) -> list[int]:
    return [(await connections.exchange(origin, REQUEST, timeout_s=5)).status for _ in range(requests)]


async def test_requests_one_after_the_other_share_a_connection(connections: Connections) -> None:
    seen: list[int] = []

    async def serve(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readexactly(len(REQUEST))
            seen.append(number)
            writer.write(OK)

    async with serving(serve) as origin:
        assert await statuses(connections, origin, 3) == [200, 200, 200]
    assert seen == [0, 0, 0]


async def test_requests_at_the_same_time_do_not(connections: Connections) -> None:
    both = asyncio.Barrier(2)

    async def serve(_number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(len(REQUEST))
        await both.wait()
        writer.write(OK)
        await writer.drain()

    async with serving(serve) as origin:
        answers = await asyncio.gather(statuses(connections, origin, 1), statuses(connections, origin, 1))
    assert list(answers) == [[200], [200]]


async def test_a_kept_connection_that_has_ended_is_replaced(connections: Connections) -> None:
    async def serve(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(len(REQUEST))
        writer.write(OK)
        if number == 0:
            await reader.readexactly(len(REQUEST))  # the second request, which gets no answer

    async with serving(serve) as origin:
        assert await statuses(connections, origin, 2) == [200, 200]


async def test_a_new_connection_that_ends_without_an_answer_is_not_replaced(connections: Connections) -> None:
    seen: list[int] = []

    async def serve(number: int, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        seen.append(number)
        await reader.readexactly(len(REQUEST))

    async with serving(serve) as origin:
        with pytest.raises(Disconnected):
            await connections.exchange(origin, REQUEST, timeout_s=5)
    assert seen == [0]


async def test_a_request_whose_answer_has_begun_is_not_sent_again(connections: Connections) -> None:
    seen: list[int] = []

    async def serve(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(len(REQUEST))
        seen.append(number)
        writer.write(OK)
        await reader.readexactly(len(REQUEST))
        seen.append(number)
        writer.write(OK[:10])

    async with serving(serve) as origin:
        assert await statuses(connections, origin, 1) == [200]
        with pytest.raises(BadAnswer):
            await connections.exchange(origin, REQUEST, timeout_s=5)
    assert seen == [0, 0]


async def test_bytes_that_nobody_asked_for_end_a_kept_connection(connections: Connections) -> None:
    ended = asyncio.Event()

    async def serve(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(len(REQUEST))
        writer.write(OK)
        if number == 0:
            await writer.drain()
            await asked.wait()
            writer.write(OK)
            await reader.read()
            ended.set()

    asked = asyncio.Event()
    async with serving(serve) as origin:
        assert await statuses(connections, origin, 1) == [200]
        asked.set()
        await ended.wait()
        assert await statuses(connections, origin, 1) == [200]


async def test_kept_connections_end_when_nobody_needs_them() -> None:
    ended = asyncio.Event()

    async def serve(_number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(len(REQUEST))
        writer.write(OK)
        await reader.read()
        ended.set()

    connections = Connections(egress=Egress("127.0.0.0/8"), kept_s=0.01)
    async with serving(serve) as origin:
        assert await statuses(connections, origin, 1) == [200]
        await ended.wait()
    await connections.close()


async def test_a_connection_is_not_used_again_after_a_time_out(connections: Connections) -> None:
    seen: list[int] = []

    async def serve(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(len(REQUEST))
        seen.append(number)
        if number:
            writer.write(OK)
        await reader.read()

    async with serving(serve) as origin:
        with pytest.raises(TimeoutError):
            await connections.exchange(origin, REQUEST, timeout_s=0.05)
        assert await statuses(connections, origin, 1) == [200]
        await connections.close()
    assert seen == [0, 1]
