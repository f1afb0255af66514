"""Sends what is due: bounded, fair, first attempts apart from retries.

Four things run side by side. The *watch* asks the outbox which subscriptions have work, when it is woken and at least
twice a second. For each budget a *filler* claims and loads for the subscriptions that run low. The *pump* starts sends
in turn: tenants first, then their subscriptions. The *recorder* writes outcomes. What has just been queued comes
claimed already, past watch and claim (`take`). All state is in memory and may be lost: a claim that was never recorded
is due again when its lease ends.
"""

import asyncio
import random
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from tidings_server.delivery.dispatch.attempt_buffer import Recorder
from tidings_server.delivery.dispatch.endpoint_health import Subscriber
from tidings_server.delivery.dispatch.fair_queue import Rotation
from tidings_server.delivery.dispatch.port import Attempt, Claim, Lane, Outbox, Queued, Want
from tidings_server.delivery.dispatch.prefetcher import Filler
from tidings_server.delivery.dispatch.subscriber_registry import Roster
from tidings_server.delivery.dispatch.subscription_queue import Stream
from tidings_server.delivery.message import Destination, ErrorType, Outcome, OutcomeKind, Sending
from tidings_server.delivery.retry import RetryPolicy, Uniform
from tidings_server.platform import failpoints
from tidings_server.platform.clock import Clock

WATCH_S = 0.5
SETTLE_S = 0.01
"""Wake-ups within this time are one."""

SETTLED_US = 1_000_000
"""How long after a write an answer of the outbox may still be from before it."""

