"""Reading the log as it grows."""

from typing import Protocol

from tidings_server.log.recent_pages import recent_pages
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.shards import end_of


class Feed(Protocol):
    """The log as a consumer reads it."""

    def has_more(self, after: int) -> bool:
        """True where the log has events after `after`, as far as this process knows."""
        ...

    async def read(self, after: int, limit: int) -> list[StoredEvent]:
        """Events after `after`, in order, at most `limit`; empty only when there are none to be read now."""
        ...

    async def wait(self, after: int, timeout_s: float) -> int:
        """The head, as soon as it is past `after` or after `timeout_s`."""
        ...


class LogFeed:
    """The events of one shard in the order of the log. Positions are event numbers; gaps between them mean nothing."""

    def __init__(self, database: Database, shard: int = 0, *, headers_only: bool = False) -> None:
        """`headers_only`: of an event that is not in the log cache only what `log.headers` reads, which is faster."""
        self._database = database
        self._head = database.heads[shard]
        self._end = end_of(shard)
        self._headers_only = headers_only
        self._pages = recent_pages(database, shard)

    async def head(self) -> int:
        """The number of the last event."""
        return self._head.seq

    def has_more(self, after: int) -> bool:
        """True where the log has events after `after`, as far as this process knows."""
        return self._head.seq > after

    async def read(self, after: int, limit: int) -> list[StoredEvent]:
        """Events after `after`, in order, at most `limit`; empty only when there are none. Bodies of about 4 MiB."""
        events = self._database.log_cache.after(after, limit, reaching=self._head.seq)
        if events is not None:
            return events
        if not self.has_more(after):
            return []
        if not self._headers_only:
            return await self._read_shared(after, limit)
        async with self._database.read() as conn:
            return await log.headers(conn, after=after, upto=self._end, limit=limit)

    async def _read_shared(self, after: int, limit: int) -> list[StoredEvent]:
        """The same from the log, which consumers that follow one another read once."""
        async with self._pages.reading:
            found = self._pages.find(after, limit)
            if len(found) < limit:
                start = found[-1].seq if found else after
                async with self._database.read() as conn:
                    page = await log.page(conn, after=start, limit=limit, upto=self._end)
                self._pages.add(start, page)
                found += page[: limit - len(found)]
        return found

    async def wait(self, after: int, timeout_s: float) -> int:
        """The head, as soon as it is past `after` or after `timeout_s`."""
        return await self._head.wait(after, timeout_s)
