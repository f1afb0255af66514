"""Usage of tenants in retention: it falls by the events that are removed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.store import quotas
from tidings_server.identity.store.quotas import Usage
from tidings_server.log.store.retention import RetentionPort


class UsageRetention(RetentionPort):
    """The counted events and bytes of each tenant."""

    @asynccontextmanager
    async def around(self, conn: AsyncConnection, *, after: int, upto: int) -> AsyncIterator[None]:
        before = await quotas.measured(conn, after=after, upto=upto)
        yield
        left = await quotas.measured(conn, after=after, upto=upto)
        await quotas.lessen(conn, {tenant: _less(had, left.get(tenant, Usage())) for tenant, had in before.items()})


def _less(had: Usage, has: Usage) -> Usage:
    return Usage(had.events - has.events, had.bytes - has.bytes)
