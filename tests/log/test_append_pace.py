"""The pace of appends of many events."""

import asyncio
from typing import Final

from tests.log.counting_consumer import Counting, effects, make_tables
from tests.log.test_consumer_runner import run_out, runner
from tests.support.events import record
from tidings_server.log.append_pace import MANY, MAX_LAG, SHARED_LAG, Pace
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.events import EventLog
from tidings_server.log.shard_runners import ShardRunners
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.turns import enter
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Appended, EventRecord

LONG_S: Final = 600.0
"""Longer than a test may take: only a reader that comes near ends such a wait."""
OF_ROUTER: Final = MAX_LAG["router"]


async def test_an_append_of_many_events_waits_for_a_reader_that_is_behind(
    database: Database, clock: ManualClock
) -> None:
    log, reader = await behind(database, clock, name="router", longest_s=LONG_S)
    append = asyncio.create_task(log.append(events(MANY)))
    await log.append(events(MANY - 1))
    assert database.heads[0].seq == OF_ROUTER + 1 + MANY - 1
    assert not append.done()

    await run_out(reader)
    assert len(await append) == MANY
    await run_out(reader)
    assert len(await effects(database)) == OF_ROUTER + 1 + MANY - 1 + MANY


async def test_it_keeps_closer_while_another_tenant_calls(database: Database, clock: ManualClock) -> None:
    log, reader = await behind(database, clock, name="router", longest_s=LONG_S)
    await run_out(reader)
    await log.append(events(SHARED_LAG["router"] - 1))
    await log.append(events(2))

    append = asyncio.create_task(_beside_another(log))
    for _ in range(20):
        await asyncio.sleep(0)
    await log.append(events(1))
    assert not append.done()
    await run_out(reader)
    assert len(await append) == MANY


async def _beside_another(log: EventLog) -> list[Appended]:
    """An append of many events while another tenant than theirs calls."""
    enter(record().tenant_id + 1)
    return await log.append(events(MANY))


async def test_it_waits_no_longer_than_its_time_where_no_reader_runs(database: Database, clock: ManualClock) -> None:
    log, reader = await behind(database, clock, name="router", longest_s=0.01)
    assert len(await log.append(events(MANY))) == MANY
    assert reader.position == 0


async def test_readers_may_be_behind_as_far_as_others_wait_for_them(database: Database, clock: ManualClock) -> None:
    for name in ("catalogue", "search", "relay"):
        log, _ = await behind(database, clock, name=name, longest_s=LONG_S)
        assert len(await log.append(events(MANY))) == MANY


async def behind(
    database: Database, clock: ManualClock, *, name: str, longest_s: float
) -> tuple[EventLog, ConsumerRunner]:
    """A log in which a reader of that name, which does not run yet, is farther behind than a router may be."""
    await make_tables(database)
    log, reader = EventLog(database), runner(database, clock, Counting())
    for _ in range(OF_ROUTER // 500):
        await log.append(events(500))
    await log.append(events(1))
    log.use_pace(Pace(database.heads, {name: ShardRunners(1, lambda _shard: reader)}, longest_s=longest_s))
    return log, reader


def events(count: int) -> list[EventRecord]:
    """So many events, each with an id of its own."""
    return [record() for _ in range(count)]
