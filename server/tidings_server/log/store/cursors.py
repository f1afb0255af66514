"""Cursors of consumers, in the table that stands beside their effects."""

from sqlalchemy import BigInteger, ColumnElement, String, Table, Update, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.errors import LostRace
from tidings_server.storage.conflicts import insert_into


class CursorTable:
    """Statements on a table of the columns `consumer` and `position`."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._columns = table.c
        self._move, self._move_with_token = self._mover(), self._mover(table.c.token == bindparam("of_token"))

    def _mover(self, *criteria: ColumnElement[bool]) -> Update:
        columns = self._columns
        is_unmoved = [
            columns.consumer == bindparam("of", type_=String),
            columns.position == bindparam("old"),
            *criteria,
        ]
        mine = select(columns.consumer).where(*is_unmoved).with_for_update(skip_locked=True)
        to = bindparam("new", type_=BigInteger)
        return update(self._table).where(columns.consumer.in_(mine)).values(position=to)

    async def position(self, conn: AsyncConnection, consumer: str) -> int | None:
        """The last event that has taken effect; None if the consumer never ran."""
        query = select(self._columns.position).where(self._columns.consumer == consumer)
        return (await conn.execute(query)).scalar_one_or_none()

    async def start(self, conn: AsyncConnection, consumer: str, *, at: int, token: int | None = None) -> None:
        """Give a consumer that never ran its first position."""
        first = insert_into(self._table, conn.dialect.name).values(consumer=consumer, position=at, token=token or 0)
        await conn.execute(first.on_conflict_do_nothing())

    async def move(self, conn: AsyncConnection, consumer: str, *, old: int, new: int, token: int | None = None) -> None:
        """Move a cursor that is still at `old`. Raises LostRace when another process has moved it, or is about to.

        It does not wait for the other: what it has planned is lost in any case. With the `token` of a lease also when
        another has had the lease since.
        """
        parameters = {"of": consumer, "old": old, "new": new}
        if token is None:
            moved = await conn.execute(self._move, parameters)
        else:
            moved = await conn.execute(self._move_with_token, parameters | {"of_token": token})
        if moved.rowcount != 1:
            raise LostRace

    async def restart(self, conn: AsyncConnection, consumer: str, *, at: int = 0) -> None:
        """Send a cursor back behind event number `at`, which is 0 for the start of the first shard."""
        await conn.execute(update(self._table).where(self._columns.consumer == consumer).values(position=at))

    async def hold(self, conn: AsyncConnection, consumer: str) -> None:
        """Lock the cursor's row without moving it."""
        query = select(self._columns.position).where(self._columns.consumer == consumer)
        await conn.execute(query.with_for_update())
