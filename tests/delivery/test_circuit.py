"""An endpoint that fails is not hammered, and what waits for it says so and can be brought forward."""

from datetime import timedelta
from itertools import pairwise

import pytest

from tests.delivery.test_deliveries import SCOPE, matcher
from tests.delivery.test_subscriptions import POSITIONS
from tests.support.deliveries import PLAIN, World, sending
from tests.support.receiver import Answer, Received, Receiver
from tidings_server.delivery.deliveries import Deliveries, Explanation
from tidings_server.delivery.pings import Pings
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.subscriptions import Subscriptions
from tidings_server.log.ranges import LogRanges
from tidings_server.platform.clock import ManualClock, rfc3339_ms
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api

SECOND = 1_000_000


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    return World(database, clock)


@pytest.fixture
def deliveries(world: World) -> Deliveries:
    return Deliveries(world.database, matcher(world), clock=world.clock, on_queued=lambda: None)


async def explained(world: World, deliveries: Deliveries, place: int = 0) -> Explanation:
    event = (await world.log())[place]
    [explanation] = await deliveries.explain(SCOPE, event.event_id)
    return explanation


async def test_3000_pending_deliveries_are_tried_a_handful_of_times_a_second(
    world: World, receiver: Receiver, clock: ManualClock
) -> None:
    receiver.default = Answer(500)
    to = await world.subscription(receiver.url())
    await world.queue(to, await world.events(500))
    for _ in range(5):
        await world.queue(to, await world.events(500))
    tried = []
    async with sending(world) as sender:
        for _ in range(240):
            tried.append(await sender.dispatcher.run_once())
            clock.advance(timedelta(milliseconds=500))
    assert sum(tried[:2]) <= 10, "the first second"
    assert all(first + second <= 2 for first, second in pairwise(tried[2:]))
    assert sum(tried) < 25, "probes come more and more seldom"
    assert sum(tried[-130:]) >= 1, "but at least once a minute"


async def test_an_endpoint_that_is_well_again_is_drained_with_a_ramp(
    world: World, receiver: Receiver, clock: ManualClock
) -> None:
    receiver.default = Answer(500)
    to = await world.subscription(receiver.url())
    await world.queue(to, await world.events(500))
    sent = []
    async with sending(world) as sender:
        await sender.dispatcher.run_once()
        receiver.default = Answer()
        for _ in range(40):
            clock.advance(timedelta(milliseconds=500))
            sent.append(await sender.dispatcher.run_once())
    first = next(place for place, count in enumerate(sent) if count)
    assert sent[first] <= 2, "a probe first"
    assert sum(sent[first : first + 4]) <= 40, "then slowly"
    assert sum(sent) >= 495
    assert (await world.stored(to)).failing_since is None


@pytest.mark.parametrize("status", [400, 401, 404, 500])
async def test_an_endpoint_that_takes_one_of_ten_is_failing(
    world: World, receiver: Receiver, clock: ManualClock, status: int
) -> None:
    count = 0

    def answer(_request: Received) -> Answer:
        nonlocal count
        count += 1
        return Answer(200 if count % 10 == 0 else status)

    receiver.paths["/hook"] = answer
    await world.queue(await world.subscription(receiver.url()), await world.events(500))
    async with sending(world) as sender:
        for _ in range(20):
            await sender.dispatcher.run_once()
            clock.advance(timedelta(milliseconds=500))
    assert len(receiver.requests) < 60


async def test_an_endpoint_that_refuses_one_of_ten_is_well(world: World, receiver: Receiver) -> None:
    count = 0

    def answer(_request: Received) -> Answer:
        nonlocal count
        count += 1
        return Answer(500 if count % 10 == 0 else 200)

    receiver.paths["/hook"] = answer
    await world.queue(await world.subscription(receiver.url()), await world.events(200))
    async with sending(world) as sender:
        assert await sender.dispatcher.run_once() == 200


async def test_an_open_circuit_is_shown_with_its_end(
    world: World, deliveries: Deliveries, receiver: Receiver, clock: ManualClock
) -> None:
    receiver.default = Answer(500)
    to = await world.subscription(receiver.url(), max_concurrency=1)
    await world.queue(to, await world.events(20))
    async with sending(world) as sender:
        assert await sender.dispatcher.run_once() == 5
    until = clock.now_us() + SECOND
    last = await explained(world, deliveries, 19)
    text = f"circuit open until {rfc3339_ms(until)}: the endpoint fails; then one delivery is tried"
    assert (last.reason, last.next_attempt_at, last.attempts) == (text, until, 0)
    stored = await world.stored(to)
    assert (stored.paused_until, stored.pause_reason) == (until, "FAILING")


@pytest.fixture
async def throttled(world: World, receiver: Receiver, clock: ManualClock) -> Subscription:
    """A subscription whose endpoint answered 429 with `Retry-After: 3600` once, and is well since."""
    receiver.answers.append(Answer(429, headers={"Retry-After": "3600"}))
    to = await world.subscription(receiver.url(), max_concurrency=1)
    await world.queue(to, await world.events(3))
    async with sending(world) as sender:
        assert await sender.dispatcher.run_once() == 1
    clock.advance(timedelta(minutes=5))
    return to


