"""The dispatcher over a scripted delivery queue and destinations that answer as a test sets."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.support.waiting import PATIENCE_S
from tidings_server.delivery.dispatch.dispatcher import Dispatcher
from tidings_server.delivery.dispatch.slots import Slots
from tidings_server.delivery.message import Destination, ErrorType, Message, Outcome, OutcomeKind, Payload
from tidings_server.delivery.queue import DeliveryQueue
from tidings_server.delivery.retry_decision import AttemptResult
from tidings_server.delivery.retry_policy import RetryPolicy
from tidings_server.delivery.store.deliveries import Priority
from tidings_server.delivery.store.leases import Lease, LeaseHolder, QueueKey, ReadySubscription
from tidings_server.platform.clock import ManualClock, SystemClock

OK = Outcome(OutcomeKind.DELIVERED, 200)
FAILED = Outcome(OutcomeKind.RETRY, 500, ErrorType.HTTP_STATUS)
LEASE_US = 120_000_000
POLICY = RetryPolicy()


def longest(_: float, high: float) -> float:
    return high


@dataclass
class Endpoint:
    """A destination. `answer` is what it says to each message, `held` makes every send wait for it."""

    answer: Callable[[Message], Outcome] = lambda _: OK
    max_batch: int = 1
    held: asyncio.Event | None = None
    got: list[str] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    running: int = 0
    peak: int = 0

    async def send(self, batch: Sequence[Message]) -> list[Outcome]:
        self.running += 1
        self.peak = max(self.peak, self.running)
        self.got += [sending.event_id for sending in batch]
        self.batches.append(len(batch))
        try:
            if self.held:
                await self.held.wait()
            else:
                await asyncio.sleep(0)
        finally:
            self.running -= 1
        return [self.answer(sending) for sending in batch]


@dataclass
class Row:
    lease: Lease
    due_at: int
    leased_until: int = 0
    done: bool = False


class ScriptedQueue(DeliveryQueue):
    """A delivery queue over a list, without a database."""

    def __init__(self, clock: ManualClock | SystemClock) -> None:  # in place of the real one's
        self.clock = clock
        self.holder = LeaseHolder(1, LEASE_US)
        self.rows: dict[int, Row] = {}
        self.endpoints: dict[int, Endpoint] = {}
        self.limits: dict[int, dict[str, int]] = {}
        self.failing: set[int] = set()
        self.closed: set[int] = set()
        self.paused: dict[int, int] = {}
        self.attempts: list[AttemptResult] = []
        self.unloadable: set[int] = set()
        self.load_failures = 0
        self.record_failures = 0

    @property
    def may_be_pending(self) -> bool:
        return True

    def endpoint(self, subscription: int, endpoint: Endpoint | None = None, **limits: int) -> Endpoint:
        self.limits[subscription] = limits
        return self.endpoints.setdefault(subscription, endpoint or Endpoint())

    def add(self, subscription: int, count: int = 1, *, priority: Priority = Priority.FIRST, order: str = "") -> None:
        for _ in range(count):
            number = len(self.rows) + 1
            lease = Lease(
                id=number,
                tenant_id=subscription // 100,
                subscription_key=subscription,
                priority=priority,
                seq=number,
                replay_id="",
                attempts=int(priority),
                tries=int(priority),
                tries_from=None,
                created_at=0,
                lease_until=0,
                order_key=order or None,
                due_at=0,
            )
            self.rows[number] = Row(lease, self.clock.now_us())

    def _free(self) -> list[Row]:
        now = self.clock.now_us()
        free = [row for row in self.rows.values() if not row.done and row.leased_until <= now]
        return [
            row
            for row in free
            if self.paused.get(row.lease.subscription_key, 0) <= now
            and not (
                row.lease.is_ordered
                and any(
                    not other.done and other.lease.order_key == row.lease.order_key and other.lease.seq < row.lease.seq
                    for other in self.rows.values()
                )
            )
        ]

    async def ready(self) -> list[ReadySubscription]:
        found: dict[QueueKey, int] = {}
        for row in self._free():
            key = (row.lease.subscription_key, row.lease.priority)
            found[key] = min(row.due_at, found.get(key, row.due_at))
        return [
            ReadySubscription(
                subscription,
                subscription // 100,
                priority,
                due_at,
                failing_since=1 if subscription in self.failing else None,
                max_concurrency=self.limits[subscription].get("max_concurrency", 32),
                max_per_second=self.limits[subscription].get("max_per_second", 0),
            )
            for (subscription, priority), due_at in found.items()
        ]

    async def lease(self, limits: Mapping[QueueKey, int]) -> list[Lease]:
        leases = []
        now = self.clock.now_us()
        for key, limit in limits.items():
            rows = [
                row
                for row in self._free()
                if (row.lease.subscription_key, row.lease.priority) == key and row.due_at <= now
            ]
            for row in rows[:limit]:
                row.leased_until = now + LEASE_US
                leases.append(row.lease._replace(lease_until=row.leased_until))
        return leases

    async def open(self, subscription_key: int) -> Destination | None:
        return None if subscription_key in self.closed else self.endpoints[subscription_key]

    async def load(self, leases: Sequence[Lease]) -> list[Message | Outcome]:
        if self.load_failures:
            self.load_failures -= 1
            raise OSError("no database")
        gone = Outcome(OutcomeKind.EXPIRED, error_type=ErrorType.INTERNAL, answer="gone")
        return [
            gone
            if lease.seq in self.unloadable
            else Message(Payload(b"{}", "application/json", {}, ""), str(lease.seq), str(lease.seq), "d", "t.x")
            for lease in leases
        ]

    async def record(self, attempts: Sequence[AttemptResult]) -> list[Lease]:
        if self.record_failures:
            self.record_failures -= 1
            raise OSError("disk full")
        self.attempts += attempts
        for attempt in attempts:
            row = self.rows[attempt.lease.id]
            row.leased_until = 0
            row.done = attempt.outcome.kind is not OutcomeKind.RETRY
            row.lease = row.lease._replace(priority=Priority.RETRY, attempts=row.lease.attempts + 1)
            row.due_at = attempt.at + 5_000_000
            if attempt.pause:
                self.paused[attempt.lease.subscription_key] = attempt.pause.until
        return self._next_of({attempt.lease.order for attempt in attempts if attempt.lease.is_ordered})

    def _next_of(self, orders: Collection[tuple[int, str]]) -> list[Lease]:
        """Leases what waited for these in order."""
        now = self.clock.now_us()
        rows = [row for row in self._free() if row.lease.order in orders and row.due_at <= now]
        for row in rows:
            row.leased_until = now + LEASE_US
        return [row.lease._replace(lease_until=row.leased_until) for row in rows]

    async def renew(self, leases: Sequence[Lease], *, until: int) -> set[int]:
        held = [
            self.rows[lease.id] for lease in leases if self.rows[lease.id].leased_until and not self.rows[lease.id].done
        ]
        for row in held:
            row.leased_until = until
        return {row.lease.id for row in held}

    async def release_strays(self, known: Collection[int]) -> None:
        for row in self.rows.values():
            if row.lease.id not in known:
                row.leased_until = 0

    async def release(self, leases: Sequence[Lease]) -> None:
        for lease in leases:
            self.rows[lease.id].leased_until = 0

    def delivered(self) -> Counter[int]:
        return Counter(attempt.lease.id for attempt in self.attempts if attempt.outcome == OK)


@pytest.fixture
def queue(clock: ManualClock) -> ScriptedQueue:
    return ScriptedQueue(clock)


@pytest.fixture
def dispatcher(queue: ScriptedQueue, clock: ManualClock) -> Dispatcher:
    return Dispatcher(queue, clock, policy=POLICY, uniform=longest)


async def test_everything_due_is_sent_once(queue: ScriptedQueue, dispatcher: Dispatcher) -> None:
    for subscription in (100, 101, 200):
        queue.endpoint(subscription)
        queue.add(subscription, 1_000)
    assert await dispatcher.run_once() == 3_000
    assert await dispatcher.run_once() == 0
    assert queue.delivered() == Counter(queue.rows.keys())


async def test_a_failure_is_sent_again_when_it_is_due(
    queue: ScriptedQueue, dispatcher: Dispatcher, clock: ManualClock
) -> None:
    answers = iter([FAILED, FAILED, OK])
    endpoint = queue.endpoint(100, Endpoint(lambda _: next(answers)))
    queue.add(100)
    for expected in (1, 1, 1, 0):
        assert await dispatcher.run_once() == expected
        assert await dispatcher.run_once() == 0, "not due yet"
        clock.advance(timedelta(seconds=5))
    assert endpoint.got == ["1", "1", "1"]
    assert [attempt.lease.attempts for attempt in queue.attempts] == [0, 1, 2]


async def test_batches_are_as_large_as_the_destination_takes(queue: ScriptedQueue, dispatcher: Dispatcher) -> None:
    endpoint = queue.endpoint(100, Endpoint(max_batch=10))
    queue.add(100, 200)
    await dispatcher.run_once()
    assert max(endpoint.batches) == 10
    assert sum(endpoint.batches) == 200


async def test_concurrency_grows_to_its_limit_and_not_beyond(queue: ScriptedQueue, dispatcher: Dispatcher) -> None:
    endpoint = queue.endpoint(100, max_concurrency=7)
    queue.add(100, 300)
    await dispatcher.run_once()
    assert endpoint.peak == 7


async def test_the_rate_limit_holds(queue: ScriptedQueue, dispatcher: Dispatcher, clock: ManualClock) -> None:
    queue.endpoint(100, Endpoint(max_batch=10), max_per_second=20)
    queue.add(100, 200)
    sent = []
    for _ in range(5):
        sent.append(await dispatcher.run_once())
        clock.advance(timedelta(milliseconds=500))
    assert sent == [20, 10, 10, 10, 10], "one second's worth at once, then the rate"


async def test_a_throttled_subscription_pauses_as_a_whole(
    queue: ScriptedQueue, dispatcher: Dispatcher, clock: ManualClock
) -> None:
    throttled = Outcome(OutcomeKind.RETRY, 429, ErrorType.THROTTLED, retry_after_s=60, throttled=True)
    endpoint = queue.endpoint(100, Endpoint(lambda _: throttled))
    other = queue.endpoint(101)
    queue.add(100, 100)
    queue.add(101, 100)
    await dispatcher.run_once()
    assert len(endpoint.got) == 4, "no more than an unproven endpoint gets at once"
    assert len(other.got) == 100
    endpoint.answer = lambda _: OK
    clock.advance(timedelta(seconds=59))
    assert await dispatcher.run_once() == 0
    clock.advance(timedelta(seconds=1))
    assert await dispatcher.run_once() == 100


async def test_without_retry_after_the_pause_follows_the_schedule(
    queue: ScriptedQueue, dispatcher: Dispatcher, clock: ManualClock
) -> None:
    queue.endpoint(100, Endpoint(lambda _: Outcome(OutcomeKind.RETRY, 503, throttled=True)), max_concurrency=1)
    queue.add(100, 10)
    pauses = []
    for _ in range(4):
        assert await dispatcher.run_once() == 1
        pauses.append((queue.paused[100] - clock.now_us()) / 1_000_000)
        clock.advance(timedelta(seconds=pauses[-1]))
    assert pauses == [10, 20, 40, 80]


async def test_tenants_share_evenly_however_much_one_has(queue: ScriptedQueue, clock: ManualClock) -> None:
    """Two slots, one tenant with 3 busy subscriptions, one with a single one: they alternate."""
    order: list[int] = []

    def note(subscription: int) -> Callable[[Message], Outcome]:
        def answer(_sending: Message) -> Outcome:
            order.append(subscription // 100)
            return OK

        return answer

    for subscription in (100, 101, 102, 200):
        queue.endpoint(subscription, Endpoint(note(subscription)))
        queue.add(subscription, 60)
    await Dispatcher(queue, clock, policy=POLICY, slots=Slots(2, 2)).run_once()
    assert Counter(order[:100])[2] >= 45


async def test_messages_that_cannot_be_built_are_recorded_unsent(queue: ScriptedQueue, dispatcher: Dispatcher) -> None:
    endpoint = queue.endpoint(100)
    queue.add(100, 3)
    queue.unloadable.add(2)
    assert await dispatcher.run_once() == 3
    assert endpoint.got == ["1", "3"]
    assert sorted((a.lease.seq, a.outcome.answer) for a in queue.attempts) == [(1, ""), (2, "gone"), (3, "")]


async def test_leases_of_a_stopped_subscription_are_released(queue: ScriptedQueue, dispatcher: Dispatcher) -> None:
    endpoint = queue.endpoint(100)
    queue.add(100, 3)
    queue.closed.add(100)
    assert await dispatcher.run_once() == 0
    assert all(row.leased_until == 0 for row in queue.rows.values())
    queue.closed.clear()
    assert await dispatcher.run_once() == 3
    assert len(endpoint.got) == 3


async def test_a_destination_that_raises_costs_one_attempt(queue: ScriptedQueue, dispatcher: Dispatcher) -> None:
    def broken(_: Message) -> Outcome:
        raise KeyError("a bug")

    queue.endpoint(100, Endpoint(broken))
    queue.add(100)
    assert await dispatcher.run_once() == 1
    assert queue.attempts[0].outcome.error_type is ErrorType.INTERNAL


async def test_ordered_deliveries_of_one_entity_follow_each_other(queue: ScriptedQueue, dispatcher: Dispatcher) -> None:
    endpoint = queue.endpoint(100)
    queue.add(100, 20, order="ORDER:1")
    queue.add(100, 20, order="ORDER:2")
    assert await dispatcher.run_once() == 40
    assert [number for number in endpoint.got if int(number) <= 20] == [str(n) for n in range(1, 21)]
    assert endpoint.peak == 2


async def until(holds: Callable[[], bool]) -> None:
    """Lets everybody else run until it holds; the test's own time-out ends the wait."""
    while not holds():  # noqa: ASYNC110  what is waited for is a state of many parts, not one event
        await asyncio.sleep(0)


