"""Writers, which carry out write transactions: one thread and connection on SQLite, a pool on PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tidings_server.storage.sqlite.engines import WriteLock
from tidings_server.storage.sqlite.prepared import WriterConnection

_OVERTAKEN = frozenset({"40P01", "23505"})
"""A deadlock, and a unique key that another transaction has taken since this one looked."""
RUNS_AGAIN = 2

T = TypeVar("T")
Transaction = Callable[[AsyncConnection], Awaitable[T]]
"""The statements of one transaction. It awaits nothing but its connection, and on SQLite it runs on the writer's own
thread: it works on what was prepared before and touches nothing of the event loop."""


class Writer(Protocol):
    """Runs write transactions, one at a time for one caller."""

    async def run(self, transaction: Transaction[T], *, is_repeatable: bool = False) -> T:
        """Begin, `transaction`, commit; rolled back whole when `transaction` raises.

        An `is_repeatable` one may be lost in a power cut, with all that came after it, and with nothing before.
        """
        ...

    async def close(self) -> None: ...


class SqliteWriter:
    """One connection on one thread. Each transaction takes that thread once, from BEGIN IMMEDIATE to COMMIT.

    A repeatable one does not wait for the disk: the next that does, or the next checkpoint, takes it along.
    Where other processes write the same file, all take the same lock.
    """

    def __init__(self, engine: AsyncEngine, name: str, lock: WriteLock | None = None) -> None:
        self._engine = engine
        self._lock = lock or WriteLock(None)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._connection: WriterConnection | None = None
        self._is_lazy = False

    async def run(self, transaction: Transaction[T], *, is_repeatable: bool = False) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: _at_once(self._begin(transaction, is_repeatable)))

    async def _begin(self, transaction: Transaction[T], is_lazy: bool) -> T:  # noqa: FBT001 - its only caller names it
        if self._connection is None:
            self._connection = await WriterConnection(self._engine).start()
            self._is_lazy = False
        if is_lazy != self._is_lazy:
            await self._connection.exec_driver_sql(f"PRAGMA synchronous = {'NORMAL' if is_lazy else 'FULL'}")
            self._is_lazy = is_lazy
        with self._lock:
            async with self._connection.writing() as conn:
                return await transaction(conn)

    async def close(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, lambda: _at_once(self._disconnect()))
        self._thread.shutdown()

    async def _disconnect(self) -> None:
        if self._connection is not None:
            await self._connection.close()
        await self._engine.dispose()
        self._lock.close()


class PostgresWriter:
    """A connection of the pool for each transaction; row locks order those that meet.

    One that another has overtaken runs anew, at most twice, and finds what the other has stored: it has looked whether
    a key is taken before it took it, which at READ COMMITTED says nothing about the moment after. Of two that wait for
    each other PostgreSQL ends one, which runs anew too.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def run(self, transaction: Transaction[T], *, is_repeatable: bool = False) -> T:  # noqa: ARG002 - a round trip more, for a commit that others wait for anyway
        return await _unless_overtaken(lambda: self._begin(transaction))

    async def run_apart(self, statements: Transaction[T]) -> T:
        """Carry out statements of which each is a transaction of its own; again from the first if one is overtaken."""
        return await _unless_overtaken(lambda: self._connect(statements))

    async def _connect(self, statements: Transaction[T]) -> T:
        async with self._autocommit.connect() as connection:
            return await statements(connection)

    async def _begin(self, transaction: Transaction[T]) -> T:
        async with self._engine.begin() as connection:
            return await transaction(connection)

    async def close(self) -> None:
        """The engine belongs to the database."""


async def _unless_overtaken(attempt: Callable[[], Awaitable[T]]) -> T:
    for _ in range(RUNS_AGAIN):
        try:
            return await attempt()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _OVERTAKEN:
                raise
    return await attempt()


def _at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never suspends; RuntimeError for one that does."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]  # StopIteration.value is Any
    coroutine.close()
    raise RuntimeError("A write transaction awaited something other than its connection.")
