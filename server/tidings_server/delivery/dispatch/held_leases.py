"""The leases that this process holds: until when each does, renewals included."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from tidings_server.delivery.store.leases import Lease

RENEWED_BELOW: Final = 0.625
"""Share of its length that a lease has left when it is renewed: most are over by then."""
MARGIN_US: Final = 1_000_000
"""What is left of a lease at least when its message goes out."""


class HeldLeases:
    """The ends of leases. One that could not be renewed in time is lost."""

    def __init__(self, length_us: int) -> None:
        """`length_us` is that of a new lease."""
        self._length_us = length_us
        self._until: dict[int, int] = {}

    def is_good(self, lease: Lease, *, now: int) -> bool:
        """Whether a message may go out under it."""
        return self.until(lease) - now > MARGIN_US

    def until(self, lease: Lease) -> int:
        return max(lease.lease_until, self._until.get(lease.id, 0))

    def due(self, leases: Iterable[Lease], *, now: int) -> list[Lease]:
        """Those of all leases that are held now which must be renewed; what is not held any more is forgotten."""
        held = {lease.id: lease for lease in leases}
        self._until = {key: until for key, until in self._until.items() if key in held}
        latest = now + int(self._length_us * RENEWED_BELOW)
        return [lease for lease in held.values() if now < self.until(lease) < latest]

    def renewed(self, asked: Sequence[Lease], renewed: Collection[int], *, until: int) -> None:
        """Note a renewal. What was asked for and not renewed is another's, or is recorded."""
        for lease in asked:
            self._until[lease.id] = until if lease.id in renewed else self.until(lease)
