"""Events of a producer: those that wait, those that were sent and are not acknowledged, those that are put off."""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from tidings.collector.v1.events_pb2 import Event
from tidings.collector.v1.publishing_pb2 import PublishWindow

MAX_EVENTS = 10_000
MAX_BYTES = 16 << 20

# Of one message; the server takes 1,000 events and 1 MiB.
MESSAGE_EVENTS = 500
MESSAGE_BYTES = 512 << 10


@dataclass(frozen=True, slots=True)
class Published:
    """A stored event. `is_duplicate`: it had been stored before, under the same id."""

    id: str
    is_duplicate: bool


@dataclass(slots=True, eq=False)
class Entry:
    """An event with its size in bytes, the instant (monotonic seconds) at which it is given up, and its outcome."""

    event: Event
    until: float
    size: int = field(init=False)
    outcome: "asyncio.Future[Published]" = field(init=False)

    def __post_init__(self) -> None:
        self.size = self.event.ByteSize()
        self.outcome = asyncio.get_running_loop().create_future()
        self.outcome.add_done_callback(_seen)

    def settle(self, outcome: Published) -> None:
        """Hand over the outcome, unless there is one."""
        if not self.outcome.done():
            self.outcome.set_result(outcome)


class Outbox:
    """Entries in the order in which they are to be stored."""

    def __init__(self) -> None:
        self._waiting: deque[Entry] = deque()
        self._sent: deque[Entry] = deque()
        self._sent_bytes = 0
        self._put_off: list[tuple[float, Entry]] = []
        self._bytes = 0

    def __iter__(self) -> Iterator[Entry]:
        return chain(self._sent, self._waiting, (entry for _, entry in self._put_off))

    def __len__(self) -> int:
        return len(self._sent) + len(self._waiting) + len(self._put_off)

    @property
    def is_full(self) -> bool:
        """Whether there is no room for one more."""
        return len(self) >= MAX_EVENTS or self._bytes >= MAX_BYTES

    @property
    def has_sent(self) -> bool:
        """Whether acknowledgements are to come."""
        return bool(self._sent)

    @property
    def due_at(self) -> float | None:
        """Instant at which the next event that was put off is to be sent."""
        return min((at for at, _ in self._put_off), default=None)

    def add(self, entry: Entry) -> None:
        """Add an entry that is to be sent."""
        self._waiting.append(entry)
        self._bytes += entry.size

    def next_message(self, window: PublishWindow, now: float) -> list[Event]:
        """The events to be sent next, as far as the window allows; they count as sent."""
        self._recall(now)
        events: list[Event] = []
        size = 0
        while self._waiting and len(events) < MESSAGE_EVENTS and len(self._sent) < window.events:
            entry = self._waiting[0]
            if self._sent and self._sent_bytes + entry.size > window.bytes:
                break
            if events and size + entry.size > MESSAGE_BYTES:
                break
            self._sent.append(self._waiting.popleft())
            self._sent_bytes += entry.size
            size += entry.size
            events.append(entry.event)
        return events

    def acknowledged(self) -> Entry:
        """The entry whose acknowledgement is next to come, which leaves."""
        entry = self._sent.popleft()
        self._sent_bytes -= entry.size
        self._bytes -= entry.size
        return entry

    def put_off(self, entry: Entry, until: float) -> None:
        """Take an entry back, to be sent again at an instant."""
        self._put_off.append((until, entry))
        self._bytes += entry.size

    def rewind(self) -> None:
        """Let all that was sent be sent again, first."""
        self._waiting.extendleft(reversed(self._sent))
        self._sent.clear()
        self._sent_bytes = 0

    def expired(self, now: float) -> list[Entry]:
        """The entries that are given up by now, which leave; call it while nothing is sent."""
        self.rewind()
        gone = [entry for entry in self if entry.until <= now]
        self._waiting = deque(entry for entry in self._waiting if entry.until > now)
        self._put_off = [(at, entry) for at, entry in self._put_off if entry.until > now]
        self._bytes -= sum(entry.size for entry in gone)
        return gone

    def clear(self) -> list[Entry]:
        """All entries, which leave."""
        entries = list(self)
        self._waiting.clear()
        self._sent.clear()
        self._put_off.clear()
        self._sent_bytes = self._bytes = 0
        return entries

    def _recall(self, now: float) -> None:
        due = [entry for at, entry in self._put_off if at <= now]
        if due:
            self._put_off = [(at, entry) for at, entry in self._put_off if at > now]
            self._waiting.extendleft(reversed(due))


def _seen(outcome: "asyncio.Future[Published]") -> None:
    """Look at an error that nobody may ask for."""
    if not outcome.cancelled():
        outcome.exception()
