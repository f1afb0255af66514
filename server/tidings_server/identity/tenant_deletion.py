"""Deletion of tenants with all their rows, in bounded transactions, while the server runs."""

from functools import partial
from typing import Final

import structlog

from tidings_server.identity.store import tenant_deletion, tenants
from tidings_server.identity.store.tenants import Tenant
from tidings_server.identity.tenants import DELETING
from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Overloaded, Unavailable
from tidings_server.storage.bisection import is_transient, set_aside
from tidings_server.storage.database import Database
from tidings_server.storage.tables import metadata, search_metadata

EVERY_S: Final = 2.0
ROWS: Final = 200
"""Rows of one transaction, so that others do not wait long behind it."""

logger = structlog.get_logger(__name__)


class TenantDeletion:
    """Empties the tables of tenants that are being deleted. `run` it; several processes may."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._leaving = database.look.fact("tenants_deleting", tenants.has_any_in(DELETING))

    async def run(self) -> None:
        """Delete tenants, until cancelled."""
        heartbeat = heartbeats.current()
        while True:
            try:
                with heartbeat.round():
                    if self._leaving.allows(bool):
                        await self.run_once()
            except (Unavailable, Overloaded) as error:
                logger.warning("tenant_removal_waits", error=error.message)
            await self._clock.sleep(EVERY_S)

    async def run_once(self) -> None:
        """One pass over every tenant that is being deleted.

        A tenant goes with the first pass that finds nothing of it: what was under way during the one before (an event
        in a consumer, a delivery) has ended by then.
        """
        async with self._database.read() as conn:
            leaving = await tenants.tenants_in(conn, DELETING)
        for tenant in leaving:
            try:
                await self._remove(tenant)
            except Exception as error:
                if is_transient(error):
                    raise
                set_aside("tenant_deletion", error, tenant=tenant.number)

    async def _remove(self, tenant: Tenant) -> None:
        if await self._empty(tenant.number) == 0:
            await self._database.write_queue.run(partial(tenant_deletion.remove, number=tenant.number))
            logger.info("tenant_removed", tenant=tenant.id)

    async def _empty(self, number: int) -> int:
        """Delete a tenant's rows; gives their number."""
        lane, search = self._database.write_queue, self._database.search_writer
        await lane.run(lambda conn: tenant_deletion.stop(conn, number))
        removed = 0
        for tables, write in ((metadata, lane.run), (search_metadata, search.run)):
            for table in tenant_deletion.tables_of(tables):
                while count := await write(partial(tenant_deletion.empty, table=table, number=number, limit=ROWS)):
                    removed += count
                    heartbeats.current().beat()
        self._database.log_cache.clear()
        return removed
