"""Successors: deliveries in order that were queued behind one which this process sends, and their leases."""

from collections.abc import Callable, Collection, Iterable
from typing import Final

from tidings_server.delivery.retry_decision import AttemptResult
from tidings_server.delivery.store.deliveries import Order
from tidings_server.delivery.store.leases import Lease

MOST: Final = 10_000
"""Entities that are remembered; those of the rest are found by the next look."""


class Successors:
    """The entities of which more was queued than was leased.

    The next delivery of an entity is leased with the record of the one before it, if it was queued by then. Where both
    were written at the same time neither has seen the other, and somebody must look.
    """

    def __init__(self, all_held: Callable[[], Iterable[Lease]], *, look: Callable[[], None]) -> None:
        self._all_held = all_held
        self._look = look
        self._expected: set[Order] = set()

    def queued(self, orders: Collection[Order]) -> None:
        """Deliveries of these entities were queued and not leased. Looks for what has none before it here."""
        held = self._held()
        if len(self._expected) > MOST:
            self._expected.clear()
        self._expected |= held.intersection(orders)
        if not held.issuperset(orders):
            self._look()

    def recorded(self, attempts: Iterable[AttemptResult]) -> None:
        """Attempts were recorded, and what follows them was leased. Looks where something else was expected."""
        ended = {each.lease.order for each in attempts if each.lease.is_ordered} & self._expected
        if ended and (ended := ended - self._held()):
            self._expected -= ended
            self._look()

    def _held(self) -> set[Order]:
        return {lease.order for lease in self._all_held() if lease.is_ordered}
