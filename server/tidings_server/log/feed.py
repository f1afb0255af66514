"""Reading the log as it grows."""

from typing import Protocol

from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import StoredEvent


class Feed(Protocol):
    """The log as a consumer reads it."""

    async def read(self, after: int, limit: int) -> list[StoredEvent]:
        """Events after `after`, in order, at most `limit`; empty only when there are none to be read now."""
        ...

    async def wait(self, after: int, timeout_s: float) -> int:
        """The head, as soon as it is past `after` or after `timeout_s`."""
        ...


class LogFeed:
    """All tenants' events in the order of the log. Positions are event numbers; gaps between them mean nothing."""

    def __init__(self, database: Database, *, headers_only: bool = False) -> None:
        """`headers_only`: of an event that is not in the log cache only what `log.headers` reads, which is faster."""
        self._database = database
        self._headers_only = headers_only

    async def head(self) -> int:
        """The number of the last event."""
        return self._database.head.seq

    async def read(self, after: int, limit: int) -> list[StoredEvent]:
        """Events after `after`, in order, at most `limit`; empty only when there are none. Bodies of about 4 MiB."""
        events = self._database.log_cache.after(after, limit, reaching=self._database.head.seq)
        if events is not None:
            return events
        if self._database.head.seq <= after:
            return []
        async with self._database.read() as conn:
            if self._headers_only:
                return await log.headers(conn, after=after, limit=limit)
            return await log.page(conn, after=after, limit=limit)

    async def wait(self, after: int, timeout_s: float) -> int:
        """The head, as soon as it is past `after` or after `timeout_s`."""
        return await self._database.head.wait(after, timeout_s)
