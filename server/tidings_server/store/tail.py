"""The last events of the log, kept in memory: most of its readers follow it closely and need no others."""

from collections.abc import Sequence
from itertools import islice

from tidings_server.store.log import PAGE_BYTES, StoredRow, stored
from tidings_server.store.records import StoredEvent

MAX_EVENTS = 2_000


class Tail:
    """Events without a gap, up to the last that this process has committed.

    Events of other processes are not in it: after one of those it begins anew with the next of its own.
    """

    def __init__(self) -> None:
        self._events: dict[int, StoredRow] = {}
        self._last = -1
        self._bytes = 0

    def extend(self, rows: Sequence[StoredRow]) -> None:
        """Take in rows that have just been committed, in order; the oldest make room for them."""
        first, last = rows[0][0], rows[-1][0]
        if first <= self._last:
            return
        if first != self._last + 1:
            self.clear()
        self._events.update((row[0], row) for row in rows)
        self._last = last
        self._bytes += sum(len(row[-1]) for row in rows)
        while len(self._events) > MAX_EVENTS or (self._bytes > PAGE_BYTES and len(self._events) > 1):
            self._bytes -= len(self._events.pop(next(iter(self._events)))[-1])

    def after(self, seq: int, limit: int, *, reaching: int = 0) -> list[StoredEvent] | None:
        """At most `limit` events after `seq`, in order; None when the log must be asked.

        `reaching`: an event that the caller has seen in the database, which may be ahead of this for a moment.
        """
        if reaching > self._last:
            return None
        if seq + 1 not in self._events:
            return [] if seq == self._last else None
        return list(map(self._at, islice(range(seq + 1, self._last + 1), limit)))

    def clear(self) -> None:
        """Forget all: the log has been changed."""
        self._events.clear()
        self._bytes = 0

    def _at(self, seq: int) -> StoredEvent:
        """The event, made of its row when it is first asked for."""
        row = self._events[seq]
        if not isinstance(row, StoredEvent):
            row = self._events[seq] = stored(row)
        return row
