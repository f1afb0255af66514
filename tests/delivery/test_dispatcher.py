"""The dispatcher over an outbox in memory and destinations that do as they are told."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.support.waiting import PATIENCE_S
from tidings_server.delivery import ErrorType, Outcome, OutcomeKind, Payload, Sending
from tidings_server.delivery.dispatch.dispatcher import Dispatcher, Slots
from tidings_server.delivery.dispatch.port import Attempt, Claim, Lane, Ready, Want
from tidings_server.delivery.message import Destination
from tidings_server.delivery.retry import RetryPolicy
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

    answer: Callable[[Sending], Outcome] = lambda _: OK
    max_batch: int = 1
    held: asyncio.Event | None = None
    got: list[str] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    running: int = 0
    peak: int = 0

    async def send(self, batch: Sequence[Sending]) -> list[Outcome]:
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
    claim: Claim
    due_at: int
    leased_until: int = 0
    done: bool = False


class MemoryOutbox:
    """The outbox port over a list: what a store must do, without one."""

    def __init__(self, clock: ManualClock | SystemClock) -> None:
        self.clock = clock
        self.rows: dict[int, Row] = {}
        self.endpoints: dict[int, Endpoint] = {}
        self.limits: dict[int, dict[str, int]] = {}
        self.failing: set[int] = set()
        self.closed: set[int] = set()
        self.paused: dict[int, int] = {}
        self.attempts: list[Attempt] = []
        self.unloadable: set[int] = set()
        self.record_failures = 0

    def endpoint(self, subscription: int, endpoint: Endpoint | None = None, **limits: int) -> Endpoint:
        self.limits[subscription] = limits
        return self.endpoints.setdefault(subscription, endpoint or Endpoint())

    def add(self, subscription: int, count: int = 1, *, lane: Lane = Lane.FIRST, order: str = "") -> None:
        for _ in range(count):
            number = len(self.rows) + 1
            claim = Claim(
                delivery=number,
                tenant=subscription // 100,
                subscription=subscription,
                lane=lane,
                seq=number,
                replay_id=order,
                attempts=int(lane),
                tries=int(lane),
                tries_from=None,
                created_at=0,
                lease_until=0,
                is_ordered=bool(order),
            )
            self.rows[number] = Row(claim, self.clock.now_us())

    def _free(self) -> list[Row]:
        now = self.clock.now_us()
        free = [row for row in self.rows.values() if not row.done and row.leased_until <= now]
        return [
            row
            for row in free
            if self.paused.get(row.claim.subscription, 0) <= now
            and not (
                row.claim.is_ordered
                and any(
                    not other.done and other.claim.replay_id == row.claim.replay_id and other.claim.seq < row.claim.seq
                    for other in self.rows.values()
                )
            )
        ]

    async def ready(self) -> list[Ready]:
        found: dict[tuple[int, Lane], int] = {}
        for row in self._free():
            key = (row.claim.subscription, row.claim.lane)
            found[key] = min(row.due_at, found.get(key, row.due_at))
        return [
            Ready(
                subscription,
                subscription // 100,
                lane,
                due_at,
                is_failing=subscription in self.failing,
                max_concurrency=self.limits[subscription].get("max_concurrency", 32),
                max_per_second=self.limits[subscription].get("max_per_second", 0),
            )
            for (subscription, lane), due_at in found.items()
        ]

    async def claim(self, wants: Sequence[Want]) -> list[Claim]:
        claims = []
        now = self.clock.now_us()
        for want in wants:
            rows = [
                row
                for row in self._free()
                if (row.claim.subscription, row.claim.lane) == want[:2] and row.due_at <= now
            ]
            for row in rows[: want.limit]:
                row.leased_until = now + LEASE_US
                claims.append(row.claim._replace(lease_until=row.leased_until))
        return claims

    async def open(self, subscription: int) -> Destination | None:
        return None if subscription in self.closed else self.endpoints[subscription]

    async def load(self, claims: Sequence[Claim]) -> list[Sending | Outcome]:
        gone = Outcome(OutcomeKind.EXPIRED, error_type=ErrorType.INTERNAL, answer="gone")
        return [
            gone
            if claim.seq in self.unloadable
            else Sending(Payload(b"{}", "application/json", {}, ""), str(claim.seq), str(claim.seq), "d", "t.x")
            for claim in claims
        ]

    async def record(self, attempts: Sequence[Attempt]) -> None:
        if self.record_failures:
            self.record_failures -= 1
            raise OSError("disk full")
        self.attempts += attempts
        for attempt in attempts:
            row = self.rows[attempt.claim.delivery]
            row.leased_until = 0
            row.done = attempt.outcome.kind is not OutcomeKind.RETRY
            row.claim = row.claim._replace(lane=Lane.RETRY, attempts=row.claim.attempts + 1)
            row.due_at = attempt.at + 5_000_000
            if attempt.pause_until:
                self.paused[attempt.claim.subscription] = attempt.pause_until

    async def release(self, claims: Sequence[Claim]) -> None:
        for claim in claims:
            self.rows[claim.delivery].leased_until = 0

    def delivered(self) -> Counter[int]:
        return Counter(attempt.claim.delivery for attempt in self.attempts if attempt.outcome == OK)


@pytest.fixture
def outbox(clock: ManualClock) -> MemoryOutbox:
    return MemoryOutbox(clock)


@pytest.fixture
def dispatcher(outbox: MemoryOutbox, clock: ManualClock) -> Dispatcher:
    return Dispatcher(outbox, clock, policy=POLICY, uniform=longest)


async def test_everything_due_is_sent_once(outbox: MemoryOutbox, dispatcher: Dispatcher) -> None:
    for subscription in (100, 101, 200):
        outbox.endpoint(subscription)
        outbox.add(subscription, 1_000)
    assert await dispatcher.run_once() == 3_000
    assert await dispatcher.run_once() == 0
    assert outbox.delivered() == Counter(outbox.rows.keys())


async def test_a_failure_is_sent_again_when_it_is_due(
    outbox: MemoryOutbox, dispatcher: Dispatcher, clock: ManualClock
) -> None:
    answers = iter([FAILED, FAILED, OK])
    endpoint = outbox.endpoint(100, Endpoint(lambda _: next(answers)))
    outbox.add(100)
    for expected in (1, 1, 1, 0):
        assert await dispatcher.run_once() == expected
        assert await dispatcher.run_once() == 0, "not due yet"
        clock.advance(timedelta(seconds=5))
    assert endpoint.got == ["1", "1", "1"]
    assert [attempt.claim.attempts for attempt in outbox.attempts] == [0, 1, 2]


async def test_batches_are_as_large_as_the_destination_takes(outbox: MemoryOutbox, dispatcher: Dispatcher) -> None:
    endpoint = outbox.endpoint(100, Endpoint(max_batch=10))
    outbox.add(100, 200)
    await dispatcher.run_once()
    assert max(endpoint.batches) == 10
    assert sum(endpoint.batches) == 200


async def test_concurrency_grows_to_its_limit_and_not_beyond(outbox: MemoryOutbox, dispatcher: Dispatcher) -> None:
    endpoint = outbox.endpoint(100, max_concurrency=7)
    outbox.add(100, 300)
    await dispatcher.run_once()
    assert endpoint.peak == 7


async def test_the_rate_limit_holds(outbox: MemoryOutbox, dispatcher: Dispatcher, clock: ManualClock) -> None:
    outbox.endpoint(100, Endpoint(max_batch=10), max_per_second=20)
    outbox.add(100, 200)
    sent = []
    for _ in range(5):
        sent.append(await dispatcher.run_once())
        clock.advance(timedelta(milliseconds=500))
    assert sent == [20, 10, 10, 10, 10], "one second's worth at once, then the rate"


async def test_a_throttled_subscription_pauses_as_a_whole(
    outbox: MemoryOutbox, dispatcher: Dispatcher, clock: ManualClock
) -> None:
    throttled = Outcome(OutcomeKind.RETRY, 429, ErrorType.THROTTLED, retry_after_s=60, throttled=True)
    endpoint = outbox.endpoint(100, Endpoint(lambda _: throttled))
    other = outbox.endpoint(101)
    outbox.add(100, 100)
    outbox.add(101, 100)
    await dispatcher.run_once()
    assert len(endpoint.got) == 4, "no more than an unproven endpoint gets at once"
    assert len(other.got) == 100
    endpoint.answer = lambda _: OK
    clock.advance(timedelta(seconds=59))
    assert await dispatcher.run_once() == 0
    clock.advance(timedelta(seconds=1))
    assert await dispatcher.run_once() == 100


async def test_without_retry_after_the_pause_follows_the_schedule(
    outbox: MemoryOutbox, dispatcher: Dispatcher, clock: ManualClock
) -> None:
    outbox.endpoint(100, Endpoint(lambda _: Outcome(OutcomeKind.RETRY, 503, throttled=True)), max_concurrency=1)
    outbox.add(100, 10)
    pauses = []
    for _ in range(4):
        assert await dispatcher.run_once() == 1
        pauses.append((outbox.paused[100] - clock.now_us()) / 1_000_000)
        clock.advance(timedelta(seconds=pauses[-1]))
    assert pauses == [10, 20, 40, 80]


async def test_tenants_share_evenly_however_much_one_has(outbox: MemoryOutbox, clock: ManualClock) -> None:
    """Two slots, one tenant with 3 busy subscriptions, one with a single one: they alternate."""
    order: list[int] = []

    def note(subscription: int) -> Callable[[Sending], Outcome]:
        def answer(_sending: Sending) -> Outcome:
            order.append(subscription // 100)
            return OK

        return answer

    for subscription in (100, 101, 102, 200):
        outbox.endpoint(subscription, Endpoint(note(subscription)))
        outbox.add(subscription, 60)
    await Dispatcher(outbox, clock, policy=POLICY, slots=Slots(2, 2)).run_once()
    assert Counter(order[:100])[2] >= 45


async def test_messages_that_cannot_be_made_are_recorded_unsent(outbox: MemoryOutbox, dispatcher: Dispatcher) -> None:
    endpoint = outbox.endpoint(100)
    outbox.add(100, 3)
    outbox.unloadable.add(2)
    assert await dispatcher.run_once() == 3
    assert endpoint.got == ["1", "3"]
    assert sorted((a.claim.seq, a.outcome.answer) for a in outbox.attempts) == [(1, ""), (2, "gone"), (3, "")]


async def test_what_may_not_be_sent_now_is_given_back(outbox: MemoryOutbox, dispatcher: Dispatcher) -> None:
    endpoint = outbox.endpoint(100)
    outbox.add(100, 3)
    outbox.closed.add(100)
    assert await dispatcher.run_once() == 0
    assert all(row.leased_until == 0 for row in outbox.rows.values())
    outbox.closed.clear()
    assert await dispatcher.run_once() == 3
    assert len(endpoint.got) == 3


async def test_a_destination_that_raises_costs_one_attempt(outbox: MemoryOutbox, dispatcher: Dispatcher) -> None:
    def broken(_: Sending) -> Outcome:
        raise KeyError("a bug")

    outbox.endpoint(100, Endpoint(broken))
    outbox.add(100)
    assert await dispatcher.run_once() == 1
    assert outbox.attempts[0].outcome.error_type is ErrorType.INTERNAL


async def test_ordered_deliveries_of_one_entity_follow_each_other(outbox: MemoryOutbox, dispatcher: Dispatcher) -> None:
    endpoint = outbox.endpoint(100)
    outbox.add(100, 20, order="ORDER:1")
    outbox.add(100, 20, order="ORDER:2")
    assert await dispatcher.run_once() == 40
    assert [number for number in endpoint.got if int(number) <= 20] == [str(n) for n in range(1, 21)]
    assert endpoint.peak == 2


async def until(holds: Callable[[], bool]) -> None:
    """Lets everybody else run until it holds; the test's own time-out ends the wait."""
    while not holds():  # noqa: ASYNC110  what is waited for is a state of many parts, not one event
        await asyncio.sleep(0)