def running_sends(queue: ScriptedQueue) -> int:
    return sum(queue.endpoints[subscription].running for subscription in range(100, 120))


@asynccontextmanager
async def running(dispatcher: Dispatcher) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(dispatcher.run())
        yield
        await dispatcher.stop(grace_s=1.0)


async def test_it_runs_until_it_is_stopped_and_wakes_for_new_work() -> None:
    queue = ScriptedQueue(SystemClock())
    dispatcher = Dispatcher(queue, SystemClock(), policy=POLICY)
    queue.endpoint(100)
    queue.record_failures = 1
    async with asyncio.timeout(PATIENCE_S), running(dispatcher):
        for _ in range(5):
            queue.add(100, 100)
            dispatcher.wake()
            await asyncio.sleep(0.02)
        await until(lambda: len(queue.attempts) == 500)
    assert queue.delivered() == Counter(queue.rows.keys())


async def test_a_stop_records_sent_deliveries_and_releases_the_rest() -> None:
    queue = ScriptedQueue(SystemClock())
    dispatcher = Dispatcher(queue, SystemClock(), policy=POLICY)
    done, never = asyncio.Event(), asyncio.Event()
    finishing = queue.endpoint(100, Endpoint(held=done))
    hanging = queue.endpoint(101, Endpoint(held=never))
    queue.add(100, 50)
    queue.add(101, 50)
    async with asyncio.timeout(PATIENCE_S), running(dispatcher):
        await until(lambda: finishing.running == hanging.running == 4)
        asyncio.get_running_loop().call_soon(done.set)  # the stop has begun then
    assert queue.delivered().total() == 4
    assert len(queue.attempts) == 4
    leased = [row for row in queue.rows.values() if row.leased_until and not row.done]
    assert len(leased) == 4, "only the sends that were cut short wait for their lease"


