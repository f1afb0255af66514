"""Pages of tables whose rows have an id and a time of creation, the newest row first."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, Table, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.errors import InvalidInput


async def page(
    conn: AsyncConnection, query: Select[Any], table: Table, *, after: str, limit: int
) -> Sequence[Row[Any]]:
    """The newest rows of a query on `table`, older than the one with the id `after`, which is empty for the first page.

    Raises InvalidInput where the query has no row with that id.
    """
    key = (table.c.created_at, table.c.id)
    if after:
        last = (await conn.execute(query.with_only_columns(*key).where(table.c.id == after))).first()
        if last is None:
            raise InvalidInput.of("after", "must be the `next` of a page")
        query = query.where(tuple_(*key) < tuple_(*last))
    found = await conn.execute(query.order_by(*(column.desc() for column in key)).limit(limit))
    return list(found)