def running_sends(outbox: MemoryOutbox) -> int:
    return sum(outbox.endpoints[subscription].running for subscription in range(100, 120))


@asynccontextmanager
async def running(dispatcher: Dispatcher) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(dispatcher.run())
        yield
        await dispatcher.stop(grace_s=1.0)


async def test_it_runs_until_it_is_stopped_and_hears_of_new_work() -> None:
    outbox = MemoryOutbox(SystemClock())
    dispatcher = Dispatcher(outbox, SystemClock(), policy=POLICY)
    outbox.endpoint(100)
    outbox.record_failures = 1
    async with asyncio.timeout(PATIENCE_S), running(dispatcher):
        for _ in range(5):
            outbox.add(100, 100)
            dispatcher.wake()
            await asyncio.sleep(0.02)
        await until(lambda: len(outbox.attempts) == 500)
    assert outbox.delivered() == Counter(outbox.rows.keys())


async def test_a_stop_records_what_was_sent_and_gives_back_the_rest() -> None:
    outbox = MemoryOutbox(SystemClock())
    dispatcher = Dispatcher(outbox, SystemClock(), policy=POLICY)
    done, never = asyncio.Event(), asyncio.Event()
    finishing = outbox.endpoint(100, Endpoint(held=done))
    hanging = outbox.endpoint(101, Endpoint(held=never))
    outbox.add(100, 50)
    outbox.add(101, 50)
    async with asyncio.timeout(PATIENCE_S), running(dispatcher):
        await until(lambda: finishing.running == hanging.running == 4)
        asyncio.get_running_loop().call_soon(done.set)  # the stop has begun then
    assert outbox.delivered().total() == 4
    assert len(outbox.attempts) == 4
    leased = [row for row in outbox.rows.values() if row.leased_until and not row.done]
    assert len(leased) == 4, "only the sends that were cut short wait for their lease"


