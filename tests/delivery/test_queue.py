"""From a queued delivery to a recorded outcome: a real database, dispatcher and receiver; only time is a test's own."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from tests.support.deliveries import PlainPayloads, Sender, World, sending
from tests.support.receiver import Answer, Receiver
from tests.support.strict_queue import StrictQueue
from tidings_server.delivery.message import ErrorType, Outcome, OutcomeKind, Payload
from tidings_server.delivery.retry_decision import AttemptResult
from tidings_server.delivery.retry_policy import RetryPolicy
from tidings_server.delivery.store.deliveries import Priority
from tidings_server.delivery.store.subscriptions import DestinationKind, Subscription
from tidings_server.delivery.store.tables import subscription
from tidings_server.log.server_events import facts_of
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.tables import event

LARGEST_BYTES = 256 << 10
FAILED = Outcome(OutcomeKind.RETRY, 500, ErrorType.HTTP_STATUS, "no")


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


async def test_a_delivered_message_is_recorded_with_its_attempt(
    world: World, sender: Sender, receiver: Receiver
) -> None:
    receiver.default = Answer(201, b"thanks")
    to = await world.subscription(receiver.url())
    await world.queue(to, await world.events(3))
    assert await sender.dispatcher.run_once() == 3
    events = await world.log()
    assert [request.headers["webhook-id"] for request in receiver.requests] == [e.event_id for e in events]
    rows = await world.rows()
    assert {(row.state, row.attempts, row.tries, row.lease_until, row.reason) for row in rows} == {
        ("SUCCEEDED", 1, 1, 0, "")
    }
    attempts = await world.attempts()
    assert [(a.delivery_id, a.number, a.at) for a in attempts] == [(row.id, 1, row.created_at) for row in rows]
    assert {(a.outcome, a.status, a.error_type, a.answer) for a in attempts} == {("DELIVERED", 201, "", "thanks")}
    assert await sender.dispatcher.run_once() == 0


async def test_deliveries_of_large_events_are_all_sent(world: World, sender: Sender, receiver: Receiver) -> None:
    """One page of the log ends after some bytes; what is behind it is not gone."""
    to = await world.subscription(receiver.url())
    await world.queue(to, await world.events(3 * log.PAGE_BYTES // LARGEST_BYTES, body=bytes(LARGEST_BYTES)))
    while await sender.dispatcher.run_once():
        pass
    assert {row.state for row in await world.rows()} == {"SUCCEEDED"}


async def test_a_failure_is_retried_on_schedule_and_the_next_success_mends_the_subscription(
    world: World, sender: Sender, receiver: Receiver, clock: ManualClock
) -> None:
    to = await world.subscription(receiver.url())
    await world.queue(to, await world.events())
    receiver.answers.extend([Answer(500, b"oops"), Answer(404)])
    started = clock.now_us()
    for pause_s in (10, 20):
        assert await sender.dispatcher.run_once() == 1
        [row] = await world.rows()
        assert (row.state, row.priority, row.due_at - clock.now_us()) == ("PENDING", 1, pause_s * 1_000_000)
        assert (await world.stored(to)).failing_since == started
        clock.advance(timedelta(seconds=pause_s - 1))
        assert await sender.dispatcher.run_once() == 0
        clock.advance(timedelta(seconds=1))
    assert await sender.dispatcher.run_once() == 1
    [row] = await world.rows()
    assert (row.state, row.attempts, row.tries_from) == ("SUCCEEDED", 3, started)
    assert (await world.stored(to)).failing_since is None
    assert [(a.number, a.outcome, a.status, a.answer) for a in await world.attempts()] == [
        (1, "RETRY", 500, "oops"),
        (2, "RETRY", 404, ""),
        (3, "DELIVERED", 200, ""),
    ]
    lines = [json.loads(line) for line in sender.lines.getvalue().splitlines()]
    assert [(line["outcome"], line["number"], line["subscription"]) for line in lines] == [
        ("RETRY", 1, to.id),
        ("RETRY", 2, to.id),
        ("DELIVERED", 3, to.id),
    ]


async def test_after_the_last_try_it_expires_with_an_event(
    world: World, receiver: Receiver, clock: ManualClock
) -> None:
    receiver.default = Answer(500)
    to = await world.subscription(receiver.url())
    await world.queue(to, await world.events(hops=3))
    async with sending(world, policy=RetryPolicy(horizon_s=25)) as sender:
        assert await sender.dispatcher.run_once() == 1
        clock.advance(timedelta(seconds=10))
        assert await sender.dispatcher.run_once() == 1
        clock.advance(timedelta(days=1))
        assert await sender.dispatcher.run_once() == 0
    [row] = await world.rows()
    assert (row.state, row.attempts) == ("EXPIRED", 2)
    assert row.reason == "gave up after 25 s; last: http_status 500"
    assert [a.outcome for a in await world.attempts()] == ["RETRY", "EXPIRED"]
    cause, told, _exhausted = await world.log()
    assert (told.topic, told.entity_type, told.entity_id) == ("delivery.expired", "DELIVERY", str(row.id))
    assert (told.root_id, told.hops) == (to.id, cause.hops + 1)
    assert facts_of(told.body) == {
        "subscriptionId": to.id,
        "deliveryId": str(row.id),
        "eventId": cause.event_id,
        "topic": "order.created",
        "reason": row.reason,
    }


async def test_410_stops_the_subscription_and_a_new_start_resumes_what_is_queued(
    world: World, sender: Sender, receiver: Receiver, clock: ManualClock
) -> None:
    receiver.default = Answer(410)
    to = await world.subscription(receiver.url(), max_concurrency=1)
    await world.queue(to, await world.events(3))
    sent = await sender.dispatcher.run_once()
    stored = await world.stored(to)
    assert (stored.is_active, stored.inactive_reason) == (False, "the endpoint answered 410 Gone")
    [told] = await world.log("subscription.deactivated")
    assert told.entity_id == to.id
    clock.advance(timedelta(hours=2))
    assert await sender.dispatcher.run_once() == 0
    receiver.default = Answer()
    active = update(subscription).values(is_active=True)
    await world.database.write_queue.run(lambda conn: conn.execute(active))
    clock.advance(timedelta(seconds=1))
    assert await sender.dispatcher.run_once() == 3
    assert sent <= 3
    assert {row.state for row in await world.rows()} == {"SUCCEEDED"}


async def test_an_endpoint_that_only_failed_for_five_days_is_stopped(
    world: World, sender: Sender, receiver: Receiver, clock: ManualClock
) -> None:
    receiver.default = Answer(500)
    to = await world.subscription(receiver.url())
    await world.queue(to, await world.events())
    while (await world.stored(to)).is_active:
        await sender.dispatcher.run_once()
        clock.advance(timedelta(hours=6))
    assert clock.now() - timedelta(hours=6) - ManualClock().now() == timedelta(days=5)
    [row] = await world.rows()
    assert row.state == "PENDING"
    [told] = await world.log("subscription.deactivated")
    assert facts_of(told.body)["reason"] == "every attempt has failed for 5 days"


async def test_one_success_in_between_starts_the_five_days_anew(
    world: World, sender: Sender, receiver: Receiver, clock: ManualClock
) -> None:
    receiver.default = Answer(500)
    to = await world.subscription(receiver.url())
    await world.queue(to, await world.events())
    for _ in range(4 * 4):
        await sender.dispatcher.run_once()
        clock.advance(timedelta(hours=6))
    receiver.answers.append(Answer(200))
    await sender.dispatcher.run_once()
    await world.queue(to, await world.events())
    for _ in range(4 * 4):
        await sender.dispatcher.run_once()
        clock.advance(timedelta(hours=6))
    assert (await world.stored(to)).is_active


async def test_a_throttled_subscription_pauses_for_every_process(
    world: World, sender: Sender, receiver: Receiver, clock: ManualClock
) -> None:
    receiver.default = Answer(429, headers={"Retry-After": "90"})
    to = await world.subscription(receiver.url(), max_concurrency=1)
    await world.queue(to, await world.events(10))
    assert await sender.dispatcher.run_once() == 1
    assert (await world.stored(to)).paused_until == clock.now_us() + 90_000_000
    assert {row.lease_until for row in await world.rows()} == {0}
    async with sending(world) as other:
        clock.advance(timedelta(seconds=89))
        assert await other.dispatcher.run_once() == 0
        receiver.default = Answer()
        clock.advance(timedelta(seconds=1))
        assert await other.dispatcher.run_once() == 10


async def test_an_event_has_its_own_state_at_each_subscription(
    world: World, sender: Sender, receiver: Receiver
) -> None:
    receiver.paths["/bad"] = Answer(500)
    good, bad = await world.subscription(receiver.url("/good")), await world.subscription(receiver.url("/bad"))
    seqs = await world.events(5)
    await world.queue(good, seqs)
    await world.queue(bad, seqs)
    assert await sender.dispatcher.run_once() == 10
    rows = await world.rows()
    assert {(row.subscription_key, row.state) for row in rows} == {(good.key, "SUCCEEDED"), (bad.key, "PENDING")}


async def test_a_message_too_large_for_its_queue_expires_at_once_and_alone(
    world: World, sender: Sender, receiver: Receiver
) -> None:
    """Twenty events of 1 kB of which one has 6 kB, to a queue that takes messages of 4,096 bytes."""
    queue = StrictQueue(max_message=4_096)
    receiver.paths = {"/": queue.script, "/123456789012/q": queue.script}
    to = await world.subscription(
        receiver.url("/123456789012/q"), destination=DestinationKind.SQS, region="eu-west-1", access_key="k"
    )
    for number in range(20):
        await world.queue(to, await world.events(body=b"x" * (6_000 if number == 7 else 1_000)))
    assert await sender.dispatcher.run_once() == 20
    rows = await world.rows()
    assert [row.state for row in rows] == ["EXPIRED" if number == 7 else "SUCCEEDED" for number in range(20)]
    assert "must be shorter than 4096 bytes" in rows[7].reason
    assert (await world.stored(to)).failing_since is None, "not the endpoint's fault"


async def test_in_order_the_next_event_of_an_entity_waits_for_the_one_before(
    world: World, sender: Sender, receiver: Receiver, clock: ManualClock
) -> None:
    to = await world.subscription(receiver.url(), ordered=True)
    first, second, other = await world.events(3)
    await world.queue(to, [first, second], order_key="ORDER:1")
    await world.queue(to, [other], order_key="ORDER:2")
    ids = {e.seq: e.event_id for e in await world.log()}
    receiver.answers.append(Answer(500))
    await sender.dispatcher.run_once()
    assert [body.decode() for body in receiver.bodies()] == [ids[first], ids[other]]
    clock.advance(timedelta(seconds=10))
    await sender.dispatcher.run_once()
    assert [body.decode() for body in receiver.bodies()][2:] == [ids[first], ids[second]]


async def test_in_order_a_delivery_that_holds_up_others_for_an_hour_expires(
    world: World, sender: Sender, receiver: Receiver, clock: ManualClock
) -> None:
    to = await world.subscription(receiver.url(), ordered=True, ordered_max_wait_s=3_600)
    blocked_by, waiting = await world.events(2)
    ids = {e.seq: e.event_id.encode() for e in await world.log()}
    await world.queue(to, [blocked_by, waiting], order_key="ORDER:1")
    receiver.default = Answer(500)
    while (await world.rows())[0].state == "PENDING":
        assert ids[waiting] not in receiver.bodies()
        await sender.dispatcher.run_once()
        clock.advance(timedelta(minutes=1))
    assert clock.now() - timedelta(minutes=1) - ManualClock().now() == timedelta(hours=1)
    expired, _ = await world.rows()
    assert expired.reason == "gave way after 3600 s to the next event of its entity; last: http_status 500"
    assert [e.root_id for e in await world.log("delivery.expired")] == [to.id]
    receiver.default = Answer()
    clock.advance(timedelta(minutes=5))
    await sender.dispatcher.run_once()
    assert receiver.bodies()[-1] == ids[waiting]


async def test_an_outcome_of_two_processes_is_recorded_once(world: World, sender: Sender, clock: ManualClock) -> None:
    """The lease ended while the first still sent: both report, the first wins, the attempt stands once."""
    to = await world.subscription()
    await world.queue(to, await world.events())
    [first] = await sender.queue.lease({(to.key, Priority.FIRST): 10})
    clock.advance(timedelta(seconds=90))
    [second] = await sender.queue.lease({(to.key, Priority.FIRST): 10})
    assert first.id == second.id
    await sender.queue.record([AttemptResult(first, clock.now_us(), Outcome(OutcomeKind.DELIVERED, 200))])
    await sender.queue.record([AttemptResult(second, clock.now_us(), FAILED)])
    [row] = await world.rows()
    assert (row.state, row.attempts, len(await world.attempts())) == ("SUCCEEDED", 1, 1)
    assert (await world.stored(to)).failing_since is None


async def test_deliveries_are_sent_after_the_confirmation(world: World, sender: Sender, receiver: Receiver) -> None:
    to = await world.subscription(receiver.url(), is_confirmed=False)
    await world.queue(to, await world.events(2))
    assert await sender.dispatcher.run_once() == 0
    await world.database.write_queue.run(lambda conn: conn.execute(update(subscription).values(is_confirmed=True)))
    assert await sender.dispatcher.run_once() == 2


async def test_a_stopped_subscription_gets_nothing_that_was_leased_before(
    world: World, sender: Sender, receiver: Receiver
) -> None:
    to = await world.subscription(receiver.url())
    await world.queue(to, await world.events(2))
    await sender.queue.lease({(to.key, Priority.FIRST): 1})
    await world.database.write_queue.run(lambda conn: conn.execute(update(subscription).values(is_active=False)))
    assert await sender.queue.open(to.key) is None


async def test_an_event_that_is_no_longer_kept_expires(world: World, sender: Sender, receiver: Receiver) -> None:
    to = await world.subscription(receiver.url())
    seqs = await world.events(2)
    await world.queue(to, seqs)
    await world.database.write_queue.run(lambda conn: conn.execute(delete(event).where(event.c.seq == seqs[0])))
    world.database.log_cache.clear()
    assert await sender.dispatcher.run_once() == 2
    assert [(row.state, row.reason) for row in await world.rows()] == [
        ("EXPIRED", "the event is no longer kept"),
        ("SUCCEEDED", ""),
    ]


async def test_a_replay_has_a_message_id_of_its_own(world: World, sender: Sender, receiver: Receiver) -> None:
    to = await world.subscription(receiver.url())
    await world.queue(to, await world.events(), replay_id="r-1", priority=Priority.RETRY)
    await sender.dispatcher.run_once()
    [stored] = await world.log()
    assert receiver.requests[0].headers["webhook-id"] == f"{stored.event_id}:r-1"


async def test_a_secret_sealed_with_another_key_is_a_recorded_failure(world: World, sender: Sender) -> None:
    to = await world.subscription(sealed_secret=b"")
    other = update(subscription).values(sealed_secret=b"\x01" + bytes(40))
    await world.database.write_queue.run(lambda conn: conn.execute(other))
    await world.queue(to, await world.events())
    await sender.dispatcher.run_once()
    [attempt] = await world.attempts()
    assert (attempt.error_type, attempt.answer) == (
        "credentials",
        "the stored secret cannot be opened: the master key is another one",
    )


async def test_deliveries_leased_by_a_process_that_died_are_sent_after_the_restart(
    world: World, sender: Sender, receiver: Receiver, clock: ManualClock
) -> None:
    to = await world.subscription(receiver.url())
    await world.queue(to, await world.events(3))
    await sender.queue.lease({(to.key, Priority.FIRST): 2})
    async with sending(world) as restarted:
        await restarted.queue.recover()
        if world.database.dialect == "postgresql":  # others may live: their leases have to end
            assert await restarted.dispatcher.run_once() == 1
            clock.advance(timedelta(seconds=90))
            assert await restarted.dispatcher.run_once() == 2
        else:
            assert await restarted.dispatcher.run_once() == 3


async def test_two_processes_share_the_work(world: World, receiver: Receiver) -> None:
    targets = [await world.subscription(receiver.url(f"/{number}")) for number in range(4)]
    seqs = await world.events(100)
    for to in targets:
        await world.queue(to, seqs)
    async with sending(world) as one, sending(world) as two:
        sent = await one.dispatcher.run_once() + await two.dispatcher.run_once()
    assert sent == 400
    assert len(receiver.requests) == len({(r.path, r.headers["webhook-id"]) for r in receiver.requests}) == 400


class PickyPayloads(PlainPayloads):
    """Payloads of all events but those whose body says no."""

    def payload(self, subscription: Subscription, event: StoredEvent, *, is_test: bool = False) -> Payload:
        if event.body == b"no":
            raise KeyError("a field that is not there")
        return super().payload(subscription, event, is_test=is_test)


async def test_an_event_that_no_message_can_be_made_of_expires_at_once_and_alone(
    world: World, receiver: Receiver
) -> None:
    """It is the same the next time: a try an hour for 14 days would only fill the log."""
    to = await world.subscription(receiver.url())
    await world.queue(to, [*await world.events(body=b"no"), *await world.events(3)])
    async with sending(world, payloads=PickyPayloads()) as sender:
        assert await sender.dispatcher.run_once() == 4
    rows = await world.rows()
    assert [row.state for row in rows] == ["EXPIRED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]
    assert rows[0].reason == "no message can be made of the event: KeyError"
    assert (await world.stored(to)).failing_since is None, "not the endpoint's fault"
