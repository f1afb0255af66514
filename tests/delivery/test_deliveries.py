"""Explanations of deliveries, redelivery, pings and tests."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.support.deliveries import TENANT, NoSender, PlainPayloads, World, sending
from tests.support.receiver import Answer, Receiver
from tidings_server.composition.payloads import DialectBodies, event_conditions
from tidings_server.delivery.deliveries import Deliveries, DeliveryStatus, Explanation
from tidings_server.delivery.delivery_history import DeliveryHistories
from tidings_server.delivery.destination_cache import DestinationCache
from tidings_server.delivery.destinations import Destinations
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.matching import SubscriptionMatcher
from tidings_server.delivery.message import OutcomeKind
from tidings_server.delivery.pings import Pings
from tidings_server.delivery.retry_policy import RetryPolicy
from tidings_server.delivery.router import Router
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.errors import InvalidInput, NotFound, WrongState
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api

SCOPE = Scope(tenant=TENANT, tenant_id="", tenant_name="", actor="ann", app_id="shop")
STRANGER = Scope(tenant=TENANT + 1, tenant_id="", tenant_name="", actor="bob", app_id="spy")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def world(database_url: str, clock: ManualClock) -> AsyncIterator[World]:
    database = await Database.open(database_url, clock=clock)
    yield World(database, clock)
    await database.close()


@pytest.fixture
def deliveries(world: World) -> Deliveries:
    return Deliveries(world.database, matcher(world), clock=world.clock, on_queued=lambda: None)


@pytest.fixture
async def pings(world: World) -> AsyncIterator[Pings]:
    destinations = Destinations(egress=Egress("127.0.0.0/8"), clock=world.clock)
    targets = DestinationCache(destinations, world.secrets)
    yield Pings(world.database, targets, PlainPayloads(), clock=world.clock, ids=world.ids)
    await destinations.close()


def matcher(world: World) -> SubscriptionMatcher:
    return SubscriptionMatcher(world.database, event_conditions(), DialectBodies())


async def route(world: World) -> None:
    router = Router(world.database, matcher(world), clock=world.clock, sender=NoSender())
    runner = ConsumerRunner(router, feed=LogFeed(world.database), database=world.database, clock=world.clock)
    while await runner.run_once():
        pass


async def test_each_subscription_of_the_tenant_is_explained(
    world: World, deliveries: Deliveries, receiver: Receiver, clock: ManualClock
) -> None:
    receiver.paths["/bad"] = Answer(500)
    good = await world.subscription(receiver.url())
    bad = await world.subscription(receiver.url("/bad"))
    unconfirmed = await world.subscription(is_confirmed=False)
    inactive = await world.subscription(is_active=False)
    topic = await world.subscription(topics=("product.*",))
    site = await world.subscription(sites=(4,))
    entity = await world.subscription(api=Api.COLLECTOR, topics=(), entity_type="PRODUCT", on_create=True)
    filtered = await world.subscription(condition="topic == 'x'")
    looped = await world.subscription(no_callback=True, app_id="me")
    await world.subscription(tenant_id=TENANT + 1)
    [seq] = await world.events(actor="me")
    [event] = await world.log()
    pending = await deliveries.explain(SCOPE, event.event_id)
    assert {e.reason for e in pending if e.status is DeliveryStatus.PENDING} == {"not routed yet"}
    await route(world)
    later = await world.subscription(after_seq=seq)
    async with sending(world) as sender:
        await sender.dispatcher.run_once()
    numbers = {row.subscription_key: row.id for row in await world.rows()}
    due_at = clock.now_us() + 10_000_000
    assert await deliveries.explain(SCOPE, event.event_id) == [
        Explanation(good.key, good.id, DeliveryStatus.DELIVERED, "", numbers[good.key], 1),
        Explanation(bad.key, bad.id, DeliveryStatus.PENDING, "http_status 500", numbers[bad.key], 1, due_at),
        Explanation(
            unconfirmed.key, unconfirmed.id, DeliveryStatus.PENDING, "unconfirmed", numbers[unconfirmed.key], 0
        ),
        Explanation(inactive.key, inactive.id, DeliveryStatus.NOT_MATCHED, "inactive"),
        Explanation(topic.key, topic.id, DeliveryStatus.NOT_MATCHED, "other topic"),
        Explanation(site.key, site.id, DeliveryStatus.NOT_MATCHED, "other site"),
        Explanation(entity.key, entity.id, DeliveryStatus.NOT_MATCHED, "other entity"),
        Explanation(filtered.key, filtered.id, DeliveryStatus.NOT_MATCHED, "filter false"),
        Explanation(looped.key, looped.id, DeliveryStatus.NOT_MATCHED, "no callback"),
        Explanation(later.key, later.id, DeliveryStatus.NOT_MATCHED, "made later"),
    ]
    every = await deliveries.explain(SCOPE, event.event_id)
    for place, each in enumerate(every, 1):
        assert await deliveries.explain(SCOPE, event.event_id, after=each.place) == every[place:]
    for wrong in ("1", "x-1", "-1-1", "9" * 40 + "-1"):
        with pytest.raises(InvalidInput):
            await deliveries.explain(SCOPE, event.event_id, after=wrong)
    for scope, event_id in ((STRANGER, event.event_id), (SCOPE, "unknown")):
        with pytest.raises(NotFound):
            await deliveries.explain(scope, event_id)


async def test_a_delivery_that_has_ended_is_sent_again(
    world: World, deliveries: Deliveries, receiver: Receiver
) -> None:
    to = await world.subscription(receiver.url())
    await world.queue(to, await world.events())
    [row] = await world.rows()
    with pytest.raises(WrongState):
        await deliveries.redeliver(SCOPE, str(row.id))
    async with sending(world) as sender:
        await sender.dispatcher.run_once()
        await deliveries.redeliver(SCOPE, str(row.id))
        assert await sender.dispatcher.run_once() == 1
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    [row] = await world.rows()
    assert (row.state, row.attempts, row.tries) == ("SUCCEEDED", 2, 1)
    for scope, number, error in [
        (STRANGER, str(row.id), NotFound),
        (SCOPE, "999", NotFound),
        (SCOPE, "9" * 30, NotFound),
        (SCOPE, "-1", InvalidInput),
        (SCOPE, "x", InvalidInput),
    ]:
        with pytest.raises(error):
            await deliveries.redeliver(scope, number)


async def test_all_that_expired_since_an_instant_is_sent_again_with_a_new_round_of_tries(
    world: World, deliveries: Deliveries, receiver: Receiver, clock: ManualClock
) -> None:
    receiver.default = Answer(500)
    to = await world.subscription(receiver.url())
    other = await world.subscription(receiver.url("/other"))
    async with sending(world, policy=RetryPolicy(horizon_s=1)) as sender:
        await world.queue(to, await world.events(3))
        await sender.dispatcher.run_once()
        clock.advance(timedelta(hours=1))
        since = clock.now_us()
        await world.queue(to, await world.events(600))
        await world.queue(other, await world.events(2))
        await world.expire(since=since)
        assert {row.state for row in await world.rows()} == {"EXPIRED"}
        clock.advance(timedelta(minutes=1))
        with pytest.raises(NotFound):
            await deliveries.redeliver_failed(STRANGER, to.id, since=since)
        assert await deliveries.redeliver_failed(SCOPE, to.id, since=since) == 600
        assert await deliveries.redeliver_failed(SCOPE, to.id, since=since) == 0
        receiver.default = Answer()
        assert await sender.dispatcher.run_once() == 600


async def test_a_ping_is_signed_sent_at_once_and_stored_nowhere(world: World, pings: Pings, receiver: Receiver) -> None:
    to = await world.subscription(receiver.url(), is_confirmed=False)
    assert (await pings.ping(to)).kind is OutcomeKind.DELIVERED
    receiver.default = Answer(403, b"who are you")
    refused = await pings.ping(to)
    assert (refused.kind, refused.status, refused.answer) == (OutcomeKind.RETRY, 403, "who are you")
    assert receiver.bodies() == [b"test application.ping"] * 2
    assert receiver.requests[0].headers["webhook-signature"].startswith("v1,")
    assert await world.log() == []
    assert await world.rows() == []


async def test_a_test_is_delivered_like_an_event_but_to_its_subscription_alone(
    world: World, pings: Pings, receiver: Receiver
) -> None:
    to = await world.subscription(receiver.url())
    await world.subscription(receiver.url("/other"))
    number = await pings.test(SCOPE, Api.PUSH, to.id)
    await route(world)
    async with sending(world) as sender:
        assert await sender.dispatcher.run_once() == 1
    [row] = await world.rows()
    assert (row.id, row.state) == (number, "SUCCEEDED")
    assert [(request.path, request.body) for request in receiver.requests] == [("/hook", b"test application.ping")]
    with pytest.raises(NotFound):
        await pings.test(STRANGER, Api.PUSH, to.id)


async def test_the_history_of_a_subscription_has_attempts_requests_and_pages(
    world: World, receiver: Receiver, clock: ManualClock
) -> None:
    receiver.paths["/bad"] = Answer(500, body=b"no")
    bad = await world.subscription(receiver.url("/bad"))
    good = await world.subscription(receiver.url())
    await world.queue(bad, await world.events(3))
    await world.queue(good, await world.events(1))
    async with sending(world) as sender:
        await sender.dispatcher.run_once()
    histories = DeliveryHistories(world.database, PlainPayloads(), clock=clock)
    first, following = await histories.page(SCOPE, bad.id, state="FAILED", after="", limit=2)
    rest, end = await histories.page(SCOPE, bad.id, state="FAILED", after=following or "", limit=2)
    numbers = [each.row.id for each in (*first, *rest)]
    assert (numbers, end) == (sorted(numbers, reverse=True), None)
    assert len(numbers) == 3
    assert {(each.status, each.attempts[0].status, each.attempts[0].answer) for each in first} == {
        ("PENDING", 500, "no")
    }
    assert await histories.page(SCOPE, bad.id, state="DELIVERED", after="", limit=2) == ([], None)
    [delivered], _ = await histories.page(SCOPE, good.id, state="DELIVERED", after="", limit=2)
    whole = await histories.get(SCOPE, str(delivered.row.id))
    assert whole.request is not None
    assert whole.event is not None
    assert (whole.request.target, whole.request.headers["webhook-id"]) == (receiver.url(), whole.event.event_id)
    for scope, number in ((STRANGER, str(delivered.row.id)), (SCOPE, "999")):
        with pytest.raises(NotFound):
            await histories.get(scope, number)
    with pytest.raises(InvalidInput):
        await histories.page(SCOPE, bad.id, state=None, after=str(delivered.row.id), limit=2)
