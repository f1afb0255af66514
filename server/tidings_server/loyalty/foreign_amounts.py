"""Amounts of a customer by currency: those of two currencies are never added, one without a currency goes with any."""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from tidings_server.loyalty.events import EventKind


class ForeignName(NamedTuple):
    """A part of a counter's value: that of a day (days since 1970, UTC) in a currency, which is empty for none."""

    currency: str
    kind: EventKind
    name_space: str
    day: int


class ForeignAmounts:
    """Amounts in other currencies than the customer's own, in ten-thousandths. `changes` is what has come to them.

    `_days` are those of the years that are asked for; all of them may be thousands.
    """

    def __init__(self) -> None:
        self._totals: dict[tuple[str, EventKind, str], int] = {}
        self._days: dict[tuple[str, int], int] = {}
        self.changes: dict[ForeignName, int] = {}

    def __bool__(self) -> bool:
        return bool(self._totals)

    def load(self, currency: str, kind: EventKind, name_space: str, *, value: int) -> None:
        """Set what was stored of one kind in one namespace."""
        self._totals[currency, kind, name_space] = value

    def load_day(self, currency: str, day: int, value: int) -> None:
        """Set what was stored of one day."""
        self._days[currency, day] = value

    def add(self, name: ForeignName, value: int) -> None:
        """Add to an amount, or take out of it."""
        of_all, of_day = name[:3], (name.currency, name.day)
        self._totals[of_all] = self._totals.get(of_all, 0) + value
        self._days[of_day] = self._days.get(of_day, 0) + value
        self.changes[name] = self.changes.get(name, 0) + value

    def lifetime(self) -> dict[str, int]:
        """Sums by currency."""
        found: dict[str, int] = {}
        for (currency, _, _), value in self._totals.items():
            found[currency] = found.get(currency, 0) + value
        return found

    def of(self, kinds: Collection[EventKind], *, covers: Callable[[str], bool]) -> dict[str, int]:
        """Sums by currency of some kinds, in the namespaces for which `covers` is true."""
        found: dict[str, int] = {}
        for (currency, kind, name_space), value in self._totals.items():
            if kind in kinds and covers(name_space):
                found[currency] = found.get(currency, 0) + value
        return found

    def between(self, first: int, end: int) -> dict[str, int]:
        """Sums by currency of the days from `first` up to, without, `end`."""
        found: dict[str, int] = {}
        for (currency, day), value in self._days.items():
            if first <= day < end:
                found[currency] = found.get(currency, 0) + value
        return found


def by_currency(total: int, own: str, foreign: Mapping[str, int]) -> dict[str, int]:
    """Amounts by currency: `total` less the foreign ones is in the customer's own."""
    amounts = dict(foreign)
    amounts[own] = amounts.get(own, 0) + total - sum(foreign.values())
    return amounts


def is_mixed(lifetime: Mapping[str, int]) -> bool:
    """Whether a customer has spent in two currencies or more."""
    return sum(bool(currency and amount) for currency, amount in lifetime.items()) > 1


def amount_in(currency: str, amounts: Mapping[str, int], *, mixed: bool) -> int:
    """The amount that counts in a currency: what is in it, and what has none.

    For no currency all, or of a customer with several (`mixed`) what has none.
    """
    without = amounts.get("", 0)
    if currency:
        return max(0, amounts.get(currency, 0) + without)
    return max(0, without if mixed else sum(amounts.values()))