async def test_a_first_attempt_never_waits_behind_retries_or_failing_endpoints() -> None:
    """Twenty endpoints hang and hold every retry slot; a healthy one gets its messages all the same."""
    outbox = MemoryOutbox(SystemClock())
    for subscription in range(100, 120):
        outbox.endpoint(subscription, Endpoint(held=asyncio.Event()))
        outbox.failing.add(subscription)
        outbox.add(subscription, 5, lane=Lane.RETRY)
        outbox.add(subscription, 5)
    healthy = outbox.endpoint(300)
    dispatcher = Dispatcher(outbox, SystemClock(), policy=POLICY, slots=Slots(first=8, retry=4))
    async with asyncio.timeout(PATIENCE_S), running(dispatcher):
        await until(lambda: running_sends(outbox) == 4)
        outbox.add(300, 200)
        dispatcher.wake()
        await until(lambda: len(healthy.got) == 200)
        assert running_sends(outbox) == 4


async def test_a_slow_first_attempt_gives_its_slot_back() -> None:
    outbox = MemoryOutbox(SystemClock())
    slow = outbox.endpoint(100, Endpoint(held=asyncio.Event()))
    outbox.add(100, 4)
    dispatcher = Dispatcher(outbox, SystemClock(), policy=POLICY, slots=Slots(first=4, retry=4, slow_s=0.05))
    async with asyncio.timeout(PATIENCE_S), running(dispatcher):
        await until(lambda: slow.running == 4)
        outbox.endpoint(200)
        outbox.add(200, 50)
        await until(lambda: outbox.delivered().total() == 50)
        assert slow.running == 4
