"""Leased deliveries of one subscription and priority in memory, on their way from the database to the endpoint."""

from collections import deque
from collections.abc import Iterable, Iterator

from tidings_server.delivery.dispatch.endpoint_health import EndpointHealth
from tidings_server.delivery.dispatch.held_leases import HeldLeases
from tidings_server.delivery.message import Destination, Message
from tidings_server.delivery.store.deliveries import Priority
from tidings_server.delivery.store.leases import Lease, QueueKey

FIRST_LIMIT = 64
MIN_LIMIT = 8
MAX_LIMIT = 500
"""Rows that one write leases for a queue; a transaction takes no more."""

MAX_LOAD = 128
"""Messages loaded at once: an event has up to 256 KiB."""

LEASE_AHEAD_S = 2.0
"""As many deliveries are leased as were sent in about this time, so that no lease runs out unsent."""


class SubscriptionQueue:
    """Leases to be loaded, and messages to be sent.

    `has_more`: the database may hold more that is due. Hashable by identity, as fair queues require.
    """

    def __init__(self, health: EndpointHealth, priority: Priority, *, has_more: bool = True) -> None:
        self.health = health
        self.priority = priority
        self.destination: Destination | None = None
        self.has_more = has_more
        self.is_filling = False
        self._leased: deque[Lease] = deque()
        self._loaded: deque[tuple[Lease, Message]] = deque()
        self._limit = FIRST_LIMIT
        self._leased_at = 0
        self._last_leased = 0

    @property
    def tenant_id(self) -> int:
        return self.health.tenant_id

    @property
    def key(self) -> QueueKey:
        return self.health.key, self.priority

    @property
    def budget(self) -> Priority:
        """The budget that its sends take slots of: a failing subscription's first attempts wait among the retries."""
        return Priority.RETRY if self.health.is_failing else self.priority

    @property
    def is_low(self) -> bool:
        """Whether it should be filled: little is loaded, and there is more."""
        low = min(self.health.slots * self._batch, MAX_LOAD // 2)
        return not self.is_filling and len(self._loaded) < low and bool(self._leased or self.has_more)

    @property
    def is_idle(self) -> bool:
        return not (self._leased or self._loaded or self.has_more or self.is_filling)

    @property
    def spare(self) -> int:
        """Further leases that would be sent soon; none while older deliveries wait in the database."""
        return 0 if self.has_more else max(0, MAX_LOAD - len(self._leased) - len(self._loaded))

    def lease_limit(self, *, now: int) -> int:
        """Deliveries to lease before the next load; 0 while leases are left."""
        if self._leased:
            return 0
        if self.health.is_probed:
            return MIN_LIMIT
        if self._last_leased and now > self._leased_at:
            rate = self._last_leased / ((now - self._leased_at) / 1_000_000)
            self._limit = max(MIN_LIMIT, min(MAX_LIMIT, int(rate * LEASE_AHEAD_S)))
        return self._limit

    def leased(self, leases: Iterable[Lease], *, now: int, limit: int) -> None:
        """Takes in what was leased, at most `limit`. Fewer than that: there is no more for now."""
        self._leased.extend(leases)
        self._leased_at, self._last_leased = now, len(self._leased)
        self.has_more = len(self._leased) >= limit

    def hand_over(self, lease: Lease) -> None:
        """Takes in a lease from elsewhere, beyond `lease_limit`."""
        self._leased.append(lease)

    def to_load(self, limit: int) -> list[Lease]:
        """Leases to be loaded next: a few times what may be in flight, so that loads overlap with sending."""
        count = min(len(self._leased), 4 * self.health.slots * self._batch, MAX_LOAD, limit)
        return [self._leased.popleft() for _ in range(count)]

    def loaded(self, lease: Lease, message: Message) -> None:
        """Takes in a message that is ready to be sent."""
        self._loaded.append((lease, message))

    def give_back(self, lease: Lease) -> None:
        """Takes a lease back that could not be loaded, before all others."""
        self._leased.appendleft(lease)

    def held(self) -> Iterator[Lease]:
        """The leases that wait here."""
        yield from self._leased
        yield from (lease for lease, _ in self._loaded)

    def next_batch(self, limit: int, *, held: HeldLeases, now: int) -> list[tuple[Lease, Message]]:
        """Messages of the next send, at most `limit` and at most what the destination takes.

        Those whose lease could not be renewed are dropped: they are leased again.
        """
        batch: list[tuple[Lease, Message]] = []
        while self._loaded and len(batch) < min(limit, self._batch):
            lease, message = self._loaded.popleft()
            if held.is_good(lease, now=now):
                batch.append((lease, message))
        return batch

    def clear(self) -> list[Lease]:
        """Empties the queue until the database shows more; the leases to be released."""
        leases = list(self.held())
        self.has_more = False
        self._leased.clear()
        self._loaded.clear()
        self._last_leased = 0
        return leases

    @property
    def _batch(self) -> int:
        return self.destination.max_batch if self.destination else 1
