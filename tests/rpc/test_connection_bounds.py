"""One address at its share of the gRPC port's connections, and all at theirs, take nothing from others."""

import asyncio
import resource
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.support.waiting import until
from tidings_server.platform.clock import ManualClock, SystemClock
from tidings_server.platform.heartbeats import Heartbeats
from tidings_server.platform.open_connections import CALM_S, LOOK_EVERY_S, look_pause_s
from tidings_server.rpc.connection_bounds import ConnectionBounds
from tidings_server.rpc.health import Health
from tidings_server.rpc.server import make_server

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
"""What makes an HTTP/2 connection of a TCP connection, which then may be idle for minutes."""
SHARE = 20


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    """Port of a server that answers for its health."""
    server = make_server([], interceptors=[], max_concurrent_rpcs=100)
    health = Health(ManualClock(), is_able=lambda: True, workers=Heartbeats(ManualClock()))
    health.register(server)
    await health.open()
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield port
    await server.stop(0)


async def opened(port: int, count: int, *, address: str) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    made = [await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0)) for _ in range(count)]
    for _, writer in made:
        writer.write(PREFACE)
    return made


async def left(made: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]) -> list[bool]:
    """Whether each connection is still open: the server's settings have come, and no end."""
    for reader, _ in made:
        while not reader.at_eof():
            try:
                async with asyncio.timeout(0.01):
                    await reader.read(1_000)
            except TimeoutError:
                break
            except ConnectionError:
                reader.feed_eof()
    return [not reader.at_eof() for reader, _ in made]


async def test_the_newest_connections_of_one_address_are_shut_beyond_its_share() -> None:
    async with serving() as port, grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        bounds = ConnectionBounds(port=port, most=1_000, most_of_one=SHARE, clock=SystemClock())
        attack = await opened(port, SHARE, address="127.0.0.2")
        assert await bounds.run_once() == 0
        attack += await opened(port, 15, address="127.0.0.2")
        other = await opened(port, 5, address="127.0.0.3")
        assert await bounds.run_once() == 15
        await until(lambda: left(attack), lambda open_: sum(open_) == SHARE)
        assert await left(attack) == [True] * SHARE + [False] * 15
        assert all(await left(other))
        stub: Any = health_pb2_grpc.HealthStub(channel)
        assert (await stub.Check(health_pb2.HealthCheckRequest())).status == health_pb2.HealthCheckResponse.SERVING
        assert await bounds.run_once() == 0
        for _, writer in (*attack, *other):
            writer.close()


async def test_all_together_are_bounded_too() -> None:
    async with serving() as port:
        made = [each for number in range(2, 6) for each in await opened(port, 5, address=f"127.0.0.{number}")]
        bounds = ConnectionBounds(port=port, most=12, most_of_one=10, clock=SystemClock())
        assert await bounds.run_once() == 8
        await until(lambda: left(made), lambda open_: sum(open_) == 12)
        for _, writer in made:
            writer.close()


def test_a_process_takes_all_the_open_files_that_the_system_gives_it() -> None:
    """Many systems give a process 1,024 unless it asks, and a connection takes one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    script = (
        "import asyncio, resource\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, (256, {hard}))\n"
        "from tidings_server.app import run\n"
        "run(asyncio.sleep(0))\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])\n"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert int(printed) == hard


def test_connections_are_counted_more_often_once_there_may_be_too_many() -> None:
    assert [look_pause_s(in_use, 100) for in_use in (0, 49, 50, 1_000)] == [CALM_S, CALM_S, LOOK_EVERY_S, LOOK_EVERY_S]
