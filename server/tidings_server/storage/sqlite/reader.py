"""Reading SQLite through aiosqlite with one change of threads a statement instead of five.

SQLAlchemy's adapter opens a cursor, executes, fetches and closes it, each on the connection's thread, and rolls back
when the connection returns to its pool. Each change of threads waits for the interpreter's lock: measured, one read
beside an event loop that works 2 ms at a time takes 11 ms so and 66 ms with the library's adapter, 0.2 and 0.3 ms on an
idle one.

Leans on parts of aiosqlite and of SQLAlchemy's adapter that are not public: a test pins the versions.
"""

import sqlite3
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any, Self

import aiosqlite
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

ROWS_AT_A_TIME = 64
"""What aiosqlite fetches at a time when a cursor is iterated, which SQLAlchemy does not do."""


def aiosqlite_engine(path: Path, *, connections: int) -> AsyncEngine:
    """A pool of at most so many connections to the file `path`; each statement is a transaction of its own."""
    return create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        hide_parameters=True,  # an error would show them, and they hold secrets
        isolation_level="AUTOCOMMIT",
        pool_size=connections,
        max_overflow=0,
        pool_reset_on_return=None,
        connect_args={"async_creator_fn": _connect},
    )


class _Cursor(aiosqlite.Cursor):
    """A cursor that has read all its rows when `execute` returns."""

    _rows: Iterable[sqlite3.Row] = ()

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> "_Cursor":
        self._rows = await self._execute(partial(self._read, sql, tuple(parameters or ())))  # type: ignore[no-untyped-call]
        return self

    async def fetchall(self) -> Iterable[sqlite3.Row]:
        return self._rows

    async def close(self) -> None:
        """All rows are read, so SQLite holds nothing of it any more."""

    async def __aenter__(self) -> Self:
        return self

    def _read(self, sql: str, parameters: tuple[Any, ...]) -> list[sqlite3.Row]:
        self._cursor.execute(sql, parameters)
        return self._cursor.fetchall()


class _Connection(aiosqlite.Connection):
    async def rollback(self) -> None:
        """Nothing is open, since each statement is a transaction: one change of threads less for every reader."""

    def cursor(self) -> _Cursor:  # type: ignore[override]  # aiosqlite's own is opened on the thread
        return _Cursor(self, self._conn.cursor())


def _connect(path: str, **options: Any) -> _Connection:
    """As `aiosqlite.connect`. A cursor is opened on the caller's thread, but used on the connection's alone."""
    connection = _Connection(
        partial(sqlite3.connect, path, **{**options, "check_same_thread": False}), iter_chunk_size=ROWS_AT_A_TIME
    )
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does with connections that it makes
    return connection