async def test_a_first_attempt_never_waits_behind_retries_or_failing_endpoints() -> None:
    """Twenty endpoints hang and hold every retry slot; a healthy one gets its messages all the same."""
    queue = ScriptedQueue(SystemClock())
    for subscription in range(100, 120):
        queue.endpoint(subscription, Endpoint(held=asyncio.Event()))
        queue.failing.add(subscription)
        queue.add(subscription, 5, priority=Priority.RETRY)
        queue.add(subscription, 5)
    healthy = queue.endpoint(300)
    dispatcher = Dispatcher(queue, SystemClock(), policy=POLICY, slots=Slots(first=8, retry=4))
    async with asyncio.timeout(PATIENCE_S), running(dispatcher):
        await until(lambda: running_sends(queue) == 4)
        queue.add(300, 200)
        dispatcher.wake()
        await until(lambda: len(healthy.got) == 200)
        assert running_sends(queue) == 4


async def test_a_slow_first_attempt_gives_its_slot_back() -> None:
    queue = ScriptedQueue(SystemClock())
    slow = queue.endpoint(100, Endpoint(held=asyncio.Event()))
    queue.add(100, 4)
    dispatcher = Dispatcher(queue, SystemClock(), policy=POLICY, slots=Slots(first=4, retry=4, slow_s=0.05))
    async with asyncio.timeout(PATIENCE_S), running(dispatcher):
        await until(lambda: slow.running == 4)
        queue.endpoint(200)
        queue.add(200, 50)
        await until(lambda: queue.delivered().total() == 50)
        assert slow.running == 4


