"""Leasing and loading of deliveries ahead of sending, for many subscriptions in one write and one read."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

import structlog

from tidings_server.delivery.dispatch.fair_queue import FairQueue
from tidings_server.delivery.dispatch.subscription_queue import SubscriptionQueue
from tidings_server.delivery.message import Destination, ErrorType, Message, Outcome, OutcomeKind
from tidings_server.delivery.queue import DeliveryQueue
from tidings_server.delivery.retry_decision import AttemptResult
from tidings_server.delivery.store.deliveries import Priority
from tidings_server.delivery.store.leases import Lease, QueueKey
from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock
from tidings_server.storage.bisection import bisected, is_transient, set_aside

MAX_QUEUES = 32
"""Subscriptions of one round."""

MAX_ROWS = 500
"""Deliveries that one round leases, and that it loads."""

RETRY_S = 1.0
PREFETCHER = "dispatcher.prefetcher"

log = structlog.get_logger(__name__)


class Prefetcher:
    """Keeps queues filled, fairly, the first attempts apart from the retries."""

    def __init__(
        self,
        deliveries: DeliveryQueue,
        clock: Clock,
        *,
        on_filled: Callable[[SubscriptionQueue], None],
        on_settled: Callable[[Iterable[AttemptResult]], None],
        on_unsure: Callable[[], None],
    ) -> None:
        """`on_filled` gets queues that have something to send; `on_settled` attempts that need no sending.

        `on_unsure` is called when leases were perhaps committed of which nothing came back.
        """
        self._deliveries = deliveries
        self._clock = clock
        self._on_filled = on_filled
        self._on_settled = on_settled
        self._on_unsure = on_unsure
        self._low: dict[Priority, FairQueue[SubscriptionQueue]] = {priority: FairQueue() for priority in Priority}
        self._wakeups = {priority: asyncio.Event() for priority in Priority}
        self._loading: dict[int, Lease] = {}

    def request(self, queue: SubscriptionQueue) -> None:
        """Has the queue filled if it runs low."""
        if queue.is_low:
            self._low[queue.budget].add(queue)
            self._wakeups[queue.budget].set()

    async def run(self, budget: Priority) -> None:
        """Fills the queues of one budget until cancelled."""
        heartbeat = heartbeats.current().part(f"prefetcher_{budget.name.lower()}")
        while True:
            await self._wakeups[budget].wait()
            self._wakeups[budget].clear()
            try:
                with heartbeat.round():
                    while await self.fill(budget):
                        heartbeat.beat()
            except Exception:  # the worker's loop: what was leased is due again when its lease ends
                log.exception("delivery.prefetch_failed")
                await self._clock.sleep(RETRY_S)
                self._wakeups[budget].set()

    def held(self) -> list[Lease]:
        """The leases whose messages are being loaded."""
        return list(self._loading.values())

    async def fill(self, budget: Priority) -> bool:
        """One round; False if no queue runs low. When it fails, its queues are filled by the next."""
        queues = self._next(budget)
        for queue in queues:
            queue.is_filling = True
        try:
            await self._lease(queues)
            await self._load(queues)
        except BaseException:
            self._on_unsure()
            self._end(queues, self.request)
            raise
        self._end(queues, self._on_filled)
        return bool(queues)

    @staticmethod
    def _end(queues: Sequence[SubscriptionQueue], then: Callable[[SubscriptionQueue], None]) -> None:
        for queue in queues:
            queue.is_filling = False
            then(queue)

    def _next(self, budget: Priority) -> list[SubscriptionQueue]:
        low: list[SubscriptionQueue] = []
        while len(low) < MAX_QUEUES and (queue := self._low[budget].take()):
            if queue.is_low:
                low.append(queue)
        return low

    async def _lease(self, queues: Sequence[SubscriptionQueue]) -> None:
        now = self._clock.now_us()
        limits = {queue: limit for queue in queues if (limit := queue.lease_limit(now=now))}
        if not limits:
            return
        share = MAX_ROWS // len(limits)
        limits = {queue: min(limit, share) for queue, limit in limits.items()}
        leased: dict[QueueKey, list[Lease]] = {queue.key: [] for queue in limits}
        for lease in await self._deliveries.lease({queue.key: limit for queue, limit in limits.items()}):
            leased[lease.subscription_key, lease.priority].append(lease)
        for queue, limit in limits.items():
            queue.leased(leased[queue.key], now=now, limit=limit)

    async def _load(self, queues: Sequence[SubscriptionQueue]) -> None:
        loading: list[tuple[SubscriptionQueue, Lease]] = []
        for queue in queues:
            queue.destination = await self._open(queue)
            if queue.destination is None:
                await self._deliveries.release(queue.clear())
            else:
                loading += [(queue, lease) for lease in queue.to_load(MAX_ROWS // len(queues))]
        self._loading |= {lease.id: lease for _, lease in loading}
        try:
            await bisected(loading, self._load_batch, refused=self._fail)
        finally:
            for queue, lease in reversed(loading):
                if self._loading.pop(lease.id, None):
                    queue.give_back(lease)

    async def _open(self, queue: SubscriptionQueue) -> Destination | None:
        """The queue's destination; None for one that cannot be opened: its leases go back, the other queues go on."""
        try:
            return await self._deliveries.open(queue.health.key)
        except Exception as error:
            if is_transient(error):
                raise
            set_aside(PREFETCHER, error, subscription=queue.health.key)
            return None

    async def _load_batch(self, loading: Sequence[tuple[SubscriptionQueue, Lease]]) -> None:
        messages = await self._deliveries.load([lease for _, lease in loading])
        for (queue, lease), message in zip(loading, messages, strict=True):
            self._take_in(queue, lease, message)

    async def _fail(self, loading: tuple[SubscriptionQueue, Lease], error: Exception) -> None:
        """An attempt that has failed, for a delivery whose event or subscription cannot be read."""
        queue, lease = loading
        set_aside(PREFETCHER, error, delivery=lease.id, subscription=lease.subscription_key)
        failed = Outcome(OutcomeKind.RETRY, error_type=ErrorType.INTERNAL, answer=type(error).__name__)
        self._take_in(queue, lease, failed)

    def _take_in(self, queue: SubscriptionQueue, lease: Lease, message: Message | Outcome) -> None:
        self._loading.pop(lease.id, None)
        if isinstance(message, Outcome):
            self._on_settled([AttemptResult(lease, self._clock.now_us(), message)])
        else:
            queue.loaded(lease, message)
