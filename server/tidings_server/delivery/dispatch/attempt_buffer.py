"""Outcomes, and claims given back unsent, on their way to the store: many in one write."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice

import structlog

from tidings_server.delivery.dispatch.port import Attempt, Claim, Outbox
from tidings_server.platform.clock import Clock

MAX_WRITE = 500
"""Rows of one write; a unit of the store takes no more."""

LINGER_S = 0.1
"""How long the first outcome of a write waits for company, unless the next delivery of its entity waits for one."""

COMPANY = 250
"""So many are company enough."""

RETRY_S = 1.0

log = structlog.get_logger(__name__)


class Recorder:
    """Collects outcomes and writes them in their order. What is not written yet is sent again after a crash."""

    def __init__(self, outbox: Outbox, clock: Clock, on_recorded: Callable[[list[Attempt]], None]) -> None:
        self._outbox = outbox
        self._clock = clock
        self._on_recorded = on_recorded
        self._waiting: deque[Attempt] = deque()
        self._unsent: list[Claim] = []
        self._arrived = asyncio.Event()
        self._is_enough = asyncio.Event()

    def __len__(self) -> int:
        """Outcomes not written yet."""
        return len(self._waiting)

    def add(self, attempts: Iterable[Attempt]) -> None:
        for attempt in attempts:
            self._waiting.append(attempt)
            if attempt.claim.is_ordered or len(self._waiting) >= COMPANY:
                self._is_enough.set()
        self._arrived.set()

    def give_back(self, claims: Iterable[Claim]) -> None:
        self._unsent.extend(claims)
        self._arrived.set()

    async def run(self) -> None:
        """Writes until cancelled, what has gathered in the meantime at once."""
        while True:
            await self._arrived.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(LINGER_S):
                    await self._is_enough.wait()
            self._arrived.clear()
            await self._write_or_wait()
            if self._waiting or self._unsent:
                self._arrived.set()

    async def flush(self) -> None:
        """Writes everything collected; a write that fails is tried again until it passes."""
        while self._waiting or self._unsent:
            await self._write_or_wait()

    async def _write_or_wait(self) -> None:
        self._is_enough.clear()
        try:
            await self._write()
        except Exception:  # the worker's loop: an outcome is not given up because the store is busy or full
            log.exception("delivery.record_failed", waiting=len(self._waiting))
            await self._clock.sleep(RETRY_S)

    async def _write(self) -> None:
        if unsent := self._unsent[:MAX_WRITE]:
            await self._outbox.release(unsent)
            del self._unsent[: len(unsent)]
        if batch := list(islice(self._waiting, MAX_WRITE)):
            await self._outbox.record(batch)
            for _ in batch:
                self._waiting.popleft()
            self._on_recorded(batch)
