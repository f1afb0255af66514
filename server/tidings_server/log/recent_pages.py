"""Pages of the log that were read a moment ago: consumers that have fallen behind the log cache follow one another."""

import asyncio
from bisect import bisect_right
from collections import deque
from operator import itemgetter
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from tidings_server.storage.database import Database
from tidings_server.storage.log.records import StoredEvent

KEPT_S: Final = 2.0
"""As old as this what a consumer works on may be anyhow, when an event is erased."""
MAX_PAGES: Final = 16
MAX_BYTES: Final = 8 << 20
"""Of bodies."""

_seq: Final = itemgetter(0)


class _Page(NamedTuple):
    """The events after a position, up to the last of them; all that were there."""

    after: int
    events: list[StoredEvent]
    size: int
    read_at: float

    @property
    def last(self) -> int:
        return self.events[-1].seq


class RecentPages:
    """The last pages, at most `MAX_PAGES` and `MAX_BYTES` of bodies, for `KEPT_S`. Hold `reading` to find and add."""

    def __init__(self) -> None:
        self.reading = asyncio.Lock()
        self._pages: deque[_Page] = deque()
        self._bytes = 0

    def find(self, after: int, limit: int) -> list[StoredEvent]:
        """At most `limit` events after a position, in order and without a gap; empty where none of them was read."""
        self._drop_old()
        found: list[StoredEvent] = []
        while len(found) < limit:
            page = next((page for page in self._pages if page.after <= after < page.last), None)
            if page is None:
                break
            start = bisect_right(page.events, after, key=_seq)
            found += page.events[start : start + limit - len(found)]
            after = found[-1].seq
        return found

    def add(self, after: int, events: list[StoredEvent]) -> None:
        """Keep a page that was just read."""
        if events:
            page = _Page(after, events, sum(len(event.body) for event in events), asyncio.get_running_loop().time())
            self._pages.append(page)
            self._bytes += page.size
            self._drop_old()

    def _drop_old(self) -> None:
        oldest = asyncio.get_running_loop().time() - KEPT_S
        while self._pages and (
            self._pages[0].read_at < oldest or len(self._pages) > MAX_PAGES or self._bytes > MAX_BYTES
        ):
            self._bytes -= self._pages.popleft().size


def recent_pages(database: Database, shard: int) -> RecentPages:
    """Pages of one shard of a database, the same for all consumers of it."""
    return _PAGES.setdefault(database, {}).setdefault(shard, RecentPages())


_PAGES: Final[WeakKeyDictionary[Database, dict[int, RecentPages]]] = WeakKeyDictionary()
