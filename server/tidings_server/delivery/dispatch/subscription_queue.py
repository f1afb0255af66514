"""One subscription's work in one lane, between the outbox and the wire."""

from collections import deque
from collections.abc import Iterable

from tidings_server.delivery.dispatch.endpoint_health import Subscriber
from tidings_server.delivery.dispatch.port import Claim, Lane, Want
from tidings_server.delivery.message import Destination, Sending

FIRST_CLAIM = 64
MIN_CLAIM = 8
MAX_CLAIM = 500
"""Rows of one claim; a unit of the store takes no more."""

MAX_LOAD = 128
"""Messages loaded at once: an event has up to 256 KiB."""

SEND_US = 50_000_000
"""Longer than any send takes; what is left of a lease when its message goes out."""

CLAIM_AHEAD_S = 2.0
"""A claim is as large as what was sent in about this time, so that its lease does not run out unsent."""


class Stream:
    """Claims that wait to be loaded, and messages that wait to be sent.

    `has_more`: the outbox may hold more that is due. Hashable by identity, as rotations want it.
    """

    def __init__(self, subscriber: Subscriber, lane: Lane, *, has_more: bool = True) -> None:
        self.subscriber = subscriber
        self.lane = lane
        self.destination: Destination | None = None
        self.has_more = has_more
        self.is_filling = False
        self._claimed: deque[Claim] = deque()
        self._loaded: deque[tuple[Claim, Sending]] = deque()
        self._limit = FIRST_CLAIM
        self._claimed_at = 0
        self._last_claim = 0

    @property
    def tenant(self) -> int:
        return self.subscriber.tenant

    @property
    def budget(self) -> Lane:
        """Whose slots its sends take: a failing subscription's first attempts wait among the retries."""
        return Lane.RETRY if self.subscriber.is_failing else self.lane

    @property
    def is_hungry(self) -> bool:
        """Whether it should be filled: little is loaded, and there is more."""
        low = min(self.subscriber.slots * self._batch, MAX_LOAD // 2)
        return not self.is_filling and len(self._loaded) < low and bool(self._claimed or self.has_more)

    @property
    def is_idle(self) -> bool:
        return not (self._claimed or self._loaded or self.has_more or self.is_filling)

    @property
    def spare(self) -> int:
        """Further claims that would be sent soon; none while older deliveries wait in the outbox."""
        return 0 if self.has_more else max(0, MAX_LOAD - len(self._claimed) - len(self._loaded))

    def want(self, *, now: int) -> Want | None:
        """What to claim before the next load; None while claims are left."""
        if self._claimed:
            return None
        if self._last_claim and now > self._claimed_at:
            rate = self._last_claim / ((now - self._claimed_at) / 1_000_000)
            self._limit = max(MIN_CLAIM, min(MAX_CLAIM, int(rate * CLAIM_AHEAD_S)))
        return Want(self.subscriber.key, self.lane, self._limit)

    def claimed(self, claims: Iterable[Claim], *, now: int, wanted: int) -> None:
        """Takes in the answer to a claim for `wanted`. Fewer: there is no more for now."""
        self._claimed.extend(claims)
        self._claimed_at, self._last_claim = now, len(self._claimed)
        self.has_more = len(self._claimed) >= wanted

    def handed(self, claim: Claim) -> None:
        """Takes in a claim that was not asked for with `want`."""
        self._claimed.append(claim)

    def to_load(self, limit: int) -> list[Claim]:
        """Claims to be loaded next: a few times what may be in flight, so that loads overlap with sending."""
        count = min(len(self._claimed), 4 * self.subscriber.slots * self._batch, MAX_LOAD, limit)
        return [self._claimed.popleft() for _ in range(count)]

    def loaded(self, messages: Iterable[tuple[Claim, Sending]]) -> None:
        self._loaded.extend(messages)

    def next_batch(self, limit: int, *, now: int) -> list[tuple[Claim, Sending]]:
        """Messages of the next send, at most `limit` and at most what the destination takes.

        What waited so long that its lease could end on the way is dropped: somebody claims it again then.
        """
        batch: list[tuple[Claim, Sending]] = []
        while self._loaded and len(batch) < min(limit, self._batch):
            claim, message = self._loaded.popleft()
            if claim.lease_until - now > SEND_US:
                batch.append((claim, message))
        return batch

    def give_up(self) -> list[Claim]:
        """Empties the stream until the outbox speaks of it again; the claims to be released."""
        claims = [*self._claimed, *(claim for claim, _ in self._loaded)]
        self.has_more = False
        self._claimed.clear()
        self._loaded.clear()
        self._last_claim = 0
        return claims

    @property
    def _batch(self) -> int:
        return self.destination.max_batch if self.destination else 1
