"""In order, an event holds up the next from when it could go: no stop before that costs it its tries."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.support.deliveries import TENANT, Sender, World, sending
from tests.support.receiver import Answer, Receiver
from tidings_server.delivery.recoveries import Recoveries, RecoveryRequest
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.subscriptions import Subscriptions
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api

OWN = Scope(TENANT, "", "", "ann", "shop")
MAX_WAIT_S = 20

Again = Callable[[World, Subscription], Awaitable[None]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def world(database_url: str, clock: ManualClock) -> AsyncIterator[World]:
    database = await Database.open(database_url, clock=clock)
    yield World(database, clock)
    await database.close()


@pytest.fixture
async def sender(world: World) -> AsyncIterator[Sender]:
    async with sending(world) as sender:
        yield sender


async def in_order(world: World, receiver: Receiver, count: int, **changes: Any) -> Subscription:
    """A subscription in order with events of one entity queued."""
    to = await world.subscription(receiver.url(), ordered=True, ordered_max_wait_s=MAX_WAIT_S, **changes)
    await world.queue(to, await world.events(count), order_key="ORDER:1")
    return to


async def states(world: World) -> list[str]:
    return [row.state for row in await world.rows()]


async def run_for(sender: Sender, clock: ManualClock, seconds: int) -> None:
    for _ in range(seconds):
        await sender.dispatcher.run_once()
        clock.advance(timedelta(seconds=1))


def subscriptions_of(world: World) -> Subscriptions:
    nothing: Any = None  # no test here makes a subscription
    return Subscriptions(
        world.database, backlog=nothing, conditions=nothing, secrets=world.secrets, clock=world.clock, ids=world.ids
    )


@pytest.mark.parametrize("is_tried", [True, False])
async def test_after_a_stop_one_failed_try_loses_nothing(
    world: World, sender: Sender, receiver: Receiver, clock: ManualClock, *, is_tried: bool
) -> None:
    """The same rule for one that had failed before the stop, and for one that had not been tried."""
    to, subscriptions = await in_order(world, receiver, 3), subscriptions_of(world)
    receiver.default = Answer(500)
    await run_for(sender, clock, 2 if is_tried else 0)
    await subscriptions.deactivate(OWN, Api.PUSH, to.id)
    clock.advance(timedelta(seconds=MAX_WAIT_S))
    await subscriptions.reactivate(OWN, Api.PUSH, to.id)
    receiver.answers.append(Answer(503))
    receiver.default = Answer(200)
    receiver.requests.clear()
    await run_for(sender, clock, 2 * MAX_WAIT_S)
    ids = [each.event_id.encode() for each in await world.log("order.created")]
    assert receiver.bodies() == [ids[0], *ids]
    assert await states(world) == ["SUCCEEDED"] * 3


async def redelivered(world: World, _to: Subscription) -> None:
    await world.redeliver((await world.rows())[0].id)


async def recovered(world: World, to: Subscription) -> None:
    recoveries = Recoveries(world.database, clock=world.clock, ids=world.ids, on_queued=lambda: None)
    await recoveries.create(OWN, RecoveryRequest(to.id, since=0, until=None, error_type="", http_status=None))
    await recoveries.run_once()


@pytest.mark.parametrize("again", [redelivered, recovered])
async def test_what_is_sent_again_has_its_own_time_before_those_that_waited(
    world: World, sender: Sender, receiver: Receiver, clock: ManualClock, again: Again
) -> None:
    to = await in_order(world, receiver, 1)
    await world.expire(since=0)
    await world.queue(to, await world.events(1), order_key="ORDER:1")
    clock.advance(timedelta(seconds=10 * MAX_WAIT_S))
    await again(world, to)
    receiver.answers.append(Answer(500))
    await run_for(sender, clock, MAX_WAIT_S)
    assert len(receiver.requests) == 3
    assert await states(world) == ["SUCCEEDED"] * 2


async def test_each_that_fails_holds_up_the_next_for_its_own_time_and_no_longer(
    world: World, sender: Sender, receiver: Receiver, clock: ManualClock
) -> None:
    await in_order(world, receiver, 3)
    receiver.default = Answer(500)
    gave_way_at: list[int] = []
    for second in range(3 * MAX_WAIT_S):
        await sender.dispatcher.run_once()
        if (await states(world)).count("EXPIRED") > len(gave_way_at):
            gave_way_at.append(second)
        clock.advance(timedelta(seconds=1))
    assert gave_way_at == [MAX_WAIT_S, 2 * MAX_WAIT_S]


async def test_what_is_queued_in_between_does_not_begin_the_wait_anew(
    world: World, sender: Sender, receiver: Receiver, clock: ManualClock
) -> None:
    """A replay queues an event of before those that wait."""
    to = await world.subscription(receiver.url(), ordered=True, ordered_max_wait_s=MAX_WAIT_S)
    first, between, last = await world.events(3)
    await world.queue(to, [first, last], order_key="ORDER:1")
    receiver.default = Answer(500)
    await run_for(sender, clock, MAX_WAIT_S - 5)
    await world.queue(to, [between], order_key="ORDER:1", replay_id="r")
    await run_for(sender, clock, 10)
    assert (await states(world))[0] == "EXPIRED"
