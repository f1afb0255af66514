"""A whole cluster under faults: PostgreSQL, three NATS servers, processes that serve and processes that work.

Its histories agree with the model, and the stream has every event that was acknowledged.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import aiohttp
import pytest

from tests.e2e.instances import instance
from tests.faults.processes import (
    ROLES,
    OverPostgres,
    agrees_with_the_model,
    kill_each,
    restart_postgres,
    shared,
    stop_each_for_a_while,
)
from tests.support.nats import NatsServer, running_nats
from tests.support.postgres import Cluster
from tests.support.receiver import Receiver
from tests.support.stream_reader import read_as_promised
from tests.support.waiting import until
from tidings_server.jetstream.rewinding import stream_of

pytestmark = [pytest.mark.timeout(600), pytest.mark.postgresql]

NODES = 3
MIB, LONG_MIB = 64, 480
"""Of each stream: those of all shards must have room on one server. Of half an hour's events 64 MiB keep the last."""
STREAM = stream_of(0)
"""That of the shard of the demo tenant."""


@dataclass
class WholeCluster(OverPostgres):
    """Two processes that serve and two that work, beside three NATS servers."""

    nats: Sequence[NatsServer]


@pytest.fixture(scope="module")
def cluster(postgres: Cluster, request: pytest.FixtureRequest) -> Iterator[WholeCluster]:
    name = postgres.create()
    with ExitStack() as stack:
        servers = stack.enter_context(running_nats(NODES))
        urls = ",".join(server.url for server in servers)
        is_long = request.config.getoption("--long-faults")
        stream = {"nats_url": urls, "nats_replicas": str(NODES), "nats_mib": str(LONG_MIB if is_long else MIB)}
        settings = shared(postgres.url(name)) | stream
        processes = [stack.enter_context(instance(**settings, role=role)) for role in ROLES]
        yield WholeCluster(processes, is_long, postgres, name, servers)


async def lose_a_nats_server(one: WholeCluster) -> None:
    """One of three, which may lead the stream, for a while."""
    await lose(one, one.nats[:1])


async def lose_the_majority_of_nats(one: WholeCluster) -> None:
    """Two of three for longer than any lease lasts."""
    await lose(one, one.nats[:2])


async def lose(one: WholeCluster, servers: Sequence[NatsServer]) -> None:
    for server in servers:
        await asyncio.to_thread(server.stop)
    await asyncio.sleep(one.down_s)
    for server in servers:
        server.start()
    for server in servers:
        await asyncio.to_thread(server.wait)


async def kill_one_of_each_role(one: WholeCluster) -> None:
    """kill -9 of a process that serves, and of one that works."""
    for role in dict.fromkeys(ROLES):
        process = one.processes[ROLES.index(role)]
        await asyncio.to_thread(process.kill)
        await asyncio.to_thread(process.start)


async def stop_a_worker(one: WholeCluster) -> None:
    """A worker that stands still, perhaps while it publishes to the stream, and goes on when another does its work."""
    process = one.processes[ROLES.index("worker")].process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(one.down_s)
    process.send_signal(signal.SIGCONT)


FAULTS = (kill_one_of_each_role, stop_a_worker, restart_postgres, lose_the_majority_of_nats)
LONG_FAULTS = (kill_each, stop_each_for_a_while, lose_a_nats_server)
CASES = [
    *(pytest.param(fault, id=fault.__name__) for fault in FAULTS),
    *(pytest.param(fault, id=fault.__name__, marks=pytest.mark.long_fault) for fault in LONG_FAULTS),
]


@pytest.mark.parametrize("fault", CASES)
async def test_nothing_is_lost_doubled_or_out_of_order_and_the_stream_has_it_once(
    cluster: WholeCluster,
    receiver: Receiver,
    session: aiohttp.ClientSession,
    fault: Callable[[WholeCluster], Awaitable[None]],
) -> None:
    shop = await agrees_with_the_model(cluster, receiver, session, fault=fault)
    wanted = {f"{customer}:{number}" for customer, numbers in shop.history.acknowledged.items() for number in numbers}

    async def missing() -> set[str]:
        return wanted - set(await ids_in_stream(cluster.nats))

    assert await until(missing, lambda left: not left) == set()
    read = await ids_in_stream(cluster.nats)
    assert len(read) == len(set(read))


async def ids_in_stream(servers: Sequence[NatsServer]) -> list[str]:
    """Of the events that a reader has."""
    return [(message.headers or {})["ce-id"] for message in await read_as_promised(servers, STREAM)]
