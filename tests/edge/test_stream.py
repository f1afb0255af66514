"""Server-sent events: every chunk at once, both ways of ending, no gRPC in it."""

import asyncio
import struct
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import grpc
import pytest

from tests.edge.conftest import Rest
from tests.edge.scripted import ScriptedServer
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.asyncio(loop_scope="session")

STREAM = "/api/v1/event-stream"


def chunk(server: ScriptedServer, data: bytes) -> Any:
    return server.message("google.api.HttpBody", content_type="text/event-stream", data=data)


async def test_every_chunk_passes_at_once(rest: Rest, server: ScriptedServer) -> None:
    go_on: asyncio.Queue[bytes] = asyncio.Queue()

    async def stream(_request: Any, _context: Any) -> AsyncIterator[Any]:
        yield chunk(server, b": open\n\n")
        while data := await go_on.get():
            yield chunk(server, data)

    server.streams["StreamEvents"] = stream
    url = f"http://127.0.0.1:{rest.port}{STREAM}?topic=order.*&after=p1"
    async with rest.session.get(url, headers={"last-event-id": "p0"}) as answer, asyncio.timeout(PATIENCE_S):
        assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream")
        assert answer.headers["cache-control"] == "no-cache"
        assert "content-length" not in answer.headers
        assert answer.headers["x-request-id"] == server.last.metadata["x-request-id"]
        assert await answer.content.readuntil(b"\n\n") == b": open\n\n"
        for number in range(3):
            go_on.put_nowait(b"id: %d\ndata: {}\n\n" % number)
            assert await answer.content.readuntil(b"\n\n") == b"id: %d\ndata: {}\n\n" % number
        go_on.put_nowait(b"")
        assert await answer.content.read() == b""
    assert (server.last.request.after, server.last.request.topic) == ("p1", "order.*")
    assert server.last.metadata["last-event-id"] == "p0"


async def test_a_client_that_leaves_ends_the_stream_at_the_server(rest: Rest, server: ScriptedServer) -> None:
    ended = asyncio.Event()

    async def stream(_request: Any, _context: Any) -> AsyncIterator[Any]:
        try:
            yield chunk(server, b": open\n\n")
            await asyncio.Event().wait()
        finally:
            ended.set()

    server.streams["StreamEvents"] = stream
    async with rest.session.get(f"http://127.0.0.1:{rest.port}{STREAM}") as answer:
        await answer.content.readuntil(b"\n\n")
        answer.close()
    await asyncio.wait_for(ended.wait(), PATIENCE_S)


async def test_an_error_before_the_first_chunk_is_an_error(rest: Rest, server: ScriptedServer) -> None:
    async def stream(_request: Any, context: Any) -> AsyncIterator[Any]:
        body = (("x-http-code", "400"), ("x-http-content-type", "application/problem+json"), ("x-http-body", '{"a":1}'))
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "a foreign position", body)
        yield chunk(server, b"")

    server.streams["StreamEvents"] = stream
    answer = await rest("GET", STREAM)
    assert (answer.status, answer.json) == (400, {"a": 1})


async def test_a_stream_ends_without_a_trace_of_grpc(rest: Rest, server: ScriptedServer) -> None:
    """HTTP/1.1 shows trailers at the end of the chunks; there are none."""

    async def stream(_request: Any, _context: Any) -> AsyncIterator[Any]:
        yield chunk(server, b"data: 1\n\n")

    server.streams["StreamEvents"] = stream
    reader, writer = await asyncio.open_connection("127.0.0.1", rest.port)
    writer.write(f"GET {STREAM} HTTP/1.1\r\nhost: a\r\nte: trailers\r\nconnection: close\r\n\r\n".encode())
    whole = await asyncio.wait_for(reader.read(), PATIENCE_S)
    writer.close()
    assert whole.endswith(b"9\r\ndata: 1\n\n\r\n0\r\n\r\n")
    assert b"grpc" not in whole


async def test_the_largest_chunk_passes(rest: Rest, server: ScriptedServer) -> None:
    """An event is at most 256 KiB; as JSON with every character escaped it may be six times that."""
    data = b"data: " + b"x" * 2_000_000 + b"\n\n"

    async def stream(_request: Any, _context: Any) -> AsyncIterator[Any]:
        for _ in range(5):
            yield chunk(server, data)

    server.streams["StreamEvents"] = stream
    timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
    async with rest.session.get(f"http://127.0.0.1:{rest.port}{STREAM}", timeout=timeout) as answer:
        assert await answer.read() == data * 5


async def test_over_http_2_a_stream_ends_without_a_trace_of_grpc_too(rest: Rest, server: ScriptedServer) -> None:
    """HTTP/2 always shows trailers, as a HEADERS frame behind the data: there is none."""

    async def stream(_request: Any, _context: Any) -> AsyncIterator[Any]:
        yield chunk(server, b"data: 1\n\n")

    server.streams["StreamEvents"] = stream
    reader, writer = await asyncio.open_connection("127.0.0.1", rest.port)
    path = STREAM.encode()
    # HPACK: `:method GET` and `:scheme http` of the static table, `:path` and `:authority` as literals.
    headers = b"\x82\x86\x04" + bytes([len(path)]) + path + b"\x01\x01a"
    writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS) + frame(HEADERS, headers, flags=0x5, stream=1))
    seen: list[tuple[int, bytes]] = []
    async with asyncio.timeout(PATIENCE_S):
        is_over = False
        while not is_over:
            size, kind, flags, number = struct.unpack(">IBBI", b"\0" + await reader.readexactly(9))
            payload = await reader.readexactly(size)
            seen += [(kind, payload)] if number else []
            is_over = number == 1 and bool(flags & END_STREAM)
    writer.close()
    assert [kind for kind, payload in seen if payload] == [HEADERS, DATA]
    assert (DATA, b"data: 1\n\n") in seen


DATA, HEADERS, SETTINGS = 0x0, 0x1, 0x4
END_STREAM = 0x1


def frame(kind: int, payload: bytes = b"", *, flags: int = 0, stream: int = 0) -> bytes:
    """One frame of RFC 9113, 4.1."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload
