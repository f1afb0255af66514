"""A cache of configuration by tenant, cleared when the configuration of any tenant has changed."""

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Collection, Mapping
from typing import Final, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")

MAX_TENANTS: Final = 1_000
"""Tenants for which something is held; the least recently used go first."""


class TenantCache(ABC, Generic[T]):
    """One `T` a tenant, read at its first use."""

    def __init__(self) -> None:
        self._version = -1
        self._held: OrderedDict[int, T] = OrderedDict()

    async def at(self, conn: AsyncConnection, tenants: Collection[int], *, version: int) -> Mapping[int, T]:
        """The current values of these tenants; `version` counts the changes of all tenants' configuration."""
        if version != self._version:
            self._held.clear()
            self._version = version
        missing = [tenant for tenant in tenants if tenant not in self._held]
        if missing:
            self._held.update(await self._read(conn, missing))
        for tenant in tenants:
            self._held.move_to_end(tenant)
        values = {tenant: self._held[tenant] for tenant in tenants}
        while len(self._held) > MAX_TENANTS:
            self._held.popitem(last=False)
        return values

    @abstractmethod
    async def _read(self, conn: AsyncConnection, tenants: Collection[int]) -> Mapping[int, T]:
        """Read the values of these tenants from the database."""
