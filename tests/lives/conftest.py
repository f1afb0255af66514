"""One server for all lives; each playing has a tenant of its own."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import grpc
import pytest
import pytest_asyncio

from tests.e2e.instances import Instance, instance
from tests.support.life_player import Server
from tests.support.receiver import Receiver


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