async def test_a_throttled_delivery_says_until_when(
    world: World, deliveries: Deliveries, throttled: Subscription, clock: ManualClock
) -> None:
    until = clock.now_us() + 55 * 60 * SECOND
    for place in range(3):
        waiting = await explained(world, deliveries, place)
        assert waiting.next_attempt_at == until
        assert waiting.reason == f"throttled until {rfc3339_ms(until)}: the endpoint asked for a pause"
    assert (await world.rows())[0].reason == "throttled 429; Retry-After 3600 s"
    assert (await world.stored(throttled)).pause_reason == "THROTTLED"


def subscriptions(world: World) -> Subscriptions:
    return Subscriptions(
        world.database,
        backlog=LogRanges(world.database, POSITIONS, world.clock),
        conditions=matcher(world)._conditions,
        secrets=world.secrets,
        clock=world.clock,
        ids=world.ids,
    )


async def delivered(world: World) -> int:
    async with sending(world) as sender:
        return await sender.dispatcher.run_once()


async def test_a_reactivation_ends_a_pause_and_brings_retries_forward(world: World, throttled: Subscription) -> None:
    started = await subscriptions(world).reactivate(SCOPE, Api.PUSH, throttled.id)
    assert (started.paused_until, started.failing_since, started.is_active) == (None, None, True)
    assert await delivered(world) == 3


async def test_a_redelivery_brings_a_pending_one_forward(
    world: World, deliveries: Deliveries, throttled: Subscription
) -> None:
    first = (await world.rows())[0]
    await deliveries.redeliver(SCOPE, str(first.id))
    assert (await world.stored(throttled)).paused_until is None
    assert await delivered(world) == 3
    assert {row.state for row in await world.rows()} == {"SUCCEEDED"}


async def test_a_test_is_sent_although_the_subscription_pauses(world: World, throttled: Subscription) -> None:
    async with sending(world) as sender:
        pings = Pings(world.database, sender.queue._destinations, PLAIN, clock=world.clock, ids=world.ids)
        number = await pings.test(SCOPE, Api.PUSH, throttled.id)
        assert await sender.dispatcher.run_once() == 3, "the test, and the two that were not tried yet"
    assert {row.id: row.state for row in await world.rows()}[number] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("604800", (86_400, "throttled 503; Retry-After 7 days, of which 1 day is kept")),
        ("Thu, 31 Dec 2099 23:59:59 GMT", (86_400, "throttled 503; Retry-After ")),
        ("30", (30, "throttled 503; Retry-After 30 s")),
    ],
)
async def test_a_long_pause_is_cut_to_a_day_and_shown(
    world: World, receiver: Receiver, clock: ManualClock, header: str, expected: tuple[int, str]
) -> None:
    kept, text = expected
    receiver.default = Answer(503, headers={"Retry-After": header})
    to = await world.subscription(receiver.url())
    await world.queue(to, await world.events())
    await delivered(world)
    [row] = await world.rows()
    assert row.reason.startswith(text)
    assert row.due_at == clock.now_us() + max(10, kept) * SECOND
    assert (await world.stored(to)).paused_until == clock.now_us() + kept * SECOND


async def test_retry_after_on_another_status_holds_back_that_delivery_alone(
    world: World, receiver: Receiver, clock: ManualClock
) -> None:
    receiver.answers.append(Answer(500, headers={"Retry-After": "600"}))
    to = await world.subscription(receiver.url(), max_concurrency=1)
    await world.queue(to, await world.events(3))
    assert await delivered(world) == 3
    first, *others = await world.rows()
    assert (first.due_at, first.reason) == (clock.now_us() + 600 * SECOND, "http_status 500; Retry-After 600 s")
    assert {row.state for row in others} == {"SUCCEEDED"}


async def test_whatever_waits_says_why(world: World, deliveries: Deliveries, clock: ManualClock) -> None:
    to = await world.subscription(ordered=True, max_per_second=5)
    seqs = await world.events(3)
    await world.queue(to, seqs[:2], order_key="ORDER:1")
    await world.queue(to, seqs[2:], order_key="ORDER:2", due_at=clock.now_us() + SECOND)
    clock.advance(timedelta(hours=1))
    now, first = clock.now_us(), (await world.rows())[0].id
    reasons = [await explained(world, deliveries, place) for place in range(3)]
    assert [each.reason for each in reasons] == [
        "",
        f"waits for delivery {first}, which comes before it in order",
        "waits for its turn behind 2 that are due before it, at most 5 a second",
    ]
    assert [each.next_attempt_at for each in reasons] == [now] * 3, "never in the past"
    await world.leased(to)
    assert (await explained(world, deliveries)).reason == "being sent"
