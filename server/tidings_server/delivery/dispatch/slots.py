"""Sends under way, and how many there may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tidings_server.delivery.dispatch.subscription_queue import SubscriptionQueue
from tidings_server.delivery.store.deliveries import Priority
from tidings_server.delivery.store.leases import Lease

FreeSlots = dict[Priority, int]
"""Free slots by what they are for."""
STARTS: Final = 4
"""Sends that begin in one round of the loop: a hundred at once would take tens of milliseconds of it."""


@dataclass(frozen=True, slots=True)
class Slots:
    """Sends that may run at once in this process.

    A first attempt that takes longer than `slow_s` gives its slot back and counts among the retries.
    """

    first: int = 512
    retry: int = 128
    slow_s: float = 2.0

    def free(self) -> FreeSlots:
        """All of them, free, to be counted down by whoever sends."""
        return {Priority.FIRST: self.first, Priority.RETRY: self.retry}


SLOTS = Slots()


@dataclass(slots=True)
class Flight:
    """A send under way."""

    queue: SubscriptionQueue
    budget: Priority
    started_at: int
    leases: Sequence[Lease]
