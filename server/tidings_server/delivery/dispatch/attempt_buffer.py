"""Attempts, and leases given back unsent, on their way to the database: many in one write."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice

import structlog

from tidings_server.delivery.message import Outcome
from tidings_server.delivery.queue import DeliveryQueue
from tidings_server.delivery.retry_decision import AttemptResult
from tidings_server.delivery.store.leases import Lease
from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock
from tidings_server.platform.heartbeats import Heartbeat
from tidings_server.storage.bisection import bisected, is_transient, set_aside

MAX_WRITE = 500
"""Rows of one write; a transaction takes no more."""

LINGER_S = 0.1
"""Time that the first attempt of a write waits for more, unless the next delivery of its entity waits for it."""

FULL = 250
"""Attempts that are written without further waiting."""

RETRY_S = 1.0
RECORDER = "dispatcher.recorder"

log = structlog.get_logger(__name__)


class AttemptBuffer:
    """Collects attempts and writes them in their order. What is not written yet is sent again after a crash.

    Attempts of many tenants share a write. One that the database refuses is written without its answer, and when that
    is refused too it is set aside: its delivery is sent again when its lease ends.
    """

    def __init__(
        self,
        deliveries: DeliveryQueue,
        clock: Clock,
        *,
        on_recorded: Callable[[list[AttemptResult]], None],
        on_leased: Callable[[list[Lease]], None],
    ) -> None:
        """`on_leased` gets deliveries that waited in order for recorded ones, and are leased now."""
        self._deliveries = deliveries
        self._clock = clock
        self._on_recorded = on_recorded
        self._on_leased = on_leased
        self._waiting: deque[AttemptResult] = deque()
        self._unsent: list[Lease] = []
        self._arrived = asyncio.Event()
        self._is_full = asyncio.Event()

    def __len__(self) -> int:
        """Attempts not written yet."""
        return len(self._waiting)

    def add(self, attempts: Iterable[AttemptResult]) -> None:
        for attempt in attempts:
            self._waiting.append(attempt)
            if attempt.lease.is_ordered or len(self._waiting) >= FULL:
                self._is_full.set()
        self._arrived.set()

    def held(self) -> list[Lease]:
        """The leases of what is not written yet."""
        return [*(attempt.lease for attempt in self._waiting), *self._unsent]

    def give_back(self, leases: Iterable[Lease]) -> None:
        self._unsent.extend(leases)
        self._arrived.set()

    async def run(self) -> None:
        """Writes until cancelled, what has gathered in the meantime at once."""
        heartbeat = heartbeats.current().part("recorder")
        while True:
            await self._arrived.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(LINGER_S):
                    await self._is_full.wait()
            self._arrived.clear()
            await self._write_or_wait(heartbeat)
            if self._waiting or self._unsent:
                self._arrived.set()

    async def flush(self) -> None:
        """Writes everything collected; a write that fails is tried again until it passes."""
        while self._waiting or self._unsent:
            await self._write_or_wait(Heartbeat(RECORDER))

    async def _write_or_wait(self, heartbeat: Heartbeat) -> None:
        self._is_full.clear()
        try:
            with heartbeat.round():
                await self._write()
        except Exception:  # the worker's loop: an outcome is not given up because the store is busy or full
            log.exception("delivery.record_failed", waiting=len(self._waiting))
            await self._clock.sleep(RETRY_S)

    async def _write(self) -> None:
        if unsent := self._unsent[:MAX_WRITE]:
            await bisected(unsent, self._deliveries.release, refused=_keep_lease)
            del self._unsent[: len(unsent)]
        if batch := list(islice(self._waiting, MAX_WRITE)):
            await bisected(batch, self._record, refused=self._record_bare)
            for _ in batch:
                self._waiting.popleft()
            self._on_recorded(batch)

    async def _record(self, attempts: Sequence[AttemptResult]) -> None:
        if leases := await self._deliveries.record(attempts):
            self._on_leased(leases)

    async def _record_bare(self, attempt: AttemptResult, error: Exception) -> None:
        """Record a refused attempt with nothing that its receiver answered."""
        lease, outcome = attempt.lease, attempt.outcome
        set_aside(RECORDER, error, delivery=lease.id, subscription=lease.subscription_key)
        bare = Outcome(outcome.kind, error_type=outcome.error_type)
        try:
            await self._record([replace(attempt, outcome=bare, pause=None)])
        except Exception as again:
            if is_transient(again):
                raise
            set_aside(RECORDER, again, delivery=lease.id, subscription=lease.subscription_key)


async def _keep_lease(lease: Lease, error: Exception) -> None:
    """A lease that cannot be given back ends by itself."""
    set_aside(RECORDER, error, delivery=lease.id, subscription=lease.subscription_key)
