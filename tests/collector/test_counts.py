"""Counts by hour and day: each event and attempt once, whatever runs twice; pages and ranges; bounded retention."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from tests.support.deliveries import TENANT, World, sending
from tests.support.receiver import Answer, Receiver
from tidings_server.collector.counts import DAY, CountQuery, CountRetention, HourlyCounts
from tidings_server.delivery.retry_policy import RetryPolicy
from tidings_server.delivery.store.backlogs import Backlog
from tidings_server.delivery.store.deliveries import Priority
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.event_counts import MAX_ROWS, event_counts_runner, rebuild_event_counts
from tidings_server.log.positions import Positions
from tidings_server.log.store.tables import event_count
from tidings_server.platform.clock import US_PER_HOUR, ManualClock, rfc3339_ms
from tidings_server.platform.errors import InvalidInput
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log.tables import event

OWN = Scope(TENANT, "", "", "", "")
OTHER = Scope(TENANT + 1, "", "", "", "")
ALL = CountQuery(
    start="2026-01-01T00:00:00Z", end="2027-01-01T00:00:00Z", step=1, name="", is_total=False, after="", limit=1_000
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 1, 22, 30, tzinfo=UTC))


@pytest.fixture
async def world(database_url: str, clock: ManualClock) -> AsyncIterator[World]:
    database = await Database.open(database_url, clock=clock)
    yield World(database, clock)
    await database.close()


@pytest.fixture
def counts(world: World) -> HourlyCounts:
    return HourlyCounts(world.database, world.clock, Positions(b"a key"))


@pytest.fixture
def counter(world: World) -> ConsumerRunner:
    return event_counts_runner(world.database, world.clock)


async def run_out(runner: ConsumerRunner) -> None:
    while await runner.run_once():
        pass


async def events(counts: HourlyCounts, query: CountQuery, scope: Scope = OWN) -> list[tuple[str, str, int]]:
    found, _ = await counts.events(scope, query)
    return [(rfc3339_ms(each.hour * US_PER_HOUR)[:13], each.topic, each.events) for each in found]


def but(query: CountQuery, **changes: Any) -> CountQuery:
    return replace(query, **changes)


async def fill(world: World, clock: ManualClock) -> None:
    """Two hours of one day and one of the next, of two topics."""
    await world.events(3)
    await world.events(2, topic="order.updated")
    clock.advance(timedelta(hours=1))
    await world.events(4)
    clock.advance(timedelta(hours=1))
    await world.events(5, topic="order.updated")
    await world.events(1, tenant_id=TENANT + 1)


async def test_events_are_counted_by_hour_and_topic(
    world: World, counter: ConsumerRunner, counts: HourlyCounts, clock: ManualClock
) -> None:
    await fill(world, clock)
    await run_out(counter)
    assert await events(counts, ALL) == [
        ("2026-03-01T22", "order.created", 3),
        ("2026-03-01T22", "order.updated", 2),
        ("2026-03-01T23", "order.created", 4),
        ("2026-03-02T00", "order.updated", 5),
    ]
    assert await events(counts, but(ALL, step=DAY)) == [
        ("2026-03-01T00", "order.created", 7),
        ("2026-03-01T00", "order.updated", 2),
        ("2026-03-02T00", "order.updated", 5),
    ]
    assert await events(counts, but(ALL, step=DAY, is_total=True)) == [
        ("2026-03-01T00", "", 9),
        ("2026-03-02T00", "", 5),
    ]
    assert await events(counts, but(ALL, name="order.created", is_total=True)) == [
        ("2026-03-01T22", "", 3),
        ("2026-03-01T23", "", 4),
    ]
    assert await events(counts, ALL, OTHER) == [("2026-03-02T00", "order.created", 1)]


async def test_a_range_begins_with_the_hour_of_from_and_ends_before_to(
    world: World, counter: ConsumerRunner, counts: HourlyCounts, clock: ManualClock
) -> None:
    await fill(world, clock)
    await run_out(counter)
    between = but(ALL, start="2026-03-01T23:59:00Z", end="2026-03-02T00:00:00Z")
    assert await events(counts, between) == [("2026-03-01T23", "order.created", 4)]
    assert [hour for hour, _, _ in await events(counts, but(ALL, start="", end=""))][-1] == "2026-03-02T00"
    assert await events(counts, but(ALL, start="", end="2026-03-01T22:00:00Z")) == []


@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize("is_total", [True, False])
async def test_pages_together_are_the_whole(
    world: World, counter: ConsumerRunner, counts: HourlyCounts, clock: ManualClock, *, limit: int, is_total: bool
) -> None:
    await fill(world, clock)
    await run_out(counter)
    whole, _ = await counts.events(OWN, but(ALL, is_total=is_total))
    pages, after = [], ""
    while True:
        page, after = await counts.events(OWN, but(ALL, is_total=is_total, limit=limit, after=after))
        pages += page
        if not after:
            break
    assert pages == whole


async def test_two_processes_that_count_at_once_count_every_event_once(
    world: World, counts: HourlyCounts, clock: ManualClock
) -> None:
    runners = [event_counts_runner(world.database, clock) for _ in range(3)]
    for number in range(12):
        await world.events(50, topic=f"order.of_{number % 5}")
        await asyncio.gather(*(runner.run_once() for runner in runners))
    for runner in runners:
        await run_out(runner)
    assert sum(count for _, _, count in await events(counts, ALL)) == 600


async def test_a_transaction_changes_a_bounded_number_of_counts(
    world: World, counter: ConsumerRunner, counts: HourlyCounts
) -> None:
    for number in range(MAX_ROWS + 20):
        await world.events(topic=f"order.of_{number}")
    await run_out(counter)
    assert len(await events(counts, ALL)) == MAX_ROWS + 20


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"start": "yesterday"}, "from"),
        ({"end": "2026-03-01"}, "to"),
        ({"start": "2026-03-02T00:00:00Z", "end": "2026-03-01T00:00:00Z"}, "to"),
        ({"after": "nonsense"}, "after"),
        ({"after": "%%%"}, "after"),
    ],
)
async def test_a_bad_range_or_position_is_refused_by_name(
    counts: HourlyCounts, changes: dict[str, str], field: str
) -> None:
    for ask in (counts.events, counts.deliveries):
        with pytest.raises(InvalidInput) as refused:
            await ask(OWN, but(ALL, **changes))
        assert [violation.field for violation in refused.value.violations] == [field]


async def test_attempts_are_counted_with_the_transaction_that_records_them(
    world: World, counts: HourlyCounts, receiver: Receiver, clock: ManualClock
) -> None:
    receiver.default = Answer(500)
    failing, good = await world.subscription(receiver.url()), await world.subscription("")
    await world.queue(failing, await world.events(2))
    async with sending(world, policy=RetryPolicy(first_s=1_800, cap_s=3_600, horizon_s=5_400)) as sender:
        assert await sender.dispatcher.run_once() == 2
        clock.advance(timedelta(hours=1))
        assert await sender.dispatcher.run_once() == 2
        receiver.default = Answer(200)
        clock.advance(timedelta(hours=2))
        await world.queue(failing, await world.events(3))
        assert await sender.dispatcher.run_once() >= 3
    found, _ = await counts.deliveries(OWN, ALL)
    attempts = await world.attempts()
    assert sum(each.delivered + each.failed for each in found) == len(attempts)
    assert [(each.subscription_id, each.delivered, each.failed) for each in found][:2] == [
        (failing.id, 0, 2),
        (failing.id, 0, 2),
    ]
    expired = [row for row in await world.rows() if row.state == "EXPIRED"]
    assert sum(each.expired for each in found) == len(expired)
    days, _ = await counts.deliveries(OWN, but(ALL, step=DAY, is_total=True))
    assert {each.subscription_id for each in days} == {""}
    assert sum(each.delivered + each.failed for each in days) == len(attempts)
    assert await counts.deliveries(OWN, but(ALL, name=good.id)) == ([], "")
    assert await counts.deliveries(OTHER, ALL) == ([], "")


async def test_counts_that_are_too_old_are_removed(
    world: World, counter: ConsumerRunner, counts: HourlyCounts, clock: ManualClock
) -> None:
    await fill(world, clock)
    await run_out(counter)
    clock.advance(timedelta(days=10))
    await world.events(1)
    await run_out(counter)
    await CountRetention(world.database, clock, days=10).run_once()
    assert [hour for hour, _, _ in await events(counts, ALL)] == ["2026-03-02T00", "2026-03-12T00"]


async def lose(world: World, *, before: int | None = None) -> None:
    """The counts are gone, or only the events of the log before a position."""
    statement = delete(event_count) if before is None else delete(event).where(event.c.seq < before)
    await world.database.write_queue.run(lambda conn: conn.execute(statement))


async def rebuilt(world: World, counts: HourlyCounts) -> list[tuple[str, str, int]]:
    """Counts after a rebuild and the next start."""
    await rebuild_event_counts(world.database)
    await run_out(event_counts_runner(world.database, world.clock))
    return await events(counts, ALL)


async def test_lost_counts_are_counted_again(
    world: World, counter: ConsumerRunner, counts: HourlyCounts, clock: ManualClock
) -> None:
    await fill(world, clock)
    await run_out(counter)
    whole = await events(counts, ALL)
    await lose(world)
    assert await rebuilt(world, counts) == whole
    assert await rebuilt(world, counts) == whole


async def test_a_counter_that_runs_notices_a_rebuild_with_the_next_event(
    world: World, counter: ConsumerRunner, counts: HourlyCounts, clock: ManualClock
) -> None:
    await fill(world, clock)
    await run_out(counter)
    whole = await events(counts, ALL)
    await lose(world)
    await rebuild_event_counts(world.database)
    await world.events(1, tenant_id=TENANT + 1)
    await run_out(counter)
    assert await events(counts, ALL) == whole


async def test_a_rebuild_keeps_the_counts_of_hours_that_the_log_has_no_longer_whole(
    world: World, counter: ConsumerRunner, counts: HourlyCounts, clock: ManualClock
) -> None:
    await fill(world, clock)
    await run_out(counter)
    whole = await events(counts, ALL)
    await lose(world, before=4)
    assert await rebuilt(world, counts) == whole
    await lose(world)
    assert await rebuilt(world, counts) == [("2026-03-01T22", "order.updated", 2), *whole[2:]]


async def test_an_empty_log_leaves_the_counts_alone(
    world: World, counter: ConsumerRunner, counts: HourlyCounts, clock: ManualClock
) -> None:
    await fill(world, clock)
    await run_out(counter)
    whole = await events(counts, ALL)
    await lose(world, before=10_000)
    await rebuild_event_counts(world.database)
    assert await events(counts, ALL) == whole


async def backlogs(counts: HourlyCounts, scope: Scope = OWN, *, of: str = "", limit: int = 100) -> list[Backlog]:
    """All pages together."""
    found: list[Backlog] = []
    after = ""
    while True:
        page, after = await counts.backlogs(scope, subscription_id=of, after=after, limit=limit)
        found += page
        if not after:
            return found


async def test_backlogs_are_of_what_waits_and_of_the_callers_own_subscriptions(
    world: World, counts: HourlyCounts
) -> None:
    busy, quiet = await world.subscription(), await world.subscription(app_id="shop")
    await world.subscription(tenant_id=TENANT + 1)
    await world.subscription(deleted_at=1, is_active=False)
    await world.queue(busy, await world.events(3))
    await world.queue(busy, await world.events(2), priority=Priority.RETRY)
    await world.queue(quiet, await world.events(1))
    await world.expire(since=0)
    await world.queue(busy, await world.events(4))
    await world.queue(busy, await world.events(3), priority=Priority.RETRY)
    expected = [(busy.id, 7), (quiet.id, 0)]
    for limit in (1, 2, 100):
        found = await backlogs(counts, limit=limit)
        assert [(each.subscription_id, each.pending) for each in found] == expected
    assert [each.subscription_id for each in await backlogs(counts, of=quiet.id)] == [quiet.id]
    assert await backlogs(counts, OTHER, of=busy.id) == []
    [narrowed] = await backlogs(counts, replace(OWN, application="shop"))
    assert narrowed.subscription_id == quiet.id


@pytest.mark.parametrize("after", ["nonsense", "%%%", "MCBhYmM"])
async def test_a_bad_position_among_backlogs_is_refused(counts: HourlyCounts, after: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await counts.backlogs(OWN, subscription_id="", after=after, limit=10)
    assert [violation.field for violation in refused.value.violations] == ["after"]


async def test_a_position_is_good_for_its_tenant_and_its_list(
    world: World, clock: ManualClock, counts: HourlyCounts
) -> None:
    await fill(world, clock)
    await run_out(event_counts_runner(world.database, clock))
    _, following = await counts.events(OWN, but(ALL, limit=1))

    assert (await counts.events(OWN, but(ALL, limit=1, after=following)))[0]
    for asked in (
        counts.events(OTHER, but(ALL, after=following)),
        counts.deliveries(OWN, but(ALL, after=following)),
        counts.backlogs(OWN, subscription_id="", after=following, limit=10),
        counts.events(OWN, but(ALL, after=following[:-2])),
    ):
        with pytest.raises(InvalidInput) as refused:
            await asked
        assert [each.field for each in refused.value.violations] == ["after"]
