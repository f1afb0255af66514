"""The dispatcher sends what is due: bounded, fair, first attempts apart from retries.

Five loops run side by side. The *watch* asks the database which subscriptions have work, when it is woken and at least
twice a second. For each budget a *prefetcher* leases and loads for the queues that run low. The *pump* starts sends in
turn: tenants first, then their subscriptions. The *attempt buffer* writes what came of them. The *renewer* keeps the
leases of what takes long. What the router has just queued comes leased already, past watch and prefetcher
(`hand_over`). All state is in memory and may be lost: a delivery whose attempt was never recorded is due again when its
lease ends.
"""

import asyncio
import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial

import structlog

from tidings_server.delivery.dispatch.attempt_buffer import AttemptBuffer
from tidings_server.delivery.dispatch.endpoint_health import EndpointHealth
from tidings_server.delivery.dispatch.fair_queue import FairQueue
from tidings_server.delivery.dispatch.flights import Flight, Flights
from tidings_server.delivery.dispatch.held_leases import HeldLeases
from tidings_server.delivery.dispatch.lease_renewer import LeaseRenewer
from tidings_server.delivery.dispatch.prefetcher import Prefetcher
from tidings_server.delivery.dispatch.slots import SLOTS, STARTS, FreeSlots, RetryPace, Slots, wait_for_progress
from tidings_server.delivery.dispatch.subscriber_registry import SubscriberRegistry
from tidings_server.delivery.dispatch.subscription_queue import SubscriptionQueue
from tidings_server.delivery.dispatch.successors import Successors
from tidings_server.delivery.message import Destination, ErrorType, Message, Outcome, OutcomeKind
from tidings_server.delivery.queue import DeliveryQueue
from tidings_server.delivery.retry_decision import AttemptResult
from tidings_server.delivery.retry_policy import RetryPolicy, Uniform
from tidings_server.delivery.store.deliveries import Order, Priority
from tidings_server.delivery.store.leases import Lease, LeaseHolder, QueueKey
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.platform import failpoints, heartbeats
from tidings_server.platform.clock import Clock, in_step
from tidings_server.platform.turns import BACKGROUND_S, Turn, has_others, owner
from tidings_server.storage.shared_look import IDLE_S

WATCH_S = 0.5
SETTLE_S = 0.01
"""Wake-ups within this time are one."""
SETTLED_US = 1_000_000
"""Time after a write in which the ready subscriptions may still be from before it."""
LAST_WRITE_S = 10.0
MAX_UNRECORDED = 500
"""Attempts not written yet beyond which nothing is sent: with what is under way, all that a crash sends twice."""
log = structlog.get_logger(__name__)


