"""Counts that processes tell each other once a second: the rates of tenants, and failed log-ins.

Each process decides by itself, in memory, and is told a moment later what the others have let pass. So a limit may be
passed by what n processes admit within about two seconds, and over any longer time holds for all of them together.
"""

import secrets
from collections.abc import Callable
from itertools import islice
from typing import Final, NamedTuple

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
"""Time that a sum is stored after its last change."""
RESTART_US: Final = KEPT_US // 2
"""Time that a sum goes on after its last change: what is counted later begins at 0, before its row is gone."""
FORGET_EVERY: Final = 60
"""Rounds between two removals of old counts."""

logger = structlog.get_logger(__name__)

OnTold = Callable[[str, int], None]
"""Takes a name, and how many others have counted under it since the last call."""


class _Sum(NamedTuple):
    """A sum, and the instant (µs) of its last change."""

    total: int
    changed_at: int


class SharedCounts:
    """The counts of this process, and those of the others. Without others nothing is stored.

    A sum grows while its name is in use and begins anew afterwards, so one that is lower than it was is all new.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._process = secrets.randbits(62)
        self._totals: dict[CountName, _Sum] = {}
        self._untold: dict[CountName, None] = {}  # in the order of their first count
        self._seen: dict[tuple[str, str, int], _Sum] = {}
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
            named, now = CountName(kind, name), self._clock.now_us()
            before = self._totals.get(named)
            total = before.total if before and before.changed_at >= now - RESTART_US else 0
            self._totals[named] = _Sum(total + amount, now)
            self._untold[named] = None

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
            await self.forget()

    async def _tell(self) -> None:
        totals = {name: self._totals[name].total for name in islice(self._untold, MAX_TOLD)}
        if totals:
            at = self._clock.now_us()
            await self._database.write_queue.run(lambda conn: table.report(conn, self._process, totals, at=at))
            for name, total in totals.items():
                del self._untold[name]
                if self._totals[name].total != total:  # counted again meanwhile: behind those that still wait
                    self._untold[name] = None

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
            seen = self._seen.get((kind, name, process))
            before = seen.total if seen else total if is_first else 0
            if seen is None or seen.total != total:
                self._seen[kind, name, process] = _Sum(total, now)
            new = total - before if total >= before else total
            if new and (on_told := self._on_told.get(kind)):
                on_told(name, new)

    async def forget(self) -> None:
        """Drop the sums that have not changed for KEPT_US, here and in the database."""
        before = self._clock.now_us() - KEPT_US
        self._totals = {name: each for name, each in self._totals.items() if each.changed_at >= before}
        self._seen = {name: each for name, each in self._seen.items() if each.changed_at >= before}
        await self._database.write_queue.run(lambda conn: table.forget(conn, before=before))
