"""Recoveries: a count before, each matching delivery taken up once, its true outcome, and an end when asked for."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.deliveries import TENANT, World, sending
from tests.support.receiver import Answer, Receiver
from tidings_server.delivery.recoveries import BATCH, MAX_UNFINISHED, Recoveries, RecoveryProgress, RecoveryRequest
from tidings_server.delivery.retry_policy import RetryPolicy
from tidings_server.delivery.store.recoveries import CANCELLED, DELIVERED, FAILED, PENDING
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.subscriptions import Subscriptions
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.errors import InvalidInput, LimitExceeded, NotFound
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database

ONCE = RetryPolicy(first_s=5, cap_s=5, horizon_s=1)
"""One attempt, and it expires."""
OWN = Scope(TENANT, "", "", "ann", "shop")
OTHER = Scope(TENANT + 1, "", "", "bob", "shop")
ALL = RecoveryRequest(subscription_id="", since=0, until=None, error_type="", http_status=None)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def world(database_url: str, clock: ManualClock) -> AsyncIterator[World]:
    database = await Database.open(database_url, clock=clock)
    yield World(database, clock)
    await database.close()


@pytest.fixture
def recoveries(world: World) -> Recoveries:
    return Recoveries(world.database, clock=world.clock, ids=world.ids, on_queued=lambda: None)


async def send(world: World) -> None:
    async with sending(world, policy=ONCE) as sender:
        while await sender.dispatcher.run_once():
            pass


async def fail(world: World, receiver: Receiver, count: int, *, status: int = 500) -> Subscription:
    """A subscription with deliveries that were refused with this status, and expired."""
    receiver.default = Answer(status)
    to = await world.subscription(receiver.url())
    await world.queue(to, await world.events(count))
    await send(world)
    assert {row.state for row in await world.rows() if row.subscription_key == to.key} == {"EXPIRED"}
    return to


async def delete(world: World, subscription: Subscription) -> None:
    nothing: Any = None  # a deletion needs neither
    subscriptions = Subscriptions(
        world.database, backlog=nothing, conditions=nothing, secrets=world.secrets, clock=world.clock, ids=world.ids
    )
    await subscriptions.delete(OWN, subscription.api, subscription.id)


def known(progress: RecoveryProgress) -> dict[str, int]:
    """Outcomes that at least one delivery has."""
    return {outcome: count for outcome, count in progress.outcomes.items() if count}


async def work_off(recoveries: Recoveries) -> None:
    while await recoveries.run_once():
        pass


async def test_what_is_accepted_has_no_outcome_before_the_destination_has_taken_it(
    world: World, recoveries: Recoveries, receiver: Receiver
) -> None:
    to = await fail(world, receiver, 3)
    made = await recoveries.create(OWN, replace(ALL, subscription_id=to.id))
    assert (made.recovery.state, made.recovery.expected, known(made)) == ("QUEUEING", 3, {})
    await work_off(recoveries)
    queued = await recoveries.get(OWN, made.recovery.id)
    assert (queued.recovery.state, known(queued)) == ("SENDING", {PENDING: 3})
    receiver.answers.extend([Answer(200), Answer(200), Answer(503)])
    await send(world)
    await work_off(recoveries)
    done = await recoveries.get(OWN, made.recovery.id)
    assert (done.recovery.state, known(done)) == ("DONE", {DELIVERED: 2, FAILED: 1})
    items = await recoveries.items(OWN, made.recovery.id, after=0, limit=10)
    assert sorted(item.outcome for item in items) == [DELIVERED, DELIVERED, FAILED]
    assert {item.event_id for item in items} == {event.event_id for event in await world.log("order.created")}
    [failed] = [item for item in items if item.outcome == FAILED]
    assert (failed.attempts, "503" in failed.reason) == (2, True)


async def test_a_recovery_of_the_tenant_takes_up_every_subscriptions_once(
    world: World, recoveries: Recoveries, receiver: Receiver
) -> None:
    for _ in range(3):
        await fail(world, receiver, 4)
    big = await world.subscription(receiver.url())
    since = world.clock.now_us()
    await world.queue(big, await world.events(BATCH + 100))
    await world.expire(since=since)
    made = await recoveries.create(OWN, ALL)
    assert made.recovery.expected == BATCH + 112
    await work_off(recoveries)
    assert known(await recoveries.get(OWN, made.recovery.id)) == {PENDING: BATCH + 112}
    assert {row.state for row in await world.rows()} == {"PENDING"}


async def test_a_preview_counts_by_the_last_failure_and_changes_nothing(
    world: World, recoveries: Recoveries, receiver: Receiver
) -> None:
    to = await fail(world, receiver, 3, status=500)
    await fail(world, receiver, 2, status=404)
    before = await world.rows()
    preview = await recoveries.preview(OWN, ALL)
    assert (dict(preview.by_error), preview.is_lower_bound) == (
        {("http_status", 500): 3, ("http_status", 404): 2},
        False,
    )
    assert (await recoveries.preview(OWN, replace(ALL, http_status=404))).deliveries == 2
    assert (await recoveries.preview(OWN, replace(ALL, error_type="timeout"))).deliveries == 0
    assert (await recoveries.preview(OWN, replace(ALL, subscription_id=to.id))).deliveries == 3
    assert (await recoveries.preview(OTHER, ALL)).deliveries == 0
    assert await world.rows() == before


async def test_only_what_matches_is_taken_up(
    world: World, recoveries: Recoveries, receiver: Receiver, clock: ManualClock
) -> None:
    await fail(world, receiver, 2, status=500)
    clock.advance(timedelta(hours=1))
    late = clock.now_us()
    await fail(world, receiver, 3, status=404)
    await fail(world, receiver, 1, status=500)
    made = await recoveries.create(OWN, replace(ALL, since=late, http_status=404))
    await work_off(recoveries)
    assert known(await recoveries.get(OWN, made.recovery.id)) == {PENDING: 3}


async def test_a_cancelled_recovery_gives_up_what_waits_and_keeps_what_was_delivered(
    world: World, recoveries: Recoveries, receiver: Receiver
) -> None:
    first, second = await fail(world, receiver, 1), await fail(world, receiver, 2)
    receiver.default = Answer(200)
    made = await recoveries.create(OWN, replace(ALL, subscription_id=first.id))
    both = await recoveries.create(OWN, replace(ALL, subscription_id=second.id))
    assert await recoveries.run_once()
    await recoveries.cancel(OWN, both.recovery.id)
    await recoveries.cancel(OWN, both.recovery.id)
    await send(world)
    await work_off(recoveries)
    assert known(await recoveries.get(OWN, made.recovery.id)) == {DELIVERED: 1}
    ended = await recoveries.get(OWN, both.recovery.id)
    assert (ended.recovery.state, known(ended)) == ("CANCELLED", {CANCELLED: 2})
    assert [row.state for row in await world.rows()] == ["SUCCEEDED", "EXPIRED", "EXPIRED"]
    again = await recoveries.create(OWN, ALL)
    await work_off(recoveries)
    await send(world)
    await work_off(recoveries)
    assert known(await recoveries.get(OWN, again.recovery.id)) == {DELIVERED: 2}


async def test_a_recovery_ends_although_a_subscription_of_it_is_deleted(
    world: World, recoveries: Recoveries, receiver: Receiver
) -> None:
    """Deliveries that wait for that one are cancelled, while it sends and while it queues; the rest have outcomes."""
    kept, deleted = await fail(world, receiver, 1), await fail(world, receiver, 2)
    receiver.default = Answer(200)
    made = await recoveries.create(OWN, ALL)
    assert await recoveries.run_once()
    assert await recoveries.run_once()
    await delete(world, deleted)
    await send(world)
    await work_off(recoveries)
    done = await recoveries.get(OWN, made.recovery.id)
    assert (done.recovery.state, known(done)) == ("DONE", {DELIVERED: 1, CANCELLED: 2})
    assert (done.recovery.delivered, done.recovery.failed, done.recovery.cancelled) == (1, 0, 2)
    items = await recoveries.items(OWN, made.recovery.id, after=0, limit=10)
    assert [item.outcome for item in items] == [DELIVERED, CANCELLED, CANCELLED]
    assert {item.subscription_id for item in items} == {kept.id, deleted.id}


async def test_a_step_that_two_processes_make_takes_up_everything_once(
    world: World, recoveries: Recoveries, receiver: Receiver
) -> None:
    await fail(world, receiver, 5)
    made = await recoveries.create(OWN, ALL)
    other = Recoveries(world.database, clock=world.clock, ids=world.ids, on_queued=lambda: None)
    for each in (recoveries, other, recoveries, other):
        await each.run_once()
    receiver.default = Answer(200)
    receiver.requests.clear()
    await send(world)
    await work_off(other)
    assert known(await recoveries.get(OWN, made.recovery.id)) == {DELIVERED: 5}
    assert len(receiver.requests) == 5


async def test_a_recovery_is_its_tenants_and_its_applications_alone(
    world: World, recoveries: Recoveries, receiver: Receiver
) -> None:
    await fail(world, receiver, 1)
    made = await recoveries.create(OWN, ALL)
    narrowed = replace(OWN, application="another")
    for stranger in (OTHER, narrowed):
        for call in (
            recoveries.get(stranger, made.recovery.id),
            recoveries.cancel(stranger, made.recovery.id),
            recoveries.items(stranger, made.recovery.id, after=0, limit=1),
        ):
            with pytest.raises(NotFound):
                await call
        assert await recoveries.newest(stranger) == []
    assert (await recoveries.preview(narrowed, ALL)).deliveries == 0
    assert [each.recovery.id for each in await recoveries.newest(OWN)] == [made.recovery.id]


async def test_a_tenant_has_a_bounded_number_of_recoveries_at_once(recoveries: Recoveries) -> None:
    for _ in range(MAX_UNFINISHED):
        await recoveries.create(OWN, ALL)
    with pytest.raises(LimitExceeded):
        await recoveries.create(OWN, ALL)
    await recoveries.create(OTHER, ALL)
    await work_off(recoveries)
    await work_off(recoveries)
    assert {each.recovery.state for each in await recoveries.newest(OWN)} == {"DONE"}
    await recoveries.create(OWN, ALL)


async def test_recoveries_are_paged_from_the_newest(recoveries: Recoveries, clock: ManualClock) -> None:
    made: list[str] = []
    for _ in range(3):
        clock.advance(timedelta(seconds=1))
        made.insert(0, (await recoveries.create(OWN, ALL)).recovery.id)
        await work_off(recoveries)
    first = [each.recovery.id for each in await recoveries.newest(OWN, limit=2)]
    rest = [each.recovery.id for each in await recoveries.newest(OWN, after=first[-1], limit=2)]
    assert first + rest == made
    for unknown in ("none", (await recoveries.create(OTHER, ALL)).recovery.id):
        with pytest.raises(InvalidInput, match="after"):
            await recoveries.newest(OWN, after=unknown)


async def test_a_range_that_runs_backwards_and_an_unknown_subscription_are_refused(recoveries: Recoveries) -> None:
    with pytest.raises(InvalidInput, match="until"):
        await recoveries.create(OWN, replace(ALL, since=10, until=5))
    with pytest.raises(NotFound):
        await recoveries.create(OWN, replace(ALL, subscription_id="nobodys"))
