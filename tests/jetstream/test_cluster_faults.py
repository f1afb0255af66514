"""The relay on three servers of NATS, of which one is lost, then two; and a server whose newest file was cut."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

import nats
import pytest
from nats.errors import Error as NatsError

from tests.support.events import record
from tests.support.nats import NatsServer, running_nats
from tests.support.stream_reader import read_as_promised
from tests.support.waiting import PATIENCE_S, until
from tidings_server.identity.store import tenants
from tidings_server.jetstream.relay import RelayWorker
from tidings_server.jetstream.rewinding import stream_of
from tidings_server.jetstream.stream import EventStream
from tidings_server.log.events import EventLog
from tidings_server.platform.clock import SystemClock
from tidings_server.platform.errors import Unavailable
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import StoredEvent

STREAM = stream_of(0)
TENANT = "0192d3a4-0000-7000-8000-000000000001"
NODES = 3
REASONS = (NatsError, OSError, TimeoutError)


@pytest.fixture
async def opened(sqlite_url: str) -> AsyncIterator[Database]:
    database = await Database.open(sqlite_url, clock=SystemClock())
    tenant = tenants.Tenant(1, TENANT, "shop", "ACTIVE", 0)
    await database.write_queue.run(lambda conn: tenants.add_tenant(conn, tenant))
    yield database
    await database.close()


def worker(database: Database, servers: Sequence[NatsServer], replicas: int) -> RelayWorker:
    url = ",".join(server.url for server in servers)
    return RelayWorker(database, EventStream(url, name=STREAM, replicas=replicas), body, clock=SystemClock())


def body(event: StoredEvent) -> bytes:
    return event.event_id.encode()


async def append(database: Database, *ids: str) -> None:
    log = EventLog(database)
    for event_id in ids:
        await log.append([record(event_id)])


async def catch_up(one: RelayWorker, database: Database) -> None:
    """Rounds of the runner, as `run` has them, until everything is published."""
    async with asyncio.timeout(PATIENCE_S):
        while one.runner.position < database.heads[0].seq:
            with suppress(Unavailable):
                await one.runner.run_once()
            await asyncio.sleep(0.05)


async def bodies_in_stream(servers: Sequence[NatsServer]) -> list[str]:
    """Of the messages that a reader has."""
    return [message.data.decode() for message in await read_as_promised(servers, STREAM)]


async def leader(servers: Sequence[NatsServer]) -> str:
    """The name of the server that leads the stream now."""
    try:
        client = await nats.connect([server.url for server in servers], connect_timeout=1, allow_reconnect=False)
        info = await client.jetstream(timeout=1).stream_info(STREAM)
        await client.close()
    except REASONS:
        return ""
    return (info.cluster.leader if info.cluster else "") or ""


@pytest.mark.timeout(300)
async def test_one_server_of_three_costs_nothing_and_two_cost_only_lag(opened: Database) -> None:
    with running_nats(NODES) as servers:
        one = worker(opened, servers, NODES)
        await append(opened, "a", "b")
        await catch_up(one, opened)
        name = await until(lambda: leader(servers), bool)
        first = next(server for server in servers if server.name == name)
        first.stop()
        await append(opened, "c", "d")
        await catch_up(one, opened)

        second = next(server for server in servers if server is not first)
        second.stop()
        await append(opened, "e", "f")
        for _ in range(2):
            with suppress(Unavailable):
                await one.runner.run_once()
        assert one.runner.lag() == 2

        for server in (first, second):
            server.start()
        for server in (first, second):
            await asyncio.to_thread(server.wait)
        await catch_up(one, opened)
        assert await bodies_in_stream(servers) == ["a", "b", "c", "d", "e", "f"]
    await one._stream.close()


@pytest.mark.timeout(300)
async def test_a_stream_whose_newest_file_was_cut_is_complete_again(opened: Database) -> None:
    """As a power cut leaves a server that had not flushed: what it had acknowledged last is gone."""
    with running_nats() as (server,):
        one = worker(opened, [server], 1)
        names = [f"event-{number}" for number in range(20)]
        await append(opened, *names)
        await catch_up(one, opened)
        server.stop()
        cut(server.directory)
        server.start()
        await asyncio.to_thread(server.wait)
        left = await count(server)
        assert left < len(names), "the cut cost nothing"

        for _ in range(3):
            with suppress(Unavailable):
                await one.runner.run_once()
        one._relay.start_over()
        await append(opened, "after")
        await catch_up(one, opened)
        assert await bodies_in_stream([server]) == [*names, "after"]
    await one._stream.close()


def cut(directory: Path) -> None:
    """Cut the newest file of messages in half, and forget the index that knows its end."""
    newest = max(directory.rglob("msgs/*.blk"), key=lambda path: path.stat().st_mtime)
    os.truncate(newest, newest.stat().st_size // 2)
    for index in directory.rglob("msgs/index.db"):
        index.unlink()


async def count(server: NatsServer) -> int:
    client = await nats.connect(server.url)
    messages = (await client.jetstream().stream_info(STREAM)).state.messages
    await client.close()
    return messages
