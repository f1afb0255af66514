"""Deliveries that are leased in the transaction that queues them, and handed from the router to the dispatcher."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.deliveries import Sender, World, sending
from tests.support.receiver import Receiver
from tidings_server.composition.payloads import DialectBodies, event_conditions
from tidings_server.delivery.matching import SubscriptionMatcher
from tidings_server.delivery.router import Router
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.store.tables import delivery, replay, subscription
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    clock = ManualClock()
    database = await Database.open(database_url, clock=clock)
    yield World(database, clock)
    await database.close()


@pytest.fixture
async def sender(world: World) -> AsyncIterator[Sender]:
    async with sending(world) as sender:
        yield sender


@pytest.fixture
def routing(world: World, sender: Sender) -> ConsumerRunner:
    matcher = SubscriptionMatcher(world.database, event_conditions(), DialectBodies())
    router = Router(world.database, matcher, clock=world.clock, sender=sender.dispatcher)
    feed = LogFeed(world.database)
    return ConsumerRunner(router, feed=feed, database=world.database, clock=world.clock, on_commit=router.committed)


async def known(world: World, sender: Sender, routing: ConsumerRunner, to: Subscription) -> Subscription:
    """The subscription, once the dispatcher has delivered to it."""
    await world.events(1)
    await routing.run_once()
    assert await sender.dispatcher.run_once() == 1
    return to


async def leases(world: World) -> list[int]:
    """How long each pending delivery is leased from now on, in microseconds."""
    now = world.clock.now_us()
    return [max(0, row.lease_until - now) for row in await world.rows() if row.state == "PENDING"]


async def test_deliveries_to_a_healthy_subscription_are_leased_when_they_are_queued(
    world: World, sender: Sender, routing: ConsumerRunner, receiver: Receiver
) -> None:
    await known(world, sender, routing, await world.subscription(receiver.url()))
    await world.events(3)
    await routing.run_once()
    assert await leases(world) == [sender.queue.holder.length_us] * 3
    assert await sender.dispatcher.run_once() == 3
    assert (len(receiver.requests), await world.ready()) == (4, [])


async def test_changed_limits_hold_for_deliveries_that_are_handed_over(
    world: World, sender: Sender, routing: ConsumerRunner, receiver: Receiver
) -> None:
    to = await known(world, sender, routing, await world.subscription(receiver.url()))

    async def limit(conn: AsyncConnection) -> None:
        await table.bump(conn)
        assert await table.change(conn, to, {"max_per_second": 1})

    await world.database.write_queue.run(limit)
    await world.events(3)
    await routing.run_once()
    assert (await sender.dispatcher.run_once(), len(receiver.requests)) == (1, 2)


async def test_the_first_delivery_of_an_unknown_subscription_is_not_leased(
    world: World, routing: ConsumerRunner, receiver: Receiver
) -> None:
    await world.subscription(receiver.url())
    await world.events(1)
    await routing.run_once()
    assert await leases(world) == [0]


@pytest.mark.parametrize("obstacle", ["paused", "unconfirmed", "inactive", "deleted"])
async def test_nothing_is_leased_for_a_subscription_that_may_not_be_sent_to(
    world: World, sender: Sender, routing: ConsumerRunner, receiver: Receiver, obstacle: str
) -> None:
    to = await known(world, sender, routing, await world.subscription(receiver.url()))
    now = world.clock.now_us()
    changes: dict[str, dict[str, Any]] = {
        "paused": {"paused_until": now + 1},
        "unconfirmed": {"is_confirmed": False},
        "inactive": {"is_active": False},
        "deleted": {"deleted_at": now},
    }
    await world.events(1)
    change = update(subscription).where(subscription.c.key == to.key).values(changes[obstacle])
    await world.database.write_queue.run(lambda conn: conn.execute(change))
    await routing.run_once()
    assert await leases(world) == [0]


async def test_new_deliveries_wait_for_the_backlog(
    world: World, sender: Sender, routing: ConsumerRunner, receiver: Receiver
) -> None:
    to = await known(world, sender, routing, await world.subscription(receiver.url()))
    backlog = insert(replay).values(
        id="r", tenant_id=to.tenant_id, subscription_key=to.key, is_start=True, position=0, to_seq=1, created_at=0
    )
    await world.database.write_queue.run(lambda conn: conn.execute(backlog))
    await world.events(1)
    await routing.run_once()
    assert await leases(world) == [0]


async def test_of_one_entity_in_order_only_the_first_is_handed_over(
    world: World, sender: Sender, routing: ConsumerRunner, receiver: Receiver
) -> None:
    await known(world, sender, routing, await world.subscription(receiver.url(), ordered=True))
    await world.events(3)
    await routing.run_once()
    assert await leases(world) == [sender.queue.holder.length_us, 0, 0]
    assert await sender.dispatcher.run_once() == 3
    assert {row.state for row in await world.rows()} == {"SUCCEEDED"}


async def test_older_deliveries_go_first(
    world: World, sender: Sender, routing: ConsumerRunner, receiver: Receiver
) -> None:
    to = await known(world, sender, routing, await world.subscription(receiver.url()))
    [old] = await world.events(1, topic="order.created")
    await world.queue(to, [old], replay_id="r", due_at=1)
    await world.events(1)
    await routing.run_once()
    assert (await sender.dispatcher.run_once(), len(receiver.requests)) == (3, 4)
    assert await world.ready() == []


async def test_the_outcome_of_a_delivery_whose_queueing_was_rolled_back_is_not_recorded(
    world: World, sender: Sender, routing: ConsumerRunner, receiver: Receiver
) -> None:
    """Its number may be another's by then."""
    to = await known(world, sender, routing, await world.subscription(receiver.url()))
    await world.events(1)
    await routing.run_once()
    other = await world.events(1)
    change = update(delivery).where(delivery.c.state == "PENDING").values(seq=other[0], lease_until=0)
    await world.database.write_queue.run(lambda conn: conn.execute(change))
    for _ in range(2):
        await sender.dispatcher.run_once()
    assert len(receiver.requests) == 3, "what was handed over, and what has its number now"
    assert [(row.state, row.attempts) for row in await world.rows() if row.subscription_key == to.key] == [
        ("SUCCEEDED", 1)
    ] * 2
