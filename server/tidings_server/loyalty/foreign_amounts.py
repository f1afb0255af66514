"""Amounts of a customer by currency: those of two currencies are never added, one without a currency goes with any."""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from tidings_server.loyalty.events import SPEND_KINDS, EventKind


class ForeignName(NamedTuple):
    """A part of a counter's value: that of a day (days since 1970, UTC) in a currency, which is empty for none."""

    currency: str
    kind: EventKind
    name_space: str
    day: int


class ForeignAmounts:
    """Amounts in other currencies than the customer's own, in ten-thousandths. `changes` is what has come to them."""

    def __init__(self) -> None:
        self._amounts: dict[ForeignName, int] = {}
        self.changes: dict[ForeignName, int] = {}

    def load(self, name: ForeignName, value: int) -> None:
        """Add a stored amount."""
        self._amounts[name] = value

    def add(self, name: ForeignName, value: int) -> None:
        """Add to an amount, or take out of it."""
        self._amounts[name] = self._amounts.get(name, 0) + value
        self.changes[name] = self.changes.get(name, 0) + value

    def sums(
        self, kinds: Collection[EventKind] = SPEND_KINDS, *, has: Callable[[ForeignName], bool] = lambda _name: True
    ) -> dict[str, int]:
        """Sums by currency of the amounts of some kinds for whose name a condition holds."""
        found: dict[str, int] = {}
        for name, value in self._amounts.items():
            if name.kind in kinds and has(name):
                found[name.currency] = found.get(name.currency, 0) + value
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
