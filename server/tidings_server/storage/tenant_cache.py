"""What is held in memory for each tenant until any of it has changed."""

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Collection, Mapping
from typing import Final, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")

MAX_TENANTS: Final = 1_000
"""Tenants for which something is held; those not asked for longest go first."""


class TenantCache(ABC, Generic[T]):
    """One `T` a tenant, read when it is first asked for."""

    def __init__(self) -> None:
        self._version = -1
        self._held: OrderedDict[int, T] = OrderedDict()

    async def at(self, conn: AsyncConnection, tenants: Collection[int], *, version: int) -> Mapping[int, T]:
        """What these tenants have now; `version` is how often any tenant's has changed."""
        if version != self._version:
            self._held.clear()
            self._version = version
        missing = [tenant for tenant in tenants if tenant not in self._held]
        if missing:
            self._held.update(await self._read(conn, missing))
        for tenant in tenants:
            self._held.move_to_end(tenant)
        wanted = {tenant: self._held[tenant] for tenant in tenants}
        while len(self._held) > MAX_TENANTS:
            self._held.popitem(last=False)
        return wanted

    @abstractmethod
    async def _read(self, conn: AsyncConnection, tenants: Collection[int]) -> Mapping[int, T]:
        """What is stored of each of these tenants."""
