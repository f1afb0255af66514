"""Queries of the catalogue projection, and its rebuild."""

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
from tidings_server.storage.log.shards import in_shard, shard_of_tenant

T = TypeVar("T")

SETTLE_S: Final = 5.0
POLL_S: Final = 0.02
LIMIT: Final = 1_000
CLEARED: Final = 250
US_PER_DAY: Final = 86_400_000_000


@dataclass(frozen=True, slots=True)
class ReportRows(Generic[T]):
    """First rows of a report, and their total number."""

    items: Sequence[T]
    total: int


class Catalogue:
    """The catalogue projection of all tenants."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def wait_until_current(self, tenant: int, *, within_s: float = SETTLE_S) -> None:
        """Wait until the projection has applied all events that a tenant's shard has now (read your writes).

        Raises Unavailable after `within_s`, as during a rebuild.
        """
        head, shard = self._database.heads.of_tenant(tenant).seq, shard_of_tenant(tenant)
        ends_at = self._clock.monotonic() + within_s
        while await self._position(shard) < head:
            if self._clock.monotonic() >= ends_at:
                raise Unavailable("The shop's projection is behind the log.", retry_after_s=SETTLE_S)
            await asyncio.sleep(POLL_S)

    async def best_before(
        self, tenant: int, *, days: int, today: date, limit: int = LIMIT
    ) -> ReportRows[ExpiringArticle]:
        """Articles in stock whose best-before date is from today to `days` days later, earliest first."""
        first, last = today.isoformat(), (today + timedelta(days=days)).isoformat()
        async with self._database.read() as conn:
            return ReportRows(*await stock_reports.best_before(conn, tenant, first=first, last=last, limit=limit))

    async def undelivered(self, tenant: int, *, days: int, now_us: int, limit: int = LIMIT) -> ReportRows[OpenOrder]:
        """Orders created more than `days` days ago that are neither delivered nor cancelled, oldest first."""
        before = now_us - days * US_PER_DAY
        async with self._database.read() as conn:
            return ReportRows(*await stock_reports.undelivered(conn, tenant, created_before=before, limit=limit))

    async def rebuild(self) -> None:
        """Clear the projection and restart its consumer at the beginning of the retained log.

        Sent notifications are kept. Runs that need the projection wait until it is current again. Running servers
        notice the restart with the next event.
        """

        async def transaction(conn: AsyncConnection) -> int:
            """The cursors restart with the last rows, so that no event is applied to a partly cleared projection."""
            for shard in range(self._database.shards):
                await consumers.hold(conn, in_shard(NAME, shard))
            cleared = await projection.clear(conn, limit=CLEARED)
            for shard in () if cleared else range(self._database.shards):
                await consumers.restart(conn, NAME, shard)
            return cleared

        while await self._database.write_queue.run(transaction):
            pass

    async def _position(self, shard: int) -> int:
        async with self._database.read() as conn:
            return await consumers.position_in(conn, NAME, shard)
