"""Statements on deliveries, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.exc import IntegrityError

from tests.support.deliveries import World
from tidings_server.delivery.message import Outcome, OutcomeKind
from tidings_server.delivery.retry_decision import AttemptResult
from tidings_server.delivery.store import attempts, deliveries, leases
from tidings_server.delivery.store.deliveries import Priority
from tidings_server.delivery.store.lease_statements import WINDOW
from tidings_server.delivery.store.leases import LeaseHolder
from tidings_server.delivery.store.tables import replay
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    clock = ManualClock()
    database = await Database.open(database_url, clock=clock)
    yield World(database, clock)
    await database.close()


def advance(world: World, **delta: float) -> None:
    assert isinstance(world.clock, ManualClock)
    world.clock.advance(timedelta(**delta))


async def test_a_delivery_is_leased_once_until_its_lease_ends(world: World) -> None:
    to = await world.subscription()
    seqs = await world.events(5)
    await world.queue(to, seqs)
    assert await world.lease(to, 3) == seqs[:3]
    assert await world.lease(to) == seqs[3:]
    assert await world.lease(to) == []
    advance(world, seconds=120)
    assert await world.lease(to) == seqs


async def test_leases_taken_at_the_same_time_share_nothing(world: World) -> None:
    to = await world.subscription()
    seqs = await world.events(60)
    await world.queue(to, seqs)
    leases = await asyncio.gather(*(world.lease(to, 10) for _ in range(6)))
    assert sorted(seq for seqs in leases for seq in seqs) == seqs


async def test_the_earliest_due_comes_first_and_what_is_not_due_stays(world: World) -> None:
    to = await world.subscription()
    late, early, future = await world.events(3)
    now = world.clock.now_us()
    await world.queue(to, [late])
    await world.queue(to, [early], due_at=now - 5)
    await world.queue(to, [future], due_at=now + 5)
    assert await world.lease(to) == [early, late]
    assert [work.due_at for work in await world.ready()] == [now + 5]


async def test_each_priority_is_leased_apart(world: World) -> None:
    to = await world.subscription()
    first, retry = await world.events(2)
    await world.queue(to, [first])
    await world.queue(to, [retry], priority=Priority.RETRY)
    assert [(work.subscription_key, work.priority) for work in await world.ready()] == [(to.key, 0), (to.key, 1)]
    assert await world.lease(to, priority=Priority.RETRY) == [retry]
    assert await world.lease(to, priority=Priority.FIRST) == [first]
    assert await world.ready() == []


async def test_every_subscription_that_may_be_sent_to_is_ready(world: World) -> None:
    now = world.clock.now_us()
    good = await world.subscription(max_concurrency=3, max_per_second=9)
    others = [
        await world.subscription(is_active=False),
        await world.subscription(is_confirmed=False),
        await world.subscription(deleted_at=now),
        await world.subscription(paused_until=now + 1),
    ]
    last = await world.subscription(failing_since=now - 1)
    seqs = await world.events(2)
    for to in (good, *others, last):
        await world.queue(to, seqs)
    work = await world.ready()
    assert [(w.subscription_key, w.failing_since, w.max_concurrency, w.max_per_second) for w in work] == [
        (good.key, None, 3, 9),
        (last.key, now - 1, 32, 0),
    ]
    assert {w.tenant_id for w in work} == {good.tenant_id}


async def test_ready_subscriptions_come_in_pages(world: World) -> None:
    [seq] = await world.events(1)
    made = [await world.subscription(is_active=number not in (1, 2, 3)) for number in range(9)]
    for number, to in enumerate(made):
        await world.queue(to, [seq])
        if number > 6:
            await world.queue(to, [seq], priority=Priority.RETRY, replay_id="r")
    async with world.database.read() as conn:
        pages = [page async for page in leases.ready(conn, now=world.clock.now_us(), page=2)]
    found = [work.queue_key for page in pages for work in page]
    assert sorted(found) == sorted(
        [(made[number].key, Priority.FIRST) for number in (0, 4, 5, 6, 7, 8)]
        + [(made[number].key, Priority.RETRY) for number in (7, 8)]
    )
    assert [len(page) for page in pages] == [3, 0, 2, 2, 1]


async def test_while_a_backlog_is_being_queued_nothing_later_is_leased(world: World) -> None:
    to = await world.subscription()
    old, new = await world.events(2)
    await world.queue(to, [new])
    now = world.clock.now_us()
    row = {
        "id": "r",
        "tenant_id": to.tenant_id,
        "subscription_key": to.key,
        "is_start": True,
        "position": 0,
        "to_seq": old,
        "created_at": now,
    }
    await world.database.write_queue.run(lambda conn: conn.execute(replay.insert().values(row)))
    assert await world.lease(to) == []
    await world.queue(to, [old], due_at=now - 1)
    assert await world.lease(to) == [old]
    await world.database.write_queue.run(lambda conn: conn.execute(replay.update().values(finished_at=now)))
    assert await world.lease(to) == [new]


async def test_what_may_be_sent_is_found_behind_thousands_that_wait_for_one(world: World) -> None:
    to = await world.subscription(ordered=True)
    *many, last, free = await world.events(WINDOW + 100)
    await world.queue(to, many, order_key="ORDER:1")
    assert await world.lease(to) == many[:1]
    advance(world, seconds=1)
    await world.queue(to, [last], order_key="ORDER:2")
    await world.queue(to, [free])
    assert await world.lease(to, 1) == [last]
    assert await world.lease(to) == [free]
    assert await world.lease(to) == []


async def test_of_an_entity_in_order_only_the_first_is_leased(world: World) -> None:
    to = await world.subscription(ordered=True)
    seqs = await world.events(4)
    await world.queue(to, seqs[:2], order_key="ORDER:1")
    await world.queue(to, seqs[2:3], order_key="ORDER:2")
    await world.queue(to, seqs[3:])
    [first, *_] = await world.leased(to)
    assert first.seq == seqs[0]
    assert await world.lease(to) == [], "the second of ORDER:1 waits for the first's outcome"
    row = AttemptResult(first, 0, Outcome(OutcomeKind.DELIVERED)).row(now=0)
    await world.database.write_queue.run(lambda conn: attempts.record(conn, [row], now=0))
    assert await world.lease(to) == [seqs[1]]


async def test_released_deliveries_can_be_leased_at_once_but_not_anothers(world: World) -> None:
    to = await world.subscription()
    await world.queue(to, await world.events(2))
    mine, other = await world.leased(to)
    another = LeaseHolder(2)
    await world.database.write_queue.run(lambda conn: leases.release(conn, [mine, other], holder=another))
    assert await world.lease(to) == []
    anothers = other._replace(attempts=other.attempts + 1)
    await world.database.write_queue.run(lambda conn: leases.release(conn, [mine, anothers]))
    assert await world.lease(to) == [mine.seq]


async def test_a_restart_of_the_only_process_takes_all_leases_back(world: World) -> None:
    to = await world.subscription()
    seqs = await world.events(3)
    await world.queue(to, seqs)
    await world.lease(to)
    await world.database.write_queue.run(leases.release_all)
    assert await world.lease(to) == seqs


async def test_an_event_is_queued_once_for_each_subscription_and_replay(world: World) -> None:
    to = await world.subscription()
    seqs = await world.events()
    await world.queue(to, seqs)
    with pytest.raises(IntegrityError):
        await world.queue(to, seqs)
    await world.queue(to, seqs, replay_id="r")
    assert len(await world.rows()) == 2


async def test_pending_counts_both_priorities_up_to_a_bound(world: World) -> None:
    to = await world.subscription()
    await world.queue(to, await world.events(4))
    await world.queue(to, await world.events(3), priority=Priority.RETRY)
    for most, expected in ((100, 7), (5, 5)):
        counted = await world.database.write_queue.run(partial(deliveries.pending, subscription_key=to.key, most=most))
        assert counted == expected