class Dispatcher:
    """Sends a queue's deliveries, within the `free` slots of all shards. `run` until `stop`; `run_once` for a round."""

    def __init__(
        self,
        deliveries: DeliveryQueue,
        clock: Clock,
        *,
        policy: RetryPolicy,
        slots: Slots = SLOTS,
        free: FreeSlots | None = None,
        uniform: Uniform = random.uniform,
    ) -> None:
        self._deliveries = deliveries
        self._clock = clock
        self._policy = policy
        self._uniform = uniform
        self._flights = Flights(free or slots.free(), slow_s=slots.slow_s, on_landed=self._landed)
        self._registry = SubscriberRegistry()
        self._sendable: dict[Priority, FairQueue[SubscriptionQueue]] = {priority: FairQueue() for priority in Priority}
        self._resting: list[SubscriptionQueue] = []
        self._buffer = AttemptBuffer(deliveries, clock, on_recorded=self._recorded, on_leased=self.hand_over)
        self._pace = RetryPace()
        self._held = HeldLeases(deliveries.holder.length_us)
        self._renewer = LeaseRenewer(deliveries, clock, held=self._held, all_held=self._all_held)
        self._successors = Successors(self._all_held, look=self.wake)
        self._prefetcher = Prefetcher(
            deliveries, clock, on_filled=self._filled, on_settled=self._buffer.add, on_unsure=self.suspect_strays
        )
        self._wakeup = asyncio.Event()
        self._progress = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        self._is_stopping = False

    def wake(self) -> None:
        """Looks for new work soon; cheap, and may be called for every event."""
        self._wakeup.set()

    @property
    def holder(self) -> LeaseHolder:
        """The owner of the leases that are handed over."""
        return self._deliveries.holder

    def lease_limits(self, queued: Iterable[tuple[Subscription, int]]) -> Mapping[QueueKey, int]:
        """Deliveries that it would send at once, of those about to be queued, by subscription and count.

        Who queues them leases these in the same write and hands them over: they need not be looked for.
        """
        return {} if self._is_stopping else self._registry.lease_limits(queued, now=self._clock.now_us())

    def suspect_strays(self) -> None:
        """Leases were perhaps committed that nobody was told of: what is not known here is given back soon."""
        self._renewer.suspect_strays()

    def queued(self, orders: Collection[Order]) -> None:
        """Deliveries were queued, but not leased, behind others of their entities."""
        self._successors.queued(orders)

    def hand_over(self, leases: Iterable[Lease]) -> None:
        """Sends deliveries that were leased for it."""
        if self._is_stopping:
            self._buffer.give_back(leases)
            return
        queues, unknown = self._registry.hand_over(leases)
        for queue in queues:
            self._prefetcher.request(queue)
        if unknown:
            self._buffer.give_back(unknown)

    async def run(self) -> None:
        """Sends until `stop`. Cancelled, it forgets what it was doing: use `stop` to end in order."""
        self._ended.clear()
        self._is_stopping = False
        try:
            await self._run()
        finally:
            self._ended.set()

    async def _run(self) -> None:
        heartbeat = heartbeats.current()
        async with asyncio.TaskGroup() as tasks:
            workers = [tasks.create_task(self._prefetcher.run(priority)) for priority in Priority]
            workers += [tasks.create_task(each) for each in (self._watch(), self._renewer.run(), self._buffer.run())]
            while not self._is_stopping or self._flights:
                self._progress.clear()
                with heartbeat.round():
                    pause_s = self._pump(tasks)
                await wait_for_progress(self._progress, pause_s)
            for worker in workers:
                worker.cancel()
        self._buffer.give_back(self._registry.clear())
        await self._buffer.flush()

    async def stop(self, grace_s: float) -> None:
        """Starts nothing new, waits up to `grace_s` for sends under way and cuts the others short.

        `run` has then ended: what was sent is recorded, what was not is given back, if the store takes it in time.
        """
        self._is_stopping = True
        self._progress.set()
        if self._flights:
            _, late = await asyncio.wait(self._flights.tasks, timeout=grace_s)
            for task in late:
                task.cancel()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), LAST_WRITE_S)

    async def run_once(self) -> int:
        """Sends and records everything that is due now; the number of attempts."""
        sent = 0
        await self._look()
        async with asyncio.TaskGroup() as tasks:
            while True:
                while any([await self._prefetcher.fill(budget) for budget in Priority]):
                    pass
                self._pump(tasks)
                if not self._flights and not len(self._buffer):
                    return sent
                if self._flights:
                    await asyncio.wait(self._flights.tasks)
                sent += len(self._buffer)
                await self._buffer.flush()
                if self._wakeup.is_set():
                    await self._look()

    async def _watch(self) -> None:
        heartbeat = heartbeats.current().part("watch")
        is_told = True
        while True:
            try:
                with heartbeat.round():
                    await self._look(may_be_idle=not is_told)
            except Exception:  # the worker's loop: a database that is busy now is read again
                log.exception("delivery.watch_failed")
            self._progress.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(WATCH_S if self._deliveries.may_be_pending else in_step(IDLE_S)):
                    await self._wakeup.wait()
            if is_told := self._wakeup.is_set():
                await self._clock.sleep(SETTLE_S)

    def _all_held(self) -> list[Lease]:
        """All leases that this process means to send or to record."""
        return [*self._registry.held(), *self._prefetcher.held(), *self._flights.leases(), *self._buffer.held()]

    async def _look(self, *, may_be_idle: bool = False) -> None:
        """Requests prefetching for the subscriptions that have work now, and gives each that rested another turn."""
        self._wakeup.clear()
        now = self._clock.now_us()
        found = () if may_be_idle and not self._deliveries.may_be_pending else await self._deliveries.ready()
        turn = Turn(BACKGROUND_S)
        for ready in found:
            if ready.due_at <= now:
                queue = self._registry.queue(ready)
                queue.has_more = True
                self._prefetcher.request(queue)
            await turn.give()
        resting, self._resting = self._resting, []
        for queue in resting:
            self._sendable[queue.budget].add(queue)
            await turn.give()
        self._flights.yield_slow(now)
        self._registry.forget_idle()

    def _filled(self, queue: SubscriptionQueue) -> None:
        self._sendable[queue.budget].add(queue)
        self._progress.set()

    def _pump(self, tasks: asyncio.TaskGroup) -> float | None:
        """Starts what slots, limits and messages allow, few beside other tenants; the pause before more, or None."""
        now, flying = self._clock.now_us(), len(self._flights)
        for budget in Priority:
            may_have = partial(self._flights.has_room, budget)
            while self._may_start() and (queue := self._sendable[budget].take(may_have)):
                if budget is Priority.RETRY and (pause_s := self._pace.pause_s(queue.tenant_id)):
                    self._sendable[budget].add(queue)
                    return pause_s
                self._advance(queue, budget, tasks=tasks, now=now)
                if len(self._flights) - flying >= STARTS and has_others(queue.tenant_id):
                    return 0
        return None

    def _may_start(self) -> bool:
        return len(self._buffer) < MAX_UNRECORDED and not self._is_stopping

    def _advance(self, queue: SubscriptionQueue, budget: Priority, *, tasks: asyncio.TaskGroup, now: int) -> None:
        """One turn of one queue: at most one send."""
        if queue.budget is not budget:
            self._filled(queue)
            return
        health = queue.health
        if not health.room:
            return  # its next turn is when a send of it ends
        if not (granted := health.grant(now)):
            self._resting.append(queue)
            return
        if (destination := queue.destination) and (batch := queue.next_batch(granted, held=self._held, now=now)):
            health.started(len(batch))
            flight = Flight(queue, budget, now, [lease for lease, _ in batch])
            self._flights.start(flight, self._send(flight, destination, batch), tasks)
            self._sendable[budget].add(queue)
        self._prefetcher.request(queue)

    async def _send(self, flight: Flight, destination: Destination, batch: Sequence[tuple[Lease, Message]]) -> None:
        queue = flight.queue
        owner.set(queue.tenant_id)
        try:
            outcomes = await destination.send([message for _, message in batch])
            paired = list(zip((lease for lease, _ in batch), outcomes, strict=True))
        except Exception as error:  # the worker's loop: a destination that breaks its promise costs one attempt
            log.exception("delivery.send_failed", subscription=queue.health.key)
            broken = Outcome(OutcomeKind.RETRY, error_type=ErrorType.INTERNAL, answer=type(error).__name__)
            paired = [(lease, broken) for lease, _ in batch]
        failpoints.hit("delivery.after_send_before_record")
        now = self._clock.now_us()
        pause = queue.health.finished(
            [outcome for _, outcome in paired],
            started_at=flight.started_at,
            now=now,
            policy=self._policy,
            uniform=self._uniform,
        )
        self._buffer.add(
            AttemptResult(lease, flight.started_at, outcome, None if outcome.kind is OutcomeKind.DELIVERED else pause)
            for lease, outcome in paired
        )
        if pause:
            self._buffer.give_back(self._unsent(queue.health))

    def _landed(self, flight: Flight) -> None:
        for queue in self._registry.queues(flight.queue.health.key):
            self._sendable[queue.budget].add(queue)
        self._progress.set()

    def _unsent(self, health: EndpointHealth) -> list[Lease]:
        return [lease for queue in self._registry.queues(health.key) for lease in queue.clear()]

    def _recorded(self, attempts: Sequence[AttemptResult]) -> None:
        """Looks for the next deliveries in order; leaves a pause that is recorded to the database, where it may end."""
        settled = self._clock.now_us() + SETTLED_US
        self._successors.recorded(attempts)
        for attempt in attempts:
            if attempt.lease.is_ordered and not attempt.is_delivered:
                self.wake()  # behind what is delivered, the next was leased with the record
            if attempt.pause and (health := self._registry.health(attempt.lease.subscription_key)):
                health.paused_until = min(health.paused_until, settled)
        self._progress.set()
