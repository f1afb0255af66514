"""Version counters of configuration: the number of changes of one kind, by which every process notices them."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.tables import config_version


class VersionCounter:
    """The version of one kind of configuration, a row of `config_version`. Caches hold for one version."""

    def __init__(self, kind: str) -> None:
        is_ours = config_version.c.kind == kind
        self._select = select(config_version.c.version).where(is_ours)
        self._lock_shared = self._select.with_for_update(read=True)
        self._lock_exclusive = self._select.with_for_update()
        self._increment = update(config_version).where(is_ours).values(version=config_version.c.version + 1)

    async def current(self, conn: AsyncConnection) -> int:
        """The number of changes so far."""
        version: int = (await conn.execute(self._select)).scalar_one()
        return version

    async def bump(self, conn: AsyncConnection) -> None:
        """Count a change. Until the transaction ends, others that change or lock the version wait."""
        await conn.execute(self._increment)

    async def lock_shared(self, conn: AsyncConnection) -> int:
        """The version, which cannot change until the transaction ends."""
        version: int = (await conn.execute(self._lock_shared)).scalar_one()
        return version

    async def lock_exclusive(self, conn: AsyncConnection) -> None:
        """Lock the version: other transactions that change or lock it wait until this one ends."""
        await conn.execute(self._lock_exclusive)
