"""From the log to queued deliveries: each event once for each subscription that gets it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.deliveries import NoSender, World
from tidings_server.composition.payloads import DialectBodies, event_conditions
from tidings_server.delivery.matching import SubscriptionMatcher
from tidings_server.delivery.pings import TOPIC
from tidings_server.delivery.router import MAX_HOPS, MAX_ROWS, Router
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.tables import subscription
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.errors import LostRace
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def world(database_url: str, clock: ManualClock) -> AsyncIterator[World]:
    database = await Database.open(database_url, clock=clock)
    yield World(database, clock)
    await database.close()


@pytest.fixture
def router(world: World) -> Router:
    matcher = SubscriptionMatcher(world.database, event_conditions(), DialectBodies())
    return Router(world.database, matcher, clock=world.clock, sender=NoSender())


def runner(world: World, router: Router, heard: list[int] | None = None) -> ConsumerRunner:
    return ConsumerRunner(
        router,
        feed=LogFeed(world.database),
        database=world.database,
        clock=world.clock,
        on_commit=lambda: heard.append(1) if heard is not None else None,
    )


async def route(world: World, router: Router) -> list[tuple[int, int]]:
    """Routes the whole log; subscription and position of each delivery, in the order they were queued."""
    running = runner(world, router)
    while await running.run_once():
        pass
    return [(row.subscription_key, row.seq) for row in await world.rows()]


async def test_each_subscription_gets_what_it_matches_once(world: World, router: Router) -> None:
    every = await world.subscription()
    orders = await world.subscription(topics=("order.created", "order.*"))
    other_tenant = await world.subscription(tenant_id=8)
    [order] = await world.events(topic="order.created")
    [product] = await world.events(topic="product.created")
    [theirs] = await world.events(tenant_id=8)
    expected = [(every.key, order), (orders.key, order), (every.key, product), (other_tenant.key, theirs)]
    assert await route(world, router) == expected
    assert await route(world, router) == expected, "a second run finds nothing"


async def test_deliveries_are_due_in_the_order_of_the_log(world: World, router: Router, clock: ManualClock) -> None:
    to = await world.subscription()
    first = await world.events()
    clock.advance(timedelta(seconds=1))
    second = await world.events()
    await route(world, router)
    assert [row.due_at for row in await world.rows()] == [e.recorded_at for e in await world.log()]
    assert await world.lease(to) == first + second


async def test_the_order_key_is_the_entity_of_ordered_subscriptions_alone(world: World, router: Router) -> None:
    ordered, plain = await world.subscription(ordered=True), await world.subscription()
    await world.events(entity_type="ORDER", entity_id="1")
    await world.events(entity_type="ORDER", entity_id=None, entity_ref="ref")
    await world.events(entity_type=None, entity_id=None)
    await route(world, router)
    rows = await world.rows()
    assert [row.order_key for row in rows if row.subscription_key == ordered.key] == ["ORDER:1", "ORDER:ref", None]
    assert {row.order_key for row in rows if row.subscription_key == plain.key} == {None}


async def test_conditions_decide_and_their_errors_are_kept_on_the_subscription(world: World, router: Router) -> None:
    yes = await world.subscription(condition="topic == 'order.created'")
    no = await world.subscription(condition="event.id == 'other'")
    broken = await world.subscription(condition="event.event_payload.key_attributes['missing'] == '1'")
    [seq] = await world.events()
    assert await route(world, router) == [(yes.key, seq)]
    assert (await world.stored(no)).last_condition_error == ""
    assert "missing" in (await world.stored(broken)).last_condition_error


async def test_an_event_too_far_from_its_cause_triggers_nothing(world: World, router: Router) -> None:
    to = await world.subscription()
    [near] = await world.events(hops=MAX_HOPS - 1)
    await world.events(hops=MAX_HOPS)
    assert await route(world, router) == [(to.key, near)]


async def test_operational_events_must_be_named_and_never_reach_the_subscription_they_are_about(
    world: World, router: Router
) -> None:
    about = await world.subscription(topics=("subscription.deactivated",))
    named = await world.subscription(topics=("subscription.deactivated",))
    await world.subscription(topics=("*",))
    [seq] = await world.events(
        topic="subscription.deactivated",
        api=Api.OPERATION,
        root_type="SUBSCRIPTION",
        root_id=about.id,
        entity_id=about.id,
    )
    assert await route(world, router) == [(named.key, seq)]


async def test_a_test_message_is_not_routed(world: World, router: Router) -> None:
    await world.subscription(topics=("*", TOPIC))
    await world.events(topic=TOPIC, api=Api.OPERATION)
    assert await route(world, router) == []


async def test_a_plan_holds_whatever_others_and_later_subscriptions_do(world: World, router: Router) -> None:
    to = await world.subscription()
    [seq] = await world.events()
    routing = await router.plan(await world.log())
    await world.subscription(tenant_id=8)
    await world.subscription(after_seq=seq)
    await world.database.write_queue.run(table.bump)
    await world.database.write_queue.run(routing.apply)
    assert [(row.subscription_key, row.seq) for row in await world.rows()] == [(to.key, seq)]


async def test_a_plan_that_misses_a_subscription_is_void(world: World, router: Router) -> None:
    await world.subscription()
    [seq] = await world.events()
    routing = await router.plan(await world.log())
    await world.subscription(after_seq=seq - 1)
    await world.database.write_queue.run(table.bump)
    with pytest.raises(LostRace):
        await world.database.write_queue.run(routing.apply)
    assert await world.rows() == []


async def test_a_plan_leaves_out_what_was_stopped_or_deleted_since(world: World, router: Router) -> None:
    to, stopped, deleted = [await world.subscription() for _ in range(3)]
    [seq] = await world.events()
    routing = await router.plan(await world.log())

    async def end(conn: AsyncConnection) -> None:
        await table.bump(conn)
        await conn.execute(update(subscription).where(subscription.c.key == stopped.key).values(is_active=False))
        await conn.execute(update(subscription).where(subscription.c.key == deleted.key).values(deleted_at=1))

    await world.database.write_queue.run(end)
    await world.database.write_queue.run(routing.apply)
    assert [(row.subscription_key, row.seq) for row in await world.rows()] == [(to.key, seq)]


async def test_a_stopped_subscription_is_left_out_from_then_on(world: World, router: Router) -> None:
    to = await world.subscription()
    [before] = await world.events()
    assert await route(world, router) == [(to.key, before)]
    stop = update(subscription).values(is_active=False)

    async def transaction(conn: AsyncConnection) -> None:
        await table.bump(conn)
        await conn.execute(stop)

    await world.database.write_queue.run(transaction)
    await world.events()
    assert await route(world, router) == [(to.key, before)]


async def test_a_plan_covers_as_many_events_as_fit_into_a_transaction_but_never_splits_one(
    world: World, router: Router
) -> None:
    for _ in range(7):
        await world.subscription()
    await world.events(100)
    routing = await router.plan(await world.log())
    assert (routing.covered, len(routing.rows)) == (MAX_ROWS // 7, MAX_ROWS // 7 * 7)
    for _ in range(MAX_ROWS):
        await world.subscription()
    await world.database.write_queue.run(table.bump)
    routing = await router.plan(await world.log())
    assert (routing.covered, len(routing.rows)) == (1, MAX_ROWS + 7)


async def test_the_dispatcher_is_called_after_every_transaction(world: World, router: Router) -> None:
    await world.subscription()
    await world.events()
    heard: list[int] = []
    await runner(world, router, heard).run_once()
    assert heard == [1]
