"""Expiry of points, also of customers who are not active any more."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.event_codec import LoyaltyEventCodec
from tidings_server.loyalty.ledger.transaction import LedgerTransaction
from tidings_server.loyalty.read_your_writes import pending_customers
from tidings_server.loyalty.store import customers, redemptions
from tidings_server.loyalty.store.redemptions import StoredRedemption
from tidings_server.platform import failpoints, heartbeats
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import Overloaded, Unavailable
from tidings_server.storage.bisection import PausedRows, bisected, set_aside
from tidings_server.storage.database import Database

BATCH: Final = 50
HOLD_DAYS: Final = 30
"""Redemptions that are neither confirmed nor voided for so long are voided: nobody remembers them."""
DAY_US: Final = 86_400_000_000
POLL_S: Final = 5.0
"""Longest delay of an expiry; points that are due cannot be spent meanwhile."""
PAUSE_S: Final = 0.5
HOLDS_S: Final = 60.0
"""Longest delay of voiding a redemption that has been held for HOLD_DAYS."""

logger = structlog.get_logger(__name__)


class ExpiryWorker:
    """Expires points that are due. Every process runs one."""

    def __init__(self, database: Database, codec: LoyaltyEventCodec, *, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._codec = codec
        self._clock = clock
        self._ids = ids
        self._paused = PausedRows(clock)
        self._next_expiry = database.look.fact("points_expire", customers.NEXT_EXPIRY)
        self._holds_at = clock.monotonic()

    async def run(self) -> None:
        """Expire points until cancelled."""
        heartbeat = heartbeats.current()
        while True:
            try:
                with heartbeat.round():
                    is_due = self._next_expiry.is_due(self._clock.now_us())
                    expired = await self.run_once() if is_due else 0
                    released = await self._release_now_and_then()
                if not expired and not released:
                    await self._clock.sleep(POLL_S)
            except (Unavailable, Overloaded) as error:
                logger.warning("loyalty.expiry_delayed", error=error.message)
                await self._clock.sleep(PAUSE_S)

    async def run_once(self) -> int:
        """Expire points of up to 50 customers; the number of customers.

        A customer with pending events is skipped: an order recorded before the expiry restarts the inactivity period,
        however late it is processed. One whose points cannot be expired is paused; the others' are.
        """
        now_us = self._clock.now_us()
        paused = self._paused.active()
        async with self._database.read() as conn:
            keys = await customers.with_due_points(conn, now_us=now_us, limit=BATCH + len(paused))
            due = {row.key: (row.tenant_id, row.id) for row in (await customers.by_keys(conn, keys)).values()}
            pending = await pending_customers(conn, set(due.values()))
        ready = [key for key, customer in due.items() if customer not in pending and key not in paused]
        await bisected(ready, partial(self._expire, now_us=now_us), refused=self._pause)
        return len(ready)

    async def _release_now_and_then(self) -> int:
        if self._clock.monotonic() < self._holds_at:
            return 0
        released = await self.release_holds()
        if not released:
            self._holds_at = self._clock.monotonic() + HOLDS_S
        return released

    async def release_holds(self) -> int:
        """Void redemptions that have been held for HOLD_DAYS, up to 50; their number."""
        before_us = self._clock.now_us() - HOLD_DAYS * DAY_US
        async with self._database.read() as conn:
            old = await redemptions.held_before(conn, before_us, limit=BATCH)
        await bisected(
            [each for each in old if each.customer_key not in self._paused.active()],
            self._release,
            refused=self._pause_holder,
        )
        return len(old)

    async def _release(self, old: Sequence[StoredRedemption]) -> None:
        async def release(conn: AsyncConnection) -> None:
            now_us, keys = self._clock.now_us(), {each.customer_key for each in old}
            transaction = await LedgerTransaction.begin(
                conn, keys, codec=self._codec, new_id=self._ids.uuid7, now_us=now_us
            )
            for each in old:  # again, now that their customers are locked
                for stored in (await redemptions.find(conn, each.tenant_id, [each.event_id])).values():
                    await transaction.release(stored)
            await transaction.write()

        await self._database.write_queue.run(release)

    async def _pause_holder(self, old: StoredRedemption, error: Exception) -> None:
        await self._pause(old.customer_key, error)

    async def _expire(self, keys: Sequence[int], *, now_us: int) -> None:
        async def expire(conn: AsyncConnection) -> None:
            transaction = await LedgerTransaction.begin(
                conn, keys, codec=self._codec, new_id=self._ids.uuid7, now_us=now_us
            )
            await transaction.load_open_lots(keys)
            for key in keys:
                transaction.expire(key, now_us)
            failpoints.hit("expiry.decided")
            await transaction.write()

        await self._database.write_queue.run(expire)

    async def _pause(self, key: int, error: Exception) -> None:
        set_aside("loyalty_expiry", error, customer=key)
        self._paused.add(key)
