"""What others ask of the shop's projection."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.catalogue.consumer import NAME
from tidings_server.catalogue.store import projection, stock_reports
from tidings_server.catalogue.store.stock_reports import ExpiringArticle, OpenOrder
from tidings_server.log.store import consumers
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Unavailable
from tidings_server.storage.database import Database

T = TypeVar("T")

SETTLE_S: Final = 5.0
LOOK_S: Final = 0.02
LIMIT: Final = 1_000
CLEARED: Final = 250
US_PER_DAY: Final = 86_400_000_000


@dataclass(frozen=True, slots=True)
class ReportRows(Generic[T]):
    """The first of what was found, and how much there is in all."""

    items: Sequence[T]
    total: int


class Catalogue:
    """The projection, read."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def settled(self, *, within_s: float = SETTLE_S) -> None:
        """Returns when the projection has passed all that was in the log when this was called.

        Raises Unavailable when that takes longer, as while it is built anew: what waits for it comes later.
        """
        head = self._database.head.seq
        ends_at = self._clock.monotonic() + within_s
        while await self._position() < head:
            if self._clock.monotonic() >= ends_at:
                raise Unavailable("The shop's projection is behind the log.", retry_after_s=SETTLE_S)
            await asyncio.sleep(LOOK_S)

    async def best_before(
        self, tenant: int, *, days: int, today: date, limit: int = LIMIT
    ) -> ReportRows[ExpiringArticle]:
        """Articles in stock whose best-before date is today or at most `days` days later, the next first."""
        first, last = today.isoformat(), (today + timedelta(days=days)).isoformat()
        async with self._database.read() as conn:
            return ReportRows(*await stock_reports.best_before(conn, tenant, first=first, last=last, limit=limit))

    async def undelivered(self, tenant: int, *, days: int, now_us: int, limit: int = LIMIT) -> ReportRows[OpenOrder]:
        """Orders created more than `days` days ago that are neither delivered nor cancelled, the oldest first."""
        before = now_us - days * US_PER_DAY
        async with self._database.read() as conn:
            return ReportRows(*await stock_reports.undelivered(conn, tenant, created_before=before, limit=limit))

    async def rebuild(self) -> None:
        """Forgets the projection and lets its reactor begin at the start of the log, as far back as that is kept.

        What was mailed is not forgotten. Runs that need the projection wait until it is up to date again. Servers that
        are running notice it with the next event.
        """

        async def unit(conn: AsyncConnection) -> int:
            """The cursor goes back with the last of the rows, so that nothing is folded into what is left of them."""
            await consumers.hold(conn, NAME)
            cleared = await projection.clear(conn, limit=CLEARED)
            if not cleared:
                await consumers.restart(conn, NAME)
            return cleared

        while await self._database.write_queue.run(unit):
            pass

    async def _position(self) -> int:
        async with self._database.read() as conn:
            return await consumers.position(conn, NAME) or 0