async def test_a_tenant_whose_endpoints_hang_leaves_slots_of_each_kind_to_others() -> None:
    queue = ScriptedQueue(SystemClock())
    slots = Slots(first=16, retry=16, slow=16, slow_s=0.05)
    dispatcher = Dispatcher(queue, SystemClock(), policy=POLICY, slots=slots)
    hanging = [queue.endpoint(100 + number, Endpoint(held=asyncio.Event())) for number in range(90)]
    for number in range(90):
        queue.add(100 + number)
        queue.add(100 + number, priority=Priority.RETRY)
    async with asyncio.timeout(PATIENCE_S), running(dispatcher):
        await until(lambda: sum(each.running for each in hanging) == 3 * 14)
        for priority in Priority:
            queue.endpoint(200)
            queue.add(200, 20, priority=priority)
        dispatcher.wake()
        await until(lambda: queue.delivered().total() == 40)


async def test_others_work_goes_on_while_many_subscriptions_are_looked_at(
    queue: ScriptedQueue, dispatcher: Dispatcher
) -> None:
    for subscription in range(10_000):
        queue.endpoint(subscription)
        queue.add(subscription)
    rounds = 0

    def count() -> None:
        nonlocal rounds
        rounds += 1
        asyncio.get_running_loop().call_soon(count)

    count()
    await dispatcher._look()
    assert rounds > 2


