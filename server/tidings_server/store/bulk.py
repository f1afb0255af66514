"""Inserting many rows at once, as each driver does it fastest."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Final

from sqlalchemy import Dialect, Table
from sqlalchemy.ext.asyncio import AsyncConnection

SQLITE_VARIABLES: Final = 32_766
MAX_ROWS: Final = 1_000


async def insert_rows(
    conn: AsyncConnection, table: Table, rows: Sequence[tuple[Any, ...]], *, columns: tuple[str, ...] = ()
) -> None:
    """Insert rows that have a value for each of `columns`, by default for all, in the order of the table's columns.

    asyncpg sends them as one pipeline. SQLite gets many rows in one statement: its thread then gives up the interpreter
    lock once and not once a row, which beside a busy event loop is the difference between 300 rows/s and 12,000.
    """
    await _insert(conn, table, rows, columns=columns)


async def insert_new_rows(
    conn: AsyncConnection, table: Table, rows: Sequence[tuple[Any, ...]], *, columns: tuple[str, ...]
) -> None:
    """Insert rows as `insert_rows`, but not those that a unique constraint refuses."""
    await _insert(conn, table, rows, columns=columns, suffix=" ON CONFLICT DO NOTHING")


async def upsert_rows(
    conn: AsyncConnection, table: Table, rows: Sequence[tuple[Any, ...]], *, key: str, changed: tuple[str, ...]
) -> None:
    """Insert rows as `insert_rows`; of a row whose `key` is taken, write the columns `changed` into the one there."""
    assignments = ", ".join(f"{name} = excluded.{name}" for name in changed)
    await _insert(conn, table, rows, columns=(), suffix=f" ON CONFLICT ({key}) DO UPDATE SET {assignments}")


async def _insert(
    conn: AsyncConnection, table: Table, rows: Sequence[tuple[Any, ...]], *, columns: tuple[str, ...], suffix: str = ""
) -> None:
    if not rows:
        return
    if conn.dialect.name == "postgresql":
        await conn.exec_driver_sql(_insert_sql(conn.dialect, table, columns, 1) + suffix, list(rows))
        return
    most = min(MAX_ROWS, SQLITE_VARIABLES // len(table.c))
    start = 0
    while start < len(rows):
        left = len(rows) - start
        size = most if left >= most else 1 << left.bit_length() - 1  # powers of two: few texts to prepare
        values = tuple(chain.from_iterable(rows[start : start + size]))
        await conn.exec_driver_sql(_insert_sql(conn.dialect, table, columns, size) + suffix, values)
        start += size


@lru_cache(maxsize=256)
def _insert_sql(dialect: Dialect, table: Table, columns: tuple[str, ...], rows: int) -> str:
    """The driver's own text of an INSERT of so many rows."""
    text = str(table.insert().inline().compile(dialect=dialect, column_keys=columns or None))
    before, values, one = text.partition(" VALUES ")
    return before + values + ", ".join([one] * rows)
