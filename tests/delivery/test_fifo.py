"""FIFO queues and topics keep the order of each group, whatever fails, pauses, is replayed or sent again."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from tests.support.aws import ACCESS_KEY, REGION, Aws, moto_server
from tests.support.deliveries import World, sending
from tests.support.receiver import Answer, Receiver
from tests.support.strict_queue import Entry, StrictQueue, refused, refused_by_topic
from tidings_server.delivery.dispatch.dispatcher import Dispatcher
from tidings_server.delivery.router import new_delivery
from tidings_server.delivery.store import deliveries
from tidings_server.delivery.store.subscriptions import DestinationKind, Subscription
from tidings_server.platform.clock import ManualClock, SystemClock
from tidings_server.storage.database import Database

GROUPS = ("CUSTOMER-1", "CUSTOMER-2", "Kunde Ä")


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    return World(database, clock)


class Fifo:
    """A strict FIFO queue or topic, the subscription to it, and the order of what it took."""

    def __init__(self, world: World, receiver: Receiver, kind: str) -> None:
        self.world, self.kind, self.queue = world, kind, StrictQueue()
        self._receiver = receiver
        self.endpoint = f"{receiver.url('/123456789012/orders.fifo')}"
        if kind == "SNS":
            self.endpoint = "arn:aws:sns:eu-west-1:123456789012:orders.fifo"
        receiver.default = Answer()
        receiver.paths = {"/123456789012/orders.fifo": self.queue.script, "/": self.queue.script}

    async def subscribe(self, **changes: Any) -> Subscription:
        kind = DestinationKind(self.kind)
        keys = {"region": REGION, "access_key": ACCESS_KEY, "destination": kind, "api": 0, **changes}
        return await self.world.subscription(self.endpoint, **keys)

    async def queue_all(self, to: Subscription, numbers: Sequence[int], group: str) -> list[int]:
        """Queues an event for each number, as the router does; its body is the number."""
        seqs = []
        for number in numbers:
            seqs += await self.world.events(entity_id=group, body=b"%d" % number)
        events = {event.seq: event for event in await self.world.log()}
        now = self.world.clock.now_us()
        rows = [new_delivery(to, events[seq], due_at=now, now=now) for seq in seqs]
        await self.world.database.write_queue.run(lambda conn: deliveries.add(conn, rows))
        return seqs

    def order(self) -> dict[str, list[int]]:
        taken: dict[str, list[int]] = defaultdict(list)
        for entry in self.queue.taken:
            taken[entry.group].append(int(entry.body))
        return dict(taken)

    def refuse(self, code: str, text: str = "later", status: int = 400) -> Answer:
        return (refused_by_topic if self.kind == "SNS" else refused)(status, code, text)


@pytest.fixture(params=["SQS", "SNS"])
def fifo(world: World, receiver: Receiver, request: pytest.FixtureRequest) -> Fifo:
    return Fifo(world, receiver, request.param)


@asynccontextmanager
async def dispatching(world: World, receiver: Receiver) -> AsyncIterator[Dispatcher]:
    async with sending(world, aws_endpoint_url=receiver.url("")) as sender:
        yield sender.dispatcher


async def drain(world: World, dispatcher: Dispatcher, clock: ManualClock, *, rounds: int = 60) -> None:
    """Sends until nothing is pending, hour by hour."""
    for _ in range(rounds):
        await dispatcher.run_once()
        if not any(row.state == "PENDING" for row in await world.rows()):
            return
        clock.advance(timedelta(hours=1))
    raise AssertionError([row.reason for row in await world.rows() if row.state == "PENDING"])


async def test_updates_of_one_customer_arrive_in_their_order(
    fifo: Fifo, receiver: Receiver, clock: ManualClock
) -> None:
    """80 updates, queued in four batches."""
    to = await fifo.subscribe()
    async with dispatching(fifo.world, receiver) as dispatcher:
        for batch in range(4):
            await fifo.queue_all(to, range(batch * 20, batch * 20 + 20), GROUPS[0])
            dispatcher.wake()
        await drain(fifo.world, dispatcher, clock)
    assert fifo.order() == {GROUPS[0]: list(range(80))}


async def test_groups_share_calls_and_keep_their_orders(fifo: Fifo, receiver: Receiver, clock: ManualClock) -> None:
    to = await fifo.subscribe()
    for number in range(20):
        for group in range(12):
            await fifo.queue_all(to, [number], f"g{group}")
    async with dispatching(fifo.world, receiver) as dispatcher:
        await drain(fifo.world, dispatcher, clock)
    assert fifo.order() == {f"g{group}": list(range(20)) for group in range(12)}
    assert max(map(len, fifo.queue.calls)) == 10
    assert all(len({entry.group for entry in call}) == len(call) for call in fifo.queue.calls)


@pytest.mark.parametrize("code", ["InternalError", "RequestThrottled", "KMS.DisabledException"])
async def test_the_next_of_a_group_waits_for_one_that_is_refused(
    fifo: Fifo, receiver: Receiver, clock: ManualClock, code: str
) -> None:
    fails = 3

    def refuse(entry: Entry) -> tuple[str, str, bool] | None:
        nonlocal fails
        if entry.group == GROUPS[0] and entry.body == "4" and fails:
            fails -= 1
            return code, "later", False
        return None

    fifo.queue.refuse_entry = refuse
    to = await fifo.subscribe()
    for number in range(10):
        for group in GROUPS[:2]:
            await fifo.queue_all(to, [number], group)
    async with dispatching(fifo.world, receiver) as dispatcher:
        await drain(fifo.world, dispatcher, clock)
    assert fifo.order() == {group: list(range(10)) for group in GROUPS[:2]}


async def test_whole_calls_that_fail_change_no_order(fifo: Fifo, receiver: Receiver, clock: ManualClock) -> None:
    rng = random.Random(7)
    codes = [("InternalError", 500), ("RequestThrottled", 400), ("AccessDenied", 403), ("ServiceUnavailable", 503)]

    def fail(_entries: list[Entry]) -> Answer | None:
        code, status = rng.choice(codes)
        return fifo.refuse(code, status=status) if rng.random() < 0.5 else None

    fifo.queue.refuse_call = fail
    to = await fifo.subscribe()
    for number in range(15):
        for group in GROUPS:
            await fifo.queue_all(to, [number], group)
    async with dispatching(fifo.world, receiver) as dispatcher:
        await drain(fifo.world, dispatcher, clock, rounds=300)
    assert sorted(fifo.order().values()) == [list(range(15))] * 3


async def test_a_message_that_no_attempt_can_deliver_lets_the_next_go(
    fifo: Fifo, receiver: Receiver, clock: ManualClock
) -> None:
    fifo.queue.refuse_entry = lambda entry: ("InvalidMessageContents", "bad", True) if entry.body == "2" else None
    to = await fifo.subscribe()
    await fifo.queue_all(to, range(5), GROUPS[0])
    async with dispatching(fifo.world, receiver) as dispatcher:
        await drain(fifo.world, dispatcher, clock)
    assert fifo.order() == {GROUPS[0]: [0, 1, 3, 4]}
    assert [row.state for row in await fifo.world.rows()].count("EXPIRED") == 1


async def test_what_is_sent_again_goes_before_what_waits_and_is_not_dropped_as_a_repeat(
    fifo: Fifo, receiver: Receiver, clock: ManualClock
) -> None:
    to = await fifo.subscribe()
    await fifo.queue_all(to, range(3), GROUPS[0])
    async with dispatching(fifo.world, receiver) as dispatcher:
        await drain(fifo.world, dispatcher, clock)
        first = (await fifo.world.rows())[0]
        await fifo.queue_all(to, [3, 4], GROUPS[0])
        await fifo.world.redeliver(first.id)
        await drain(fifo.world, dispatcher, clock)
    assert fifo.order() == {GROUPS[0]: [0, 1, 2, 0, 3, 4]}


async def test_real_queues_get_the_order_too(database: Database) -> None:
    with moto_server() as aws:
        await _order_at_moto(aws, World(database, SystemClock()))


async def _order_at_moto(aws: Aws, world: World) -> None:
    queue_url = aws.queue("orders.fifo")
    kind = DestinationKind.SQS
    to = await world.subscription(queue_url, region=REGION, access_key=ACCESS_KEY, destination=kind, api=0)
    fifo = Fifo.__new__(Fifo)
    fifo.world = world
    async with sending(world, aws_endpoint_url=aws.endpoint_url) as sender:
        running = asyncio.create_task(sender.dispatcher.run())
        for batch in range(4):
            await fifo.queue_all(to, range(batch * 10, batch * 10 + 10), GROUPS[0])
            sender.dispatcher.wake()
        async with asyncio.timeout(30):
            while any(row.state == "PENDING" for row in await world.rows()):  # noqa: ASYNC110  rows set no event
                await asyncio.sleep(0.05)
        await sender.dispatcher.stop(1.0)
        await running
    assert [message["Body"] for message in aws.drain(queue_url)] == [str(number) for number in range(40)]
