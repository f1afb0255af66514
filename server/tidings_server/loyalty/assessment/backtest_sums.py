"""Sums of a backtest's matches: by day and by customer, of all of them."""

from dataclasses import dataclass, field
from heapq import nlargest
from typing import Final

from tidings_server.platform.errors import LimitExceeded

MAX_DAYS: Final = 25_000
MAX_CUSTOMERS: Final = 1_000_000
"""Customers that are held in memory, about 150 bytes each."""
TOP: Final = 20


@dataclass(slots=True)
class MatchSum:
    """Matches, and the points that they would have brought."""

    events: int = 0
    points: int = 0


@dataclass(slots=True)
class MatchSums:
    """Sums by day (since 1970, UTC) and by customer. A customer whose matches were all taken back stays, with none."""

    days: dict[int, MatchSum] = field(default_factory=dict)
    customers: dict[str, MatchSum] = field(default_factory=dict)

    def add(self, customer_id: str, day: int, points: int) -> int:
        """Add a match; the day that it counts on: the last one before, once there are MAX_DAYS.

        Raises LimitExceeded beyond MAX_CUSTOMERS.
        """
        if len(self.customers) >= MAX_CUSTOMERS and customer_id not in self.customers:
            raise LimitExceeded(f"More than {MAX_CUSTOMERS:,} customers match; name a shorter range.")
        if day not in self.days and len(self.days) >= MAX_DAYS:
            day = max(self.days)
        self._change(customer_id, day, points, events=1)
        return day

    def take_out(self, customer_id: str, day: int, points: int) -> None:
        """Take back a match that was added."""
        self._change(customer_id, day, -points, events=-1)

    def by_day(self) -> list[tuple[int, MatchSum]]:
        """The days with matches, in their order."""
        return sorted((day, found) for day, found in self.days.items() if found.events)

    def top(self) -> list[tuple[str, MatchSum]]:
        """The customers with the most points, at most TOP, the most first."""
        matched = ((name, found) for name, found in self.customers.items() if found.events)
        return nlargest(TOP, matched, key=lambda named: (named[1].points, named[0]))

    def _change(self, customer_id: str, day: int, points: int, *, events: int) -> None:
        for found in (self.days.setdefault(day, MatchSum()), self.customers.setdefault(customer_id, MatchSum())):
            found.events += events
            found.points += points
