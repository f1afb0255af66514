"""Clients that mean harm: the service goes on for everybody else, and its memory stays where it was."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from typing import Any

import aiohttp
import grpc
import psutil
import pytest

from tests.e2e.instances import Instance, instance
from tests.e2e.rest import demo_rest
from tests.support.http2 import CANCEL, CONTINUATION, HEADERS, PING, RST_STREAM, SETTINGS, Connection, connected, packed
from tests.support.waiting import PATIENCE_S
from tidings.identity.v1 import tokens_pb2, tokens_pb2_grpc

MIB = 1 << 20
GROWTH_BYTES = 96 * MIB
ROUNDS = 2_000


@pytest.fixture(scope="module")
def attacked() -> Iterator[Instance]:
    with instance(max_connections="200") as started:
        yield started


@pytest.fixture(autouse=True)
async def survived(attacked: Instance, session: aiohttp.ClientSession) -> Any:
    """After each attack a stranger is served, and no process has grown out of bounds."""
    before = memory(attacked)
    yield
    rest = await demo_rest(session, attacked)
    async with asyncio.timeout(PATIENCE_S / 4):
        assert (await rest("GET", "/api/v1/events/none")).status == 404
    assert memory(attacked) - before < GROWTH_BYTES


def memory(attacked: Instance) -> int:
    assert attacked.process is not None
    server = psutil.Process(attacked.process.pid)
    return sum(one.memory_info().rss for one in (server, *server.children(recursive=True)))


def rest_headers(port: int) -> dict[str, str]:
    return {":method": "GET", ":scheme": "http", ":authority": f"127.0.0.1:{port}", ":path": "/version"}


def grpc_headers(port: int) -> dict[str, str]:
    path = "/tidings.admin.v1.OperationsService/GetVersion"
    own = {":method": "POST", ":scheme": "http", ":authority": f"127.0.0.1:{port}", ":path": path}
    return own | {"content-type": "application/grpc", "te": "trailers"}


PORTS = {"REST": rest_headers, "gRPC": grpc_headers}


async def reset_rapidly(connection: Connection, headers: dict[str, str]) -> None:
    """CVE-2023-44487: open and take back, without end."""
    for _ in range(ROUNDS):
        stream = connection.request(headers, ends=False)
        connection.send(RST_STREAM, CANCEL.to_bytes(4), stream=stream)
        await connection.writer.drain()


async def ping(connection: Connection, _headers: dict[str, str]) -> None:
    for _ in range(ROUNDS):
        connection.send(PING, bytes(8))
        await connection.writer.drain()


async def settle(connection: Connection, _headers: dict[str, str]) -> None:
    for _ in range(ROUNDS):
        connection.send(SETTINGS, (4).to_bytes(2) + (1_000).to_bytes(4))
        await connection.writer.drain()


async def continue_without_end(connection: Connection, headers: dict[str, str]) -> None:
    """CVE-2024-24549 and its like: a header block that never ends."""
    connection.send(HEADERS, packed(headers), stream=1)
    for number in range(ROUNDS):
        connection.send(CONTINUATION, packed({f"x-{number}": "x" * 4_000}), stream=1)
        await connection.writer.drain()


async def open_all_at_once(connection: Connection, headers: dict[str, str]) -> None:
    """Ten times the streams that are allowed."""
    for _ in range(ROUNDS):
        connection.request(headers, ends=False)
    await connection.writer.drain()


ATTACKS = [reset_rapidly, ping, settle, continue_without_end, open_all_at_once]


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("port", PORTS)
async def test_a_flood_of_frames_ends_with_its_connection(
    attacked: Instance, port: str, attack: Callable[[Connection, dict[str, str]], Awaitable[None]]
) -> None:
    number = attacked.ports[port]
    async with connected(number) as connection, asyncio.timeout(PATIENCE_S):
        reading = asyncio.ensure_future(connection.read_to_the_end())
        with suppress(ConnectionError):  # it may be cut off: all the better
            await attack(connection, PORTS[port](number))
        reading.cancel()


async def test_a_gzip_bomb_is_not_unpacked(attacked: Instance) -> None:
    """A message of zeros that would be 512 MiB, in half a MiB."""
    frame = gzip.compress(bytes(512 * MIB), 9)
    call_path = "/tidings.identity.v1.TokenService/IssueToken"
    async with connected(attacked.ports["gRPC"]) as connection, asyncio.timeout(PATIENCE_S):
        headers = grpc_headers(attacked.ports["gRPC"]) | {":path": call_path, "grpc-encoding": "gzip"}
        stream = connection.request(headers, ends=False)
        message = b"\1" + len(frame).to_bytes(4) + frame
        for at in range(0, 64 * 1024, 16_384):  # as much as the window takes
            connection.send(0, message[at : at + 16_384], stream=stream)
        await connection.writer.drain()
        while (await connection.frame())[0] not in {HEADERS, RST_STREAM}:
            pass


async def test_a_compressed_message_is_bounded_as_it_unpacks(attacked: Instance) -> None:
    async with grpc.aio.insecure_channel(attacked.grpc, compression=grpc.Compression.Gzip) as channel:
        stub = tokens_pb2_grpc.TokenServiceStub(channel)
        for size, words in {1_000: "", 30 * MIB: "when it is unpacked", 100 * MIB: "65,536 are allowed"}.items():
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await stub.IssueToken(tokens_pb2.IssueTokenRequest(grant_type="x" * size), timeout=PATIENCE_S)
            assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
            assert words in str(refused.value.details())


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, identity"])
async def test_compressed_bodies_are_415(attacked: Instance, session: aiohttp.ClientSession, coding: str) -> None:
    rest = await demo_rest(session, attacked)
    body = gzip.compress(bytes(10 * MIB))
    answer = await rest("POST", "/api/v1/events", data=body, headers={"Content-Encoding": coding})
    assert answer.status == 415


async def test_connections_beyond_the_limit_are_closed(attacked: Instance) -> None:
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(260):
            reader, writer = await asyncio.open_connection("127.0.0.1", attacked.ports["REST"])
            stack.callback(writer.close)
            opened.append((reader, writer))
        async with asyncio.timeout(PATIENCE_S):
            ended = [asyncio.ensure_future(reader.read(1)) for reader, _ in opened[200:]]
            await asyncio.wait(ended, return_when=asyncio.ALL_COMPLETED)


async def test_too_many_headers_are_refused(attacked: Instance, session: aiohttp.ClientSession) -> None:
    headers = {f"x-{number}": "1" for number in range(150)}
    async with session.get(f"{attacked.rest}/version", headers=headers) as answer:
        assert answer.status == 431


async def test_every_response_has_the_security_headers(attacked: Instance, session: aiohttp.ClientSession) -> None:
    rest = await demo_rest(session, attacked)
    for path in ("/version", "/nowhere", "/api/v1/events/none", "/%FF"):
        headers = (await rest("GET", path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in headers, "there is no TLS here"
        assert headers["server"] == "tidings"


async def test_json_that_nests_without_end_is_refused(attacked: Instance, session: aiohttp.ClientSession) -> None:
    rest = await demo_rest(session, attacked)
    body = json.dumps({"id": "deep"})[:-1] + ',"x":' + "[" * 400_000
    assert (await rest("POST", "/api/v1/events", data=body, headers={"Content-Type": "application/json"})).status == 400
