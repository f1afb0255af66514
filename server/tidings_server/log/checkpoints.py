"""Checkpoint stores: where a consumer's cursor is committed, in one transaction with the consumer's effects.

Most effects stand beside the log. The search projections have a file of their own on SQLite, `search.db`, with a writer
of its own, so that their many indexes slow down no append; their cursors stand there too.
"""

from collections.abc import Awaitable, Callable
from typing import ClassVar, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.store import consumers, search
from tidings_server.log.store.cursors import CursorTable
from tidings_server.storage.database import Database
from tidings_server.storage.transactions import Transaction


class CheckpointStore(Protocol):
    """The table of a consumer's cursor, and the writer of that table and of the consumer's effects."""

    cursors: ClassVar[CursorTable]
    is_beside_log: ClassVar[bool]
    """Whether failed events can be written in the same transaction."""

    async def position(self, consumer: str) -> int | None:
        """The last event that has taken effect; None if the consumer never ran."""
        ...

    async def run(self, transaction: Transaction[None], *, is_repeatable: bool = False) -> None:
        """Carry out and commit a transaction; one that is repeatable as by `WriteQueue.run`."""
        ...


class LogCheckpoints:
    """Cursors beside the log; effects go through the write queue."""

    cursors: ClassVar[CursorTable] = consumers.CURSORS
    is_beside_log: ClassVar[bool] = True

    def __init__(self, database: Database) -> None:
        self._database = database

    async def position(self, consumer: str) -> int | None:
        async with self._database.read() as conn:
            return await self.cursors.position(conn, consumer)

    async def run(self, transaction: Transaction[None], *, is_repeatable: bool = False) -> None:
        await self._database.write_queue.run(transaction, is_repeatable=is_repeatable)


IsAhead = Callable[[AsyncConnection, AsyncConnection], Awaitable[bool]]
"""Whether a projection (first connection) has passed the end of the log (second connection)."""


class SearchCheckpoints:
    """Cursors beside the search projections, which can be thrown away and are then filled again."""

    cursors: ClassVar[CursorTable] = search.CURSORS
    is_beside_log: ClassVar[bool] = False

    def __init__(self, database: Database, *, is_ahead: IsAhead, start_over: Transaction[None]) -> None:
        """`start_over` empties a projection that `is_ahead` of the log: such a one was made from another log."""
        self._database = database
        self._is_ahead = is_ahead
        self._start_over = start_over

    async def position(self, consumer: str) -> int | None:
        async with self._database.read_search() as projection, self._database.read() as log:
            is_ahead = await self._is_ahead(projection, log)
        if is_ahead:
            await self.run(self._start_over)
        async with self._database.read_search() as conn:
            return await self.cursors.position(conn, consumer)

    async def run(self, transaction: Transaction[None], *, is_repeatable: bool = False) -> None:  # noqa: ARG002 - all of the file is
        await self._database.search_writer.run(transaction)
