"""Watching the log."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.support.events import record
from tests.support.waiting import PATIENCE_S
from tidings_server.log import watch as watching
from tidings_server.log.positions import Positions
from tidings_server.log.watch import Watch, WatchedEvent
from tidings_server.platform.clock import ManualClock, SystemClock
from tidings_server.platform.errors import InvalidInput
from tidings_server.storage.database import Database

TENANT = 1
POSITIONS = Positions(b"key")
SECOND = timedelta(seconds=1)


@pytest.fixture
def watch(database: Database) -> Watch:
    return Watch(database, POSITIONS, SystemClock())


async def ids(watched: AsyncIterator[WatchedEvent], count: int) -> list[str]:
    """The ids of the next events; heartbeats count too, as `-`."""
    async with asyncio.timeout(PATIENCE_S):
        return [one.event.event_id if one.event else "-" for one in [await anext(watched) for _ in range(count)]]


async def test_without_a_position_a_watch_begins_at_the_end_of_the_log(database: Database, watch: Watch) -> None:
    await database.write_queue.append([record("before")])
    watched = await watch.start(TENANT, after="", topic="")
    await database.write_queue.append([record("a"), record("b")])

    assert await ids(watched, 2) == ["a", "b"]


async def test_a_watch_resumes_after_any_position_and_misses_nothing(database: Database, watch: Watch) -> None:
    names = [f"e{number:03}" for number in range(250)]
    await database.write_queue.append([record(name) for name in names])

    for seq in (0, 1, 99, 100, 249):
        watched = await watch.start(TENANT, after=POSITIONS.print(TENANT, seq), topic="")
        assert await ids(watched, 250 - seq) == names[seq:]


async def test_each_event_comes_with_the_position_to_resume_after(database: Database, watch: Watch) -> None:
    await database.write_queue.append([record("a"), record("b")])
    first = await anext(await watch.start(TENANT, after=POSITIONS.print(TENANT, 0), topic="*"))

    assert await ids(await watch.start(TENANT, after=first.position, topic="*"), 1) == ["b"]


async def test_only_the_tenants_events_of_the_topic_come(database: Database, watch: Watch) -> None:
    await database.write_queue.append(
        [record("other", tenant_id=2), record("cart", topic="cart.read"), record("order", topic="order.updated")]
    )
    start = POSITIONS.print(TENANT, 0)

    assert await ids(await watch.start(TENANT, after=start, topic="order.*"), 1) == ["order"]
    assert await ids(await watch.start(TENANT, after=start, topic="cart.read"), 1) == ["cart"]


async def test_events_that_come_while_it_is_read_are_not_missed(database: Database, watch: Watch) -> None:
    watched = await watch.start(TENANT, after="", topic="")

    async def produce() -> None:
        for number in range(300):
            await database.write_queue.append([record(str(number))])

    async with asyncio.TaskGroup() as group:
        group.create_task(produce())
        seen = await ids(watched, 300)

    assert seen == [str(number) for number in range(300)]


async def test_an_idle_watch_sends_heartbeats_with_a_later_position(database: Database) -> None:
    clock = ManualClock()
    watch = Watch(database, POSITIONS, clock)
    watched = await watch.start(TENANT, after=POSITIONS.print(TENANT, 0), topic="order.*")
    await database.write_queue.append([record("cart", topic="cart.read")])
    waiting = asyncio.ensure_future(anext(watched))
    while not waiting.done():
        await asyncio.sleep(0.005)
        clock.advance(watching.HEARTBEAT_S / 20 * SECOND)
    heartbeat = await waiting

    assert heartbeat.event is None
    assert POSITIONS.parse(TENANT, heartbeat.position) == 1


async def test_a_bad_start_is_refused_at_once(watch: Watch) -> None:
    for after, topic in (("abc", ""), (POSITIONS.print(2, 1), ""), ("", "Order")):
        with pytest.raises(InvalidInput):
            await watch.start(TENANT, after=after, topic=topic)
