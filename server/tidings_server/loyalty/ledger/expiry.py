"""Expiry: points whose time has come go, also of customers who do nothing any more."""

from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.event_codec import LoyaltyBodies
from tidings_server.loyalty.ledger.transaction import Posting
from tidings_server.loyalty.read_your_writes import behind
from tidings_server.loyalty.store import customers
from tidings_server.platform import failpoints
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import Overloaded, Unavailable
from tidings_server.storage.database import Database

BATCH: Final = 50
LOOK_S: Final = 5.0
"""How late points may go; they cannot be spent meanwhile."""
PAUSE_S: Final = 0.5

logger = structlog.get_logger(__name__)


class Expiry:
    """Lets points go. `run` it, in every process."""

    def __init__(self, database: Database, bodies: LoyaltyBodies, *, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._bodies = bodies
        self._clock = clock
        self._ids = ids

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                if not await self.run_once():
                    await self._clock.sleep(LOOK_S)
            except (Unavailable, Overloaded) as error:
                logger.warning("expiry_waits", error=error.message)
                await self._clock.sleep(PAUSE_S)

    async def run_once(self) -> int:
        """Look at up to 50 customers some of whose points are due; how many there were.

        A customer whose events are still to take effect is left for later: an order before the end keeps idle points
        alive, however late it is looked at.
        """
        now_us = self._clock.now_us()
        async with self._database.read() as conn:
            keys = await customers.due(conn, now_us=now_us, limit=BATCH)
            names = {row.key: (row.tenant_id, row.id) for row in (await customers.by_keys(conn, keys)).values()}
            late = await behind(conn, set(names.values())) if names else set()
        ready = [key for key, name in names.items() if name not in late]
        if not ready:
            return 0

        async def unit(conn: AsyncConnection) -> int:
            posting = await Posting.of(conn, ready, bodies=self._bodies, new_id=self._ids.uuid7, now_us=now_us)
            await posting.open(ready)
            for key in ready:
                posting.expire(key, now_us)
            failpoints.hit("expiry.decided")
            await posting.write()
            return len(ready)

        return await self._database.write_queue.run(unit)
