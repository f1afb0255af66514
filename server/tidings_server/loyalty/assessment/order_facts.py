"""Order facts: what an order met of its customer when it was assessed first, so that a later event meets the same.

Otherwise the fifth order would be the sixth as soon as its status changes after the next one came.
"""

import json
from dataclasses import dataclass, field
from typing import Any, Final

from tidings_server.loyalty.assessment.condition_context import CountersContext, CustomerContext
from tidings_server.loyalty.money import DECIMALS

_CUSTOMER: Final = ("lifetime_spend", "annual_spend", "balance", "segments")
"""Fields that orders change; the profile is today's."""


@dataclass(slots=True)
class OrderFacts:
    """Fields of the variables of conditions, as far as any condition has read them.

    `counters` by the name of their group: number, value and spend before the order, and counts by period and day.
    """

    annual_spend: int | None = None
    customer: list[Any] | None = None
    counters: dict[str, list[Any]] = field(default_factory=dict)
    is_spend_new: bool = False
    """Whether the spend is read once more: the order has turned out to be in another currency. Not stored."""

    def annual_spend_before(self, current: int) -> int:
        """The annual spend before the order, in ten-thousandths; the current one the first time."""
        if self.annual_spend is None:
            self.annual_spend = current
        return self.annual_spend

    def customer_before(self, current: CustomerContext) -> CustomerContext:
        """The variable `customer`; the current one the first time."""
        if self.customer is None:
            self.customer = [getattr(current, name) for name in _CUSTOMER]
        elif self.is_spend_new:
            self.customer[:2] = current.lifetime_spend, current.annual_spend
        return current._replace(**dict(zip(_CUSTOMER, self.customer, strict=True)))

    def counters_before(self, group: str, current: CountersContext, *, value: float) -> CountersContext:
        """The variable `counters` of a group of rules for an order of this value; the current one the first time."""
        known = self.counters.get(group)
        if known is None:
            before = current.lifetime_value_before, current.lifetime_spend_before
            self.counters[group] = [current.nth, *before, dict(current.within), dict(current.since)]
            return current
        if self.is_spend_new:
            known[1:3] = current.lifetime_value_before, current.lifetime_spend_before
        nth, value_before, spend_before, within, since = known
        if within is None:
            known[3:] = within, since = dict(current.within), dict(current.since)
        return CountersContext(
            nth=nth,
            lifetime_value=round(value_before + value, DECIMALS),
            lifetime_value_before=value_before,
            lifetime_spend=round(spend_before + value, DECIMALS),
            lifetime_spend_before=spend_before,
            within=within,
            since=since,
        )

    def forget_times(self) -> None:
        """Forget what depends on the time of the order, which has turned out to be another."""
        self.annual_spend = None
        for known in self.counters.values():
            known[3:] = None, None

    def forget_spend(self) -> None:
        """Forget amounts, which are in the currency of the order: it has turned out to be another."""
        self.annual_spend, self.is_spend_new = None, True

    def packed(self) -> str | None:
        """JSON; None where the annual spend was 0 and nothing else was read."""
        if self.annual_spend == 0 and self.customer is None and not self.counters:
            return None
        return json.dumps([self.annual_spend, self.customer, self.counters], separators=(",", ":"), ensure_ascii=False)


def order_facts(packed: str | None) -> OrderFacts:
    """The inverse of `OrderFacts.packed`."""
    return OrderFacts(*json.loads(packed)) if packed else OrderFacts(annual_spend=0)
