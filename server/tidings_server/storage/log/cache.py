"""The log cache: the last events of the log in memory, since most of its readers follow it closely."""

from collections.abc import Collection, Sequence
from operator import itemgetter
from typing import Final

from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.shards import by_shard, shard_of
from tidings_server.storage.log.staging import StoredRow, stored

MAX_EVENTS: Final = 10_000
MAX_BYTES: Final = 16 << 20
"""Of bodies. Consumers that fall behind in a burst of large batches find their events here all the same."""

_body: Final = itemgetter(-1)


class LogCache:
    """Events without a gap, up to the last that this process has committed.

    Events of other processes are not in it: after one of those it begins anew with the next of its own.
    """

    def __init__(self, *, shares: int = 1) -> None:
        """`shares`: of so many caches that share the bounds this is one."""
        self._max_events, self._max_bytes = MAX_EVENTS // shares, MAX_BYTES // shares
        self._rows: list[StoredRow] = []
        self._next = 0
        self._bytes = 0

    def extend(self, rows: Sequence[StoredRow]) -> None:
        """Add rows that have just been committed, in order; the oldest are dropped."""
        first = rows[0][0]
        if first < self._next:
            return
        if first > self._next:
            self.clear()
        self._rows += rows
        self._next = rows[-1][0] + 1
        self._bytes += sum(map(len, map(_body, rows)))
        if len(self._rows) > self._max_events or self._bytes > self._max_bytes:
            self._make_room()

    def after(self, seq: int, limit: int, *, reaching: int) -> list[StoredEvent] | None:
        """At most `limit` events after `seq`, in order; None when the log must be read.

        `reaching`: the last event that is known of. One of another process is not in here, and whoever stood at the end
        of this would never see it.
        """
        start = seq + 1 - (self._next - len(self._rows))
        if not self._next or start < 0 or reaching >= self._next or start > len(self._rows):
            return None
        found = self._rows[start : start + limit]
        events = list(map(_event, found))
        self._rows[start : start + limit] = events
        return events

    def at(self, seqs: Collection[int]) -> list[StoredEvent] | None:
        """These events; None when the log must be read for one of them."""
        first = self._next - len(self._rows)
        if any(not first <= seq < self._next for seq in seqs):
            return None
        return [_event(self._rows[seq - first]) for seq in seqs]

    def clear(self) -> None:
        """Empty the cache, after events of the log were changed."""
        self._rows.clear()
        self._bytes = 0

    def _make_room(self) -> None:
        gone = max(len(self._rows) - self._max_events, 0)
        left = self._bytes - sum(map(len, map(_body, self._rows[:gone])))
        while left > self._max_bytes and gone < len(self._rows) - 1:
            left -= len(_body(self._rows[gone]))
            gone += 1
        del self._rows[:gone]
        self._bytes = left


class ShardedLogCache(LogCache):
    """The same of a log of several shards: a cache for each, which share the bounds."""

    def __init__(self, shards: int) -> None:
        super().__init__()
        self._caches = [LogCache(shares=shards) for _ in range(shards)]

    def extend(self, rows: Sequence[StoredRow]) -> None:
        for shard, own in by_shard(rows, lambda row: shard_of(row[0])):
            if shard < len(self._caches):
                self._caches[shard].extend(own)

    def after(self, seq: int, limit: int, *, reaching: int) -> list[StoredEvent] | None:
        """`reaching`: the last event that is known of in the same shard."""
        return self._caches[shard_of(seq)].after(seq, limit, reaching=reaching)

    def at(self, seqs: Collection[int]) -> list[StoredEvent] | None:
        found: list[StoredEvent] = []
        for shard, own in by_shard(seqs, shard_of):
            if (events := self._caches[shard].at(own)) is None:
                return None
            found += events
        return found

    def clear(self) -> None:
        for cache in self._caches:
            cache.clear()


def _event(row: StoredRow) -> StoredEvent:
    return row if isinstance(row, StoredEvent) else stored(row)
