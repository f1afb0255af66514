"""Spend of customers as their accounts show it: in all, and by currency."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from tidings_server.loyalty import periods
from tidings_server.loyalty.events import EventKind
from tidings_server.loyalty.foreign_amounts import ForeignAmounts, ForeignName, amount_in, by_currency, is_mixed
from tidings_server.loyalty.money import amount_of
from tidings_server.loyalty.store.counters import StoredForeignValue
from tidings_server.loyalty.store.customers import StoredCustomer


@dataclass(frozen=True, slots=True)
class CurrencySpend:
    """Spend in one currency, named by its code: in all, and of the current year."""

    currency: str
    lifetime: Decimal
    annual: Decimal


class Spend(NamedTuple):
    """Spend of a customer. `lifetime` and `annual` are of one currency, or of none where there are several."""

    lifetime: Decimal
    annual: Decimal
    currencies: tuple[CurrencySpend, ...]


def spend_of(row: StoredCustomer, foreign: Iterable[StoredForeignValue], at_us: int) -> Spend:
    """The spend of a customer at an instant; `foreign` are the amounts in other currencies than its own."""
    amounts, own, year = ForeignAmounts(), row.currency or "", periods.spend_year(row.created_at, at_us)
    for each in foreign:
        amounts.load(ForeignName(each.currency, EventKind(each.kind), each.name_space, each.day), each.value)
    of_year = amounts.sums(has=lambda name: periods.spend_year(row.created_at, name.day * periods.DAY_US) == year)
    lifetime = by_currency(row.lifetime_spend, own, amounts.sums())
    annual = by_currency(row.annual_spend if year == row.spend_year else 0, own, of_year)
    mixed = is_mixed(lifetime)
    return Spend(
        amount_of(amount_in("", lifetime, mixed=mixed)),
        amount_of(amount_in("", annual, mixed=mixed)),
        tuple(
            CurrencySpend(code, amount_of(max(0, amount)), amount_of(max(0, annual.get(code, 0))))
            for code, amount in sorted(lifetime.items())
            if code and amount
        ),
    )
