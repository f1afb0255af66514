"""Quotas of tenants as the operator reads and replaces them."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store import subscriptions
from tidings_server.identity.quotas import MAX_NUMBER
from tidings_server.identity.store import quotas
from tidings_server.identity.store import tenants as identity
from tidings_server.identity.store.quotas import Quota, Usage
from tidings_server.identity.tenants import Tenants
from tidings_server.platform.errors import InvalidInput
from tidings_server.storage.database import Database

MAX_BYTES: Final = 2**53


@dataclass(frozen=True, slots=True)
class QuotaStatus:
    """A tenant's own quota, and its usage."""

    quota: Quota
    used: Usage
    subscriptions: int


class TenantQuotas:
    """Quotas and usage, read and replaced by the operator."""

    def __init__(self, database: Database, tenants: Tenants) -> None:
        self._database = database
        self._tenants = tenants

    async def get(self, tenant: str) -> QuotaStatus:
        """A tenant's quota and usage. Raises NotFound."""
        number = (await self._tenants.get(tenant)).number
        async with self._database.read() as conn:
            return QuotaStatus(
                await quotas.quota(conn, number),
                await quotas.usage_of(conn, number),
                await subscriptions.count(conn, number),
            )

    async def put(self, tenant: str, quota: Quota) -> QuotaStatus:
        """Replace a tenant's quota. Raises NotFound, InvalidInput."""
        _check(quota)
        number = (await self._tenants.get(tenant)).number

        async def transaction(conn: AsyncConnection) -> None:
            await identity.bump(conn)
            await quotas.put_quota(conn, number, quota)

        await self._database.write_queue.run(transaction)
        return await self.get(tenant)


def _check(quota: Quota) -> None:
    bounds = {"eventsPerSecond": MAX_NUMBER, "subscriptions": MAX_NUMBER, "storageBytes": MAX_BYTES}
    values = (quota.events_per_second, quota.subscriptions, quota.storage_bytes)
    for (name, most), value in zip(bounds.items(), values, strict=True):
        if value is not None and not 0 <= value <= most:
            raise InvalidInput.of(name, f"must be 0 to {most:,}", "a number")
