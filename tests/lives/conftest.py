"""One server for all lives; each playing has a tenant of its own. Schedules, whose clock is moved by hand, have an
Envoy before a server in this process."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import grpc
import pytest
import pytest_asyncio

from tests.e2e.instances import Instance, instance
from tests.support.life_shop import Server
from tests.support.receiver import Receiver
from tidings_server.edge.configuration import EdgeConfig
from tidings_server.edge.process import Edge
from tidings_server.platform.clock import SystemClock


@pytest.fixture(scope="session")
def system() -> Iterator[Instance]:
    with instance(tenant_events_per_second="0", scheduling_per_minute="1000000") as started:
        yield started


@pytest_asyncio.fixture
async def server(system: Instance) -> AsyncIterator[Server]:
    async with (
        aiohttp.ClientSession() as session,
        grpc.aio.insecure_channel(system.grpc) as channel,
        Receiver() as receiver,
    ):
        yield Server(channel, session, system.rest, system.demo["operator_token"], receiver)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def edge() -> AsyncIterator[tuple[str, Path]]:
    """The REST address of an Envoy, and the socket by which it asks whatever server a test has there."""
    directory = Path(tempfile.mkdtemp(prefix="tidings-"))
    config = EdgeConfig("127.0.0.1", 0, concurrency=1, directory=directory)
    envoy = Edge(config, SystemClock())
    await envoy.start()
    yield f"http://127.0.0.1:{envoy.port}", config.grpc_socket
    await envoy.stop()
    shutil.rmtree(directory)
