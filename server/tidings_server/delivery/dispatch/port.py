"""What the dispatcher needs from whoever keeps the deliveries: the port between sending and storing."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, Protocol

from tidings_server.delivery.message import Destination, Outcome, Sending


class Lane(IntEnum):
    """First attempts never wait behind retries; stored as its number."""

    FIRST = 0
    RETRY = 1


class Ready(NamedTuple):
    """One subscription with work in one lane, the earliest due at `due_at` (microseconds).

    `is_failing`: its last recorded attempt failed. `max_per_second` 0: no limit.
    """

    subscription: int
    tenant: int
    lane: Lane
    due_at: int
    is_failing: bool
    max_concurrency: int
    max_per_second: int


class Queued(NamedTuple):
    """First deliveries about to be queued for one subscription, and its limits as they stand."""

    subscription: int
    deliveries: int
    max_concurrency: int
    max_per_second: int


class Want(NamedTuple):
    """A claim for up to `limit` deliveries of one subscription."""

    subscription: int
    lane: Lane
    limit: int


class Claim(NamedTuple):
    """One delivery that is ours until `lease_until` (microseconds).

    `attempts`, `tries` and `tries_from` stand as they were before the attempt that this claim is for. `is_ordered`: the
    next delivery of its entity can be claimed only when this one is recorded.
    """

    delivery: int
    tenant: int
    subscription: int
    lane: Lane
    seq: int
    replay_id: str
    attempts: int
    tries: int
    tries_from: int | None
    created_at: int
    lease_until: int
    is_ordered: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one claim, sent at `at`. `pause_until`: the receiver asked for a pause of the subscription."""

    claim: Claim
    at: int
    outcome: Outcome
    pause_until: int | None = None


class Outbox(Protocol):
    """Deliveries as the dispatcher sees them. All processes share them; a claim belongs to one until its lease ends."""

    async def ready(self) -> Sequence[Ready]:
        """Subscriptions that may be sent to and have unclaimed work, for each lane; also work that is due later."""

    async def claim(self, wants: Sequence[Want]) -> Sequence[Claim]:
        """Leases due deliveries, the oldest due first, in one write."""

    async def open(self, subscription: int) -> Destination | None:
        """Where the subscription delivers to as things stand; None if it may not be sent to now."""

    async def load(self, claims: Sequence[Claim]) -> Sequence[Sending | Outcome]:
        """The message of each claim in their order; an Outcome where there is nothing that could be sent."""

    async def record(self, attempts: Sequence[Attempt]) -> None:
        """Stores outcomes and what follows from them, in one write."""

    async def release(self, claims: Sequence[Claim]) -> None:
        """Gives claims back unsent."""
