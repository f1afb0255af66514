"""Co-committed events: an event that is appended in the next write transaction of the present task.

An audit event so is in the log exactly if the change that it records is stored, and no use case needs to know of it.
"""

from contextvars import ContextVar
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.log.events import append_in
from tidings_server.storage.log.records import EventRecord
from tidings_server.storage.transactions import Transaction

T = TypeVar("T")


class CoCommittedEvent:
    """One event that waits for a transaction. Its `recorded_at` must be set."""

    def __init__(self, record: EventRecord) -> None:
        self.is_stored = False
        self._record = record

    def beside(self, transaction: Transaction[T]) -> Transaction[T]:
        """The transaction, with the append of the event last: no other append comes between that and the commit."""

        async def both(conn: AsyncConnection) -> T:
            result = await transaction(conn)
            await append_in(conn, [self._record])
            return result

        return both


co_committed: ContextVar[CoCommittedEvent | None] = ContextVar("co_committed", default=None)
"""The event that waits in the present task."""
