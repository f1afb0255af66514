"""Counts that processes tell each other once a second: the rates of tenants, and failed log-ins.

Each process decides by itself, in memory, and is told a moment later what the others have let pass. So a limit may be
passed by what n processes admit within about two seconds, and over any longer time holds for all of them together.
"""

import secrets
from collections import Counter
from collections.abc import Callable
from typing import Final

import structlog

from tidings_server.identity.store import shared_counts as table
from tidings_server.identity.store.shared_counts import CountName
from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Overloaded, Unavailable
from tidings_server.storage.database import Database

TELL_S: Final = 1.5
MAX_TOLD: Final = 500
"""Names of one report; what is beyond is told with the next."""
OVERLAP_US: Final = 5_000_000
"""How far back each reading begins before the one before: a report may be committed after a younger one."""
KEPT_US: Final = 600_000_000
FORGET_EVERY: Final = 60
"""Rounds between two removals of old counts."""

logger = structlog.get_logger(__name__)

OnTold = Callable[[str, int], None]
"""Takes a name, and how many others have counted under it since the last call."""


class SharedCounts:
    """The counts of this process, and those of the others. Without others nothing is stored."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._process = secrets.randbits(62)
        self._totals: Counter[CountName] = Counter()
        self._untold: set[CountName] = set()
        self._seen: dict[tuple[str, str, int], int] = {}
        self._on_told: dict[str, OnTold] = {}
        self._read_at: int | None = None
        self._rounds = 0
        self._sum = database.look.fact("shared_counts", table.sum_of_others(self._process))
        self._seen_sum: object = self

    def subscribe(self, kind: str, on_told: OnTold) -> None:
        """Have `on_told` called with what others count of a kind."""
        self._on_told[kind] = on_told

    def count(self, kind: str, name: str, amount: int = 1) -> None:
        """Count here, and tell the others soon."""
        if self._database.is_shared:
            self._totals[CountName(kind, name)] += amount
            self._untold.add(CountName(kind, name))

    async def run(self) -> None:
        """Tell and listen until cancelled."""
        heartbeat = heartbeats.current()
        while True:
            await self._clock.sleep(TELL_S)
            try:
                with heartbeat.round():
                    if self._database.is_shared and self._has_news():
                        await self.run_once()
            except (Unavailable, Overloaded) as error:
                logger.warning("counts_not_shared", error=error.message)

    async def run_once(self) -> None:
        """Tell what was counted since the last time, and take in what the others have told."""
        if not self._database.is_shared:
            return
        await self._tell()
        await self._listen()
        self._rounds += 1
        if self._rounds % FORGET_EVERY == 0:
            await self._forget()

    async def _tell(self) -> None:
        told = sorted(self._untold)[:MAX_TOLD]
        if told:
            totals, at = {name: self._totals[name] for name in told}, self._clock.now_us()
            await self._database.write_queue.run(lambda conn: table.report(conn, self._process, totals, at=at))
            self._untold.difference_update(told)

    def _has_news(self) -> bool:
        """Whether there is something to tell, or others may have told something."""
        before, self._seen_sum = self._seen_sum, self._sum.value
        return bool(self._untold) or self._seen_sum != before

    async def _listen(self) -> None:
        is_first, now = self._read_at is None, self._clock.now_us()
        since = 0 if self._read_at is None else self._read_at - OVERLAP_US
        async with self._database.read() as conn:
            reported = await table.others(conn, self._process, since=since)
        self._read_at = now
        for kind, name, process, total in reported:
            before = self._seen.get((kind, name, process), total if is_first else 0)
            self._seen[kind, name, process] = total
            if total > before and (on_told := self._on_told.get(kind)):
                on_told(name, total - before)

    async def _forget(self) -> None:
        before = self._clock.now_us() - KEPT_US
        await self._database.write_queue.run(lambda conn: table.forget(conn, before=before))