async def test_a_lease_is_renewed_while_its_endpoint_hangs(
    queue: ScriptedQueue, dispatcher: Dispatcher, clock: ManualClock
) -> None:
    answer = asyncio.Event()
    hanging = queue.endpoint(100, Endpoint(held=answer))
    queue.add(100)
    async with asyncio.timeout(PATIENCE_S):
        running_once = asyncio.create_task(dispatcher.run_once())
        await until(lambda: hanging.running == 1)
        for _ in range(5):
            clock.advance(timedelta(microseconds=LEASE_US // 2))
            await dispatcher._renewer.run_once()
        assert queue.rows[1].leased_until > clock.now_us()
        assert await queue.ready() == []
        answer.set()
        assert await running_once == 1
    assert queue.delivered() == Counter({1: 1})


async def test_a_message_whose_lease_could_not_be_renewed_is_not_sent(
    queue: ScriptedQueue, dispatcher: Dispatcher, clock: ManualClock
) -> None:
    answer = asyncio.Event()
    endpoint = queue.endpoint(100, Endpoint(held=answer))
    queue.add(100, 5)
    async with asyncio.timeout(PATIENCE_S):
        running_once = asyncio.create_task(dispatcher.run_once())
        await until(lambda: endpoint.running == 4)
        clock.advance(timedelta(microseconds=LEASE_US))
        answer.set()
        assert await running_once == 4
    assert len(endpoint.got) == 4
    assert [lease.subscription_key for lease in await queue.ready()] == [100]


async def test_leases_that_came_back_to_nobody_are_given_back(
    queue: ScriptedQueue, dispatcher: Dispatcher, clock: ManualClock
) -> None:
    endpoint = queue.endpoint(100)
    queue.add(100, 3)
    await queue.lease({(100, Priority.FIRST): 2})
    dispatcher.suspect_strays()
    clock.advance(timedelta(seconds=3))
    await dispatcher._renewer.run_once()
    assert await dispatcher.run_once() == 3
    assert len(endpoint.got) == 3


async def test_a_load_that_fails_loses_no_lease(queue: ScriptedQueue, dispatcher: Dispatcher) -> None:
    endpoint = queue.endpoint(100)
    queue.add(100, 3)
    queue.load_failures = 1
    with pytest.raises(ExceptionGroup):
        await dispatcher.run_once()
    assert await dispatcher.run_once() == 3
    assert len(endpoint.got) == 3
