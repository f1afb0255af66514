"""Spend of customers as their accounts show it: in all, and by currency."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from tidings_server.loyalty import periods
from tidings_server.loyalty.events import EventKind
from tidings_server.loyalty.foreign_amounts import ForeignAmounts, amount_in, by_currency, is_mixed
from tidings_server.loyalty.money import amount_of
from tidings_server.loyalty.store.customer_history import ForeignDay, ForeignTotal
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


def spend_of(row: StoredCustomer, totals: Iterable[ForeignTotal], days: Iterable[ForeignDay], *, at_us: int) -> Spend:
    """The spend of a customer at an instant; the others are amounts in other currencies than its own."""
    foreign, own, year = ForeignAmounts(), row.currency or "", periods.spend_year(row.created_at, at_us)
    for each in totals:
        foreign.load(each.currency, EventKind(each.kind), each.name_space, value=each.value)
    for day in days:
        foreign.load_day(day.currency, day.day, day.value)
    lifetime = by_currency(row.lifetime_spend, own, foreign.lifetime())
    of_year = foreign.between(*periods.days_of_year(row.created_at, year)) if foreign else {}
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