LAST_WRITE_S = 10.0
MAX_UNRECORDED = 500
"""Outcomes not written yet beyond which nothing is sent: with what is under way, all that a death sends twice."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Slots:
    """Sends that may run at once in this process.

    A first attempt that takes longer than `slow_s` gives its slot back and counts among the retries.
    """

    first: int = 512
    retry: int = 128
    slow_s: float = 2.0


@dataclass(slots=True)
class _Flight:
    stream: Stream
    budget: Lane
    started_at: int


class Dispatcher:
    """Drains an outbox. `run` until `stop`; `run_once` for one round."""

    def __init__(
        self,
        outbox: Outbox,
        clock: Clock,
        *,
        policy: RetryPolicy,
        slots: Slots = Slots(),
        uniform: Uniform = random.uniform,
    ) -> None:
        self._outbox, self._clock, self._policy, self._uniform = outbox, clock, policy, uniform
        self._slow_us = int(slots.slow_s * 1_000_000)
        self._free = {Lane.FIRST: slots.first, Lane.RETRY: slots.retry}
        self._roster = Roster()
        self._sendable: dict[Lane, Rotation[Stream]] = {lane: Rotation() for lane in Lane}
        self._resting: list[Stream] = []
        self._flights: dict[asyncio.Task[None], _Flight] = {}
        self._recorder = Recorder(outbox, clock, self._recorded)
        self._filler = Filler(outbox, clock, on_filled=self._filled, on_settled=self._recorder.add)
        self._news = asyncio.Event()
        self._progress = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        self._is_stopping = False

    def wake(self) -> None:
        """Says that there may be new work; cheap, and may be called for every event."""
        self._news.set()

    def wanted(self, queued: Iterable[Queued]) -> list[Want]:
        """Which deliveries, of those about to be queued, it would send at once.

        Who queues them claims these in the same write and hands them over with `take`: nobody has to look for them.
        """
        return [] if self._is_stopping else self._roster.wanted(queued, now=self._clock.now_us())

    def take(self, claims: Iterable[Claim]) -> None:
        """Sends deliveries that were claimed for it."""
        streams, strays = self._roster.taken(claims)
        for stream in streams:
            self._filler.want(stream)
        if strays:
            self._recorder.give_back(strays)

    async def run(self) -> None:
        """Sends until `stop`. Cancelled, it forgets what it was doing: use `stop` to end in order."""
        self._ended.clear()
        try:
            await self._run()
        finally:
            self._ended.set()

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            workers = [tasks.create_task(self._filler.run(lane)) for lane in Lane]
            workers += [tasks.create_task(self._watch()), tasks.create_task(self._recorder.run())]
            while not self._is_stopping or self._flights:
                self._progress.clear()
                self._pump(tasks)
                await self._progress.wait()
            for worker in workers:
                worker.cancel()
        self._recorder.give_back(self._roster.give_up())
        await self._recorder.flush()

    async def stop(self, grace_s: float) -> None:
        """Starts nothing new, waits up to `grace_s` for sends under way and cuts the others short.

        `run` has then ended: what was sent is recorded, what was not is given back, if the store takes it in time.
        """
        self._is_stopping = True
        self._progress.set()
        if self._flights:
            _, late = await asyncio.wait(list(self._flights), timeout=grace_s)
            for flight in late:
                flight.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WRITE_S):
                await self._ended.wait()

    async def run_once(self) -> int:
        """Sends and records everything that is due now; the number of attempts."""
        sent = 0
        await self._look()
        async with asyncio.TaskGroup() as tasks:
            while True:
                while any([await self._filler.fill(lane) for lane in Lane]):  # both, not only the first that has some
                    pass
                self._pump(tasks)
                if not self._flights and not len(self._recorder):
                    return sent
                if self._flights:
                    await asyncio.wait(list(self._flights))
                sent += len(self._recorder)
                await self._recorder.flush()
                if self._news.is_set():
                    await self._look()

    async def _watch(self) -> None:
        while True:
            try:
                await self._look()
            except Exception:  # the worker's loop: a database that is busy now is asked again
                log.exception("delivery.watch_failed")
            self._progress.set()
            try:
                async with asyncio.timeout(WATCH_S):
                    await self._news.wait()
            except TimeoutError:
                continue
            await self._clock.sleep(SETTLE_S)

    async def _look(self) -> None:
        """Takes in which subscriptions have work now, and gives everyone that rested another turn."""
        self._news.clear()
        now = self._clock.now_us()
        for ready in await self._outbox.ready():
            if ready.due_at <= now:
                stream = self._roster.stream(ready)
                stream.has_more = True
                self._filler.want(stream)
        for stream in self._resting:
            self._sendable[stream.budget].add(stream)
        self._resting.clear()
        self._yield_slow(now)
        self._roster.forget_idle()

    def _yield_slow(self, now: int) -> None:
        """Moves slow first attempts among the retries, so that endpoints that hang leave room for first attempts."""
        for flight in self._flights.values():
            if now - flight.started_at < self._slow_us:
                return
            if flight.budget is Lane.FIRST:
                flight.budget = Lane.RETRY
                self._free[Lane.FIRST] += 1
                self._free[Lane.RETRY] -= 1

    def _filled(self, stream: Stream) -> None:
        self._sendable[stream.budget].add(stream)
        self._progress.set()

    def _pump(self, tasks: asyncio.TaskGroup) -> None:
        """Starts every send that slots, limits and loaded messages allow."""
        now = self._clock.now_us()
        for budget in Lane:
            while self._may_start(budget) and (stream := self._sendable[budget].take()):
                self._advance(stream, budget, tasks=tasks, now=now)

    def _may_start(self, budget: Lane) -> bool:
        return self._free[budget] > 0 and len(self._recorder) < MAX_UNRECORDED and not self._is_stopping

    def _advance(self, stream: Stream, budget: Lane, *, tasks: asyncio.TaskGroup, now: int) -> None:
        """One turn of one stream: at most one send."""
        if stream.budget is not budget:
            self._filled(stream)
            return
        subscriber = stream.subscriber
        if not subscriber.room:
            return  # its next turn is when a send of it ends
        if not (granted := subscriber.grant(now)):
            self._resting.append(stream)
            return
        if (destination := stream.destination) and (batch := stream.next_batch(granted, now=now)):
            subscriber.started(len(batch))
            self._free[budget] -= 1
            flight = _Flight(stream, budget, now)
            task = tasks.create_task(self._send(flight, destination, batch))
            self._flights[task] = flight
            task.add_done_callback(self._landed)
            self._sendable[budget].add(stream)
        self._filler.want(stream)

    async def _send(self, flight: _Flight, destination: Destination, batch: Sequence[tuple[Claim, Sending]]) -> None:
        stream = flight.stream
        outcomes: Sequence[Outcome]
        try:
            outcomes = await destination.send([message for _, message in batch])
        except Exception as error:  # the worker's loop: a destination that breaks its promise costs one attempt
            log.exception("delivery.send_failed", subscription=stream.subscriber.key)
            broken = Outcome(OutcomeKind.RETRY, error_type=ErrorType.INTERNAL, answer=type(error).__name__)
            outcomes = [broken] * len(batch)
        failpoints.hit("delivery.after_send_before_record")
        now = self._clock.now_us()
        pause_until = stream.subscriber.finished(outcomes, now=now, policy=self._policy, uniform=self._uniform)
        self._recorder.add(
            Attempt(claim, flight.started_at, outcome, pause_until if outcome.throttled else None)
            for (claim, _), outcome in zip(batch, outcomes, strict=True)
        )
        if pause_until:
            self._recorder.give_back(self._unsent(stream.subscriber))

    def _landed(self, task: asyncio.Task[None]) -> None:
        flight = self._flights.pop(task)
        self._free[flight.budget] += 1
        if task.cancelled():
            flight.stream.subscriber.in_flight -= 1
        for stream in self._roster.streams(flight.stream.subscriber.key):
            self._sendable[stream.budget].add(stream)
        self._progress.set()

    def _unsent(self, subscriber: Subscriber) -> list[Claim]:
        return [claim for stream in self._roster.streams(subscriber.key) for claim in stream.give_up()]

    def _recorded(self, attempts: Sequence[Attempt]) -> None:
        """Looks for the next deliveries in order; leaves a pause that is recorded to the outbox, where it may end."""
        settled = self._clock.now_us() + SETTLED_US
        for attempt in attempts:
            if attempt.claim.is_ordered:
                self.wake()
            if attempt.pause_until and (subscriber := self._roster.subscriber(attempt.claim.subscription)):
                subscriber.paused_until = min(subscriber.paused_until, settled)
        self._progress.set()
