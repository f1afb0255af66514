"""Cursors of consumers, in the table that stands beside their effects."""

from sqlalchemy import Table, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.errors import LostRace


class CursorTable:
    """Statements on a table of the columns `consumer` and `position`."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._columns = table.c

    async def position(self, conn: AsyncConnection, consumer: str) -> int | None:
        """The last event that has taken effect; None if the consumer never ran."""
        query = select(self._columns.position).where(self._columns.consumer == consumer)
        return (await conn.execute(query)).scalar_one_or_none()

    async def start(self, conn: AsyncConnection, consumer: str, *, at: int) -> None:
        """Give a consumer that never ran its first position."""
        dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
        first = dialect.insert(self._table).values(consumer=consumer, position=at)
        await conn.execute(first.on_conflict_do_nothing())

    async def move(self, conn: AsyncConnection, consumer: str, *, old: int, new: int) -> None:
        """Move a cursor that is still at `old`. Raises LostRace when another process has moved it."""
        is_unmoved = (self._columns.consumer == consumer, self._columns.position == old)
        moved = await conn.execute(update(self._table).where(*is_unmoved).values(position=new))
        if moved.rowcount != 1:
            raise LostRace

    async def restart(self, conn: AsyncConnection, consumer: str) -> None:
        """Send a cursor back to the start of the log."""
        await conn.execute(update(self._table).where(self._columns.consumer == consumer).values(position=0))

    async def hold(self, conn: AsyncConnection, consumer: str) -> None:
        """Lock the cursor's row without moving it."""
        query = select(self._columns.position).where(self._columns.consumer == consumer)
        await conn.execute(query.with_for_update())
