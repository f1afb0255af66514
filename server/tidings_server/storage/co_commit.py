"""An event that is stored with the next write unit of the present task, in the unit's own transaction.

So what tells of a change is there exactly if the change is, and no use case needs to know of it.
"""

from contextvars import ContextVar
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.log.events import append_in
from tidings_server.storage.log.records import EventRecord
from tidings_server.storage.transactions import Transaction

T = TypeVar("T")


class CoCommittedEvent:
    """One event that waits for its unit. Its `recorded_at` must be set."""

    def __init__(self, record: EventRecord) -> None:
        self.is_stored = False
        self._record = record

    def beside(self, unit: Transaction[T]) -> Transaction[T]:
        """The unit, with the event behind it: nobody else appends between that and the commit."""

        async def both(conn: AsyncConnection) -> T:
            result = await unit(conn)
            await append_in(conn, [self._record])
            return result

        return both


co_committed: ContextVar[CoCommittedEvent | None] = ContextVar("accompaniment", default=None)
"""What waits in the present task."""
