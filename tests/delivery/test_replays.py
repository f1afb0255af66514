"""Backlogs and replays: every event of a range that matches, in bounded steps, and none twice."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from tests.support.deliveries import TENANT, NoSender, World
from tidings_server.composition.payloads import DialectBodies, event_conditions
from tidings_server.delivery import replays as module
from tidings_server.delivery.matching import SubscriptionMatcher
from tidings_server.delivery.replays import Replays
from tidings_server.delivery.router import Router
from tidings_server.delivery.store import replays as store
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.deliveries import Priority
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.store.tables import replay, subscription
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.log.positions import Positions
from tidings_server.log.ranges import LogRanges
from tidings_server.platform.clock import ManualClock, rfc3339_ms
from tidings_server.platform.errors import InvalidInput, LimitExceeded, NotFound
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log import events

POSITIONS = Positions(b"k" * 32)
LARGEST_BYTES = 256 << 10


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def world(database_url: str, clock: ManualClock) -> AsyncIterator[World]:
    database = await Database.open(database_url, clock=clock)
    yield World(database, clock)
    await database.close()


@pytest.fixture
def replays(world: World) -> Replays:
    return use_cases(world)


def use_cases(world: World) -> Replays:
    return Replays(
        world.database,
        matcher(world),
        LogRanges(world.database, POSITIONS, world.clock),
        clock=world.clock,
        ids=world.ids,
        on_queued=lambda: None,
    )


def matcher(world: World) -> SubscriptionMatcher:
    return SubscriptionMatcher(world.database, event_conditions(), DialectBodies())


def scope(tenant: int = TENANT) -> Scope:
    return Scope(tenant=tenant, tenant_id="", tenant_name="", actor="ann", app_id="shop")


def position(seq: int, tenant: int = TENANT) -> str:
    return POSITIONS.print(tenant, seq)


async def with_backlog(world: World, *, after: int, **changes: Any) -> Subscription:
    """A subscription that asked for what came after `after`, as creating one does."""
    to = await world.subscription(after_seq=world.database.heads[0].seq, **changes)
    await world.database.write_queue.run(
        lambda conn: table.add_start(conn, to, replay_id=world.ids.uuid7(), after=after)
    )
    return to


async def work_off(replays: Replays) -> None:
    while await replays.run_once():
        pass


async def test_a_backlog_comes_whole_in_order_and_before_what_is_new(
    world: World, replays: Replays, clock: ManualClock
) -> None:
    old = await world.events(1_200)
    clock.advance(timedelta(hours=1))
    to = await with_backlog(world, after=old[199])
    new = await world.events(3)
    runner = ConsumerRunner(
        Router(world.database, matcher(world), clock=world.clock, sender=NoSender()),
        feed=LogFeed(world.database),
        database=world.database,
        clock=world.clock,
    )
    while await runner.run_once():
        pass
    assert await world.lease(to) == [], "nothing new before the backlog is queued"
    assert await replays.run_once()
    first = await world.lease(to, 2_000)
    await work_off(replays)
    assert first + await world.lease(to, 2_000) == old[200:] + new
    assert {row.replay_id for row in await world.rows()} == {""}


async def test_a_range_of_large_events_comes_whole(world: World, replays: Replays) -> None:
    """One page of the log ends after some bytes, not only after some events."""
    to = await world.subscription()
    seqs = await world.events(3 * events.PAGE_BYTES // LARGEST_BYTES, body=bytes(LARGEST_BYTES))
    assert (await replays.replay(scope(), to.id, start=position(0), end="")).events == len(seqs)
    await work_off(replays)
    assert await world.lease(to, priority=Priority.RETRY) == seqs


async def test_a_replay_sends_a_range_again_among_the_retries(world: World, replays: Replays) -> None:
    to = await world.subscription(topics=("order.created",))
    seqs = await world.events(10)
    await world.events(5, topic="product.created")
    await world.queue(to, seqs)
    accepted = await replays.replay(scope(), to.id, start=position(seqs[2]), end=position(seqs[6]))
    assert accepted.events == 4
    await work_off(replays)
    assert await world.lease(to, priority=Priority.RETRY) == seqs[3:7]
    assert {row.replay_id for row in await world.rows() if row.priority == 1} == {accepted.replay_id}
    assert await world.lease(to) == seqs, "what waits for its first attempt is not behind them"


async def test_the_same_range_may_be_replayed_twice(world: World, replays: Replays) -> None:
    to = await world.subscription()
    await world.events(4)
    for _ in range(2):
        assert (await replays.replay(scope(), to.id, start=position(0), end="")).events == 4
    await work_off(replays)
    assert len(await world.rows()) == 8


async def test_a_replay_is_taken_up_once_under_its_reserved_id(world: World, replays: Replays) -> None:
    to = await world.subscription()
    await world.events(4)
    again = replace(scope(), reserved_id=world.ids.uuid7())
    for _ in range(2):
        assert await replays.replay(again, to.id, start=position(0), end="") == (again.reserved_id, 4)
        await work_off(replays)
    assert len(await world.rows()) == 4


async def test_times_are_inclusive_at_both_ends(world: World, replays: Replays, clock: ManualClock) -> None:
    to = await world.subscription()
    seqs = []
    for _ in range(5):
        seqs += await world.events()
        clock.advance(timedelta(seconds=1))
    times = [rfc3339_ms(event.recorded_at) for event in await world.log()]
    accepted = await replays.replay(scope(), to.id, start=times[1], end=times[3])
    await work_off(replays)
    assert accepted.events == 3
    assert await world.lease(to, priority=Priority.RETRY) == seqs[1:4]


async def test_conditions_and_other_tenants_are_left_out(world: World, replays: Replays) -> None:
    to = await world.subscription(condition="topic == 'order.created'")
    wanted = []
    for _ in range(5):
        wanted += await world.events()
        await world.events(topic="order.updated")
        await world.events(tenant_id=TENANT + 1)
    assert (await replays.replay(scope(), to.id, start=position(0), end="")).events == 5
    await work_off(replays)
    assert await world.lease(to, priority=Priority.RETRY) == wanted


async def test_a_replay_never_runs_far_ahead_of_what_is_delivered(world: World, replays: Replays) -> None:
    to = await with_backlog(world, after=0)
    await world.queue(to, await world.events(module.MAX_AHEAD))
    await world.database.write_queue.run(lambda conn: conn.execute(update(replay).values(position=0, to_seq=1)))
    assert not await replays.run_once()


async def test_two_processes_queue_nothing_twice(world: World, replays: Replays) -> None:
    seqs = await world.events(1_100)
    to = await with_backlog(world, after=0)
    other = use_cases(world)
    while any([await replays.run_once(), await other.run_once()]):
        pass
    assert await world.lease(to, 2_000) == seqs


async def test_a_stopped_subscriptions_replay_waits_and_a_deleted_ones_ends(world: World, replays: Replays) -> None:
    await world.events(3)
    to = await with_backlog(world, after=0)
    await set_columns(world, is_active=False)
    assert not await replays.run_once()
    await set_columns(world, deleted_at=1)
    assert await replays.run_once()
    assert not await replays.run_once()
    assert await world.rows() == []
    assert (await world.stored(to)).deleted_at


async def test_a_tenants_replay_waits_for_one_step_of_anothers(world: World, replays: Replays) -> None:
    await world.events(3)
    await world.events(1, tenant_id=TENANT + 1)
    for _ in range(5):
        await with_backlog(world, after=0)
    other = await with_backlog(world, after=0, tenant_id=TENANT + 1)
    await work_off(replays)
    queued = [row.subscription_key for row in await world.rows()]
    assert queued.index(other.key) == 3
    assert len(queued) == 16


async def test_all_replays_are_read_but_those_of_stopped_subscriptions(world: World) -> None:
    made = [await with_backlog(world, after=-1) for _ in range(7)]
    stopped = await with_backlog(world, after=-1, is_active=False)
    deleted = await with_backlog(world, after=-1, is_active=False, deleted_at=1)
    async with world.database.read() as conn:
        found = [each.subscription_key for each in await store.unfinished(conn, page=2)]
    assert found == [each.key for each in (*made, deleted)]
    assert stopped.key not in found


async def test_a_tenant_has_at_most_so_many_replays(world: World, replays: Replays) -> None:
    await world.events(1)
    to, of_other = await world.subscription(), await world.subscription(tenant_id=TENANT + 1)
    await with_backlog(world, after=0)
    for _ in range(module.MAX_UNFINISHED - 1):
        await replays.replay(scope(), to.id, start=position(0), end="")
    last = replace(scope(), reserved_id=world.ids.uuid7())
    for _ in range(2):
        await replays.replay(last, to.id, start=position(0), end="")
    with pytest.raises(LimitExceeded, match="100 replays"):
        await replays.replay(scope(), to.id, start=position(0), end="")
    await replays.replay(scope(TENANT + 1), of_other.id, start=position(0, TENANT + 1), end="")
    await work_off(replays)
    await replays.replay(scope(), to.id, start=position(0), end="")


async def test_the_backlog_of_a_stopped_subscription_is_counted(world: World, replays: Replays) -> None:
    to = await world.subscription(is_active=False)
    seqs = await world.events(3)
    assert (await replays.replay(scope(), to.id, start=position(0), end="")).events == 3
    assert not await replays.run_once()
    await set_columns(world, is_active=True)
    await work_off(replays)
    assert await world.lease(to, priority=Priority.RETRY) == seqs


async def test_bad_ranges_and_others_subscriptions_are_refused(
    world: World, replays: Replays, clock: ManualClock
) -> None:
    to = await world.subscription()
    seqs = await world.events(3)
    later = rfc3339_ms(clock.now_us() + 1_000_000)
    for start, end, field in [
        ("", "", "from"),
        ("yesterday", "", "from"),
        (later, "", "from"),
        (position(1, TENANT + 1), "", "from"),
        (position(1), "tomorrow", "to"),
        (position(1), position(1, TENANT + 1), "to"),
        (position(seqs[2]), position(seqs[0]), "to"),
    ]:
        with pytest.raises(InvalidInput) as refused:
            await replays.replay(scope(), to.id, start=start, end=end)
        assert refused.value.violations[0].field == field
    for tenant, subscription_id in ((TENANT + 1, to.id), (TENANT, "unknown")):
        with pytest.raises(NotFound):
            await replays.replay(scope(tenant), subscription_id, start=position(0, tenant), end="")
    assert not await replays.run_once()


async def set_columns(world: World, **values: Any) -> None:
    await world.database.write_queue.run(lambda conn: conn.execute(update(subscription).values(values)))


async def test_replays_are_paged_from_the_newest(world: World, replays: Replays, clock: ManualClock) -> None:
    [seq] = await world.events(1)
    to, other = await world.subscription(), await world.subscription()
    made: list[str] = []
    for _ in range(3):
        clock.advance(timedelta(seconds=1))
        made.insert(0, (await replays.replay(scope(), to.id, start=position(seq - 1), end="")).replay_id)
    first = [each.id for each in await replays.requested(scope(), to.id, limit=2)]
    rest = [each.id for each in await replays.requested(scope(), to.id, after=first[-1], limit=2)]
    assert first + rest == made
    for unknown, of in (("none", to), (made[0], other)):
        with pytest.raises(InvalidInput, match="after"):
            await replays.requested(scope(), of.id, after=unknown)
