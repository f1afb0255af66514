"""A customer's state during assessment: the values that conditions read, and that events change."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from tidings_server.loyalty import periods
from tidings_server.loyalty.assessment.condition_context import CountersContext, CustomerContext
from tidings_server.loyalty.assessment.event_counter import EventCounter
from tidings_server.loyalty.assessment.rule_index import EPOCH_ORDINAL, CountedBy, day_of, first_day
from tidings_server.loyalty.events import SPEND_KINDS, EventKind
from tidings_server.loyalty.foreign_amounts import (
    ForeignAmounts,
    ForeignName,
    amount_in,
    by_currency,
    is_mixed,
)
from tidings_server.loyalty.money import SCALE, saturating_add
from tidings_server.loyalty.profile import EMPTY_PROFILE, Profile, profile_of
from tidings_server.loyalty.rules.condition_language import ConditionInputs
from tidings_server.loyalty.store.counters import StoredCounter, StoredDailyCounter
from tidings_server.loyalty.store.customers import SegmentMembership, StoredCustomer
from tidings_server.platform.clock import from_us

CounterName = tuple[EventKind, str]
"""A kind of event and its namespace."""


class CustomerState:
    """One customer. `row` is as it was read; `posted` and `debt` follow the points that events earn."""

    def __init__(self, row: StoredCustomer, *, is_new: bool = False) -> None:
        self.row = row
        self.is_new = is_new
        self.created_at = row.created_at
        """Creation of the customer, in µs, from which spend years are counted: the time of the earliest event."""
        self.spend_days: dict[int, int] | None = {} if is_new else None
        """Spend by day, where events that are earlier than what is known have made it necessary to read it."""
        self.lifetime_spend = row.lifetime_spend
        self.annual_spend = row.annual_spend
        self.spend_year = row.spend_year
        self.posted = row.posted
        self.debt = row.debt
        self.segments: dict[str, SegmentMembership] = {}
        self.counters: dict[CounterName, EventCounter] = {}
        self.counted: set[CounterName] = set()
        self.currency = row.currency or ""
        """Currency of all spend that is not in `foreign`: that of the first spend, empty for none."""
        self.foreign = ForeignAmounts()

    @property
    def key(self) -> int:
        return self.row.key

    @property
    def balance(self) -> int:
        """Points remaining in all lots, without those held when the row was read."""
        return self.posted - self.row.held

    @cached_property
    def profile(self) -> Profile:
        """The customer's profile."""
        return profile_of(self.row.profile)

    def load_counter(self, stored: StoredCounter) -> None:
        """Add a stored counter."""
        counter = EventCounter(
            stored.events, stored.value, stored.last_day, stored.last_day_events, stored.last_day_value
        )
        self.counters[EventKind(stored.kind), stored.name_space] = counter

    def load_daily_counter(self, stored: StoredDailyCounter) -> None:
        """Add a stored day of a counter that was loaded before."""
        self.counters[EventKind(stored.kind), stored.name_space].days[stored.day] = stored.events

    def needs_spend_days(self, at_us: int) -> bool:
        """Whether an event of that time needs the spend by day: it is of an earlier year than the current one."""
        is_early = at_us < self.created_at or self.year(at_us) < self.spend_year
        return is_early and self.spend_days is None

    def lifetime_spend_in(self, currency: str) -> int:
        """The spend that counts in a currency."""
        lifetime = by_currency(self.lifetime_spend, self.currency, self.foreign.lifetime())
        return amount_in(currency, lifetime, mixed=is_mixed(lifetime))

    def annual_spend_at(self, at_us: int, currency: str) -> int:
        """The spend in the year of an instant that counts in a currency."""
        year = self.year(at_us)
        total = self.annual_spend
        if year != self.spend_year:
            total = 0 if year > self.spend_year else self._spend_in(year)
        foreign = self.foreign.between(*periods.days_of_year(self.created_at, year)) if self.foreign else {}
        return amount_in(currency, by_currency(total, self.currency, foreign), mixed=self._is_mixed)

    def admit(self, at_us: int) -> None:
        """Take notice of an event's time: the customer is as old as the earliest event, and a new year begins at 0."""
        if at_us < self.created_at:
            self.created_at = at_us
            days = self.spend_days or {}
            self.spend_year = max((self.year(day * periods.DAY_US) for day, spend in days.items() if spend), default=0)
            self.annual_spend = self._spend_in(self.spend_year)
        year = self.year(at_us)
        if year > self.spend_year:
            self.spend_year, self.annual_spend = year, 0

    def count(
        self, kind: EventKind, name_space: str, *, value: int, at_us: int, currency: str = "", events: int = 1
    ) -> None:
        """Count an event, and add its value to the spend if it is one; `admit` comes first.

        To take an event out again, `value` and `events` are negative.
        """
        name = kind, name_space
        if kind in SPEND_KINDS and currency != self.currency:
            self._count_foreign(ForeignName(currency, kind, name_space, day_of(at_us)), value)
        self.counters.setdefault(name, EventCounter()).add(value, day_of(at_us), events=events)
        self.counted.add(name)
        if kind not in SPEND_KINDS:
            return
        self.lifetime_spend = saturating_add(self.lifetime_spend, value)
        if self.year(at_us) == self.spend_year:
            self.annual_spend = saturating_add(self.annual_spend, value)
        if self.spend_days is not None:
            self.spend_days[day_of(at_us)] = self.spend_days.get(day_of(at_us), 0) + value

    def earn(self, points: int) -> None:
        """Add earned points; they pay the debt first."""
        paid = min(self.debt, points)
        self.debt -= paid
        self.posted += points - paid

    def lose(self, points: int) -> None:
        """Take back points; those that are not there become a debt."""
        taken = min(self.posted, points)
        self.posted -= taken
        self.debt += points - taken

    def in_segments(self, at_us: int) -> list[str]:
        """Names of the customer's segments at an instant."""
        return sorted(
            name for name, held in self.segments.items() if held.expires_at is None or held.expires_at > at_us
        )

    def context(self, at_us: int, currency: str) -> CustomerContext:
        """The variable `customer` of conditions on an event in a currency."""
        return CustomerContext(
            id=self.row.id,
            external_reference=self.row.external_reference or "",
            email_address=self.row.email or "",
            created_at_us=self.created_at,
            years_since_joining=max(0, self.year(at_us)),
            lifetime_spend=self.lifetime_spend_in(currency) / SCALE,
            annual_spend=self.annual_spend_at(at_us, currency) / SCALE,
            balance=self.balance,
            segments=tuple(self.in_segments(at_us)),
            attributes=self.profile.attributes,
            is_locked=self.row.is_locked,
        )

    def counters_context(
        self, counted_by: CountedBy, inputs: ConditionInputs, *, value: int, is_spend: bool, at_us: int, currency: str
    ) -> CountersContext:
        """The variable `counters` of conditions, after the current event, whose value is `value`, was counted."""
        assesses, name_space = counted_by
        kinds = assesses.kinds
        counters = [each for (kind, name), each in self.counters.items() if kind in kinds and name_space.covers(name)]
        total = sum(counter.value for counter in counters)
        if not SPEND_KINDS.isdisjoint(kinds):
            foreign = self.foreign.of(kinds, covers=name_space.covers)
            total = amount_in(currency, by_currency(total, self.currency, foreign), mixed=self._is_mixed)
        spend = self.lifetime_spend_in(currency)
        days = {text: first_day(period.before(from_us(at_us))) for text, period in inputs.within}
        return CountersContext(
            nth=sum(counter.events for counter in counters),
            within=_events_since(counters, days, day_of(at_us)),
            since=_events_since(
                counters, {text: day.toordinal() - EPOCH_ORDINAL for text, day in inputs.since}, day_of(at_us)
            ),
            lifetime_value=total / SCALE,
            lifetime_value_before=(total - value) / SCALE,
            lifetime_spend=spend / SCALE,
            lifetime_spend_before=(spend - (value if is_spend else 0)) / SCALE,
        )

    def year(self, at_us: int) -> int:
        """Number of anniversaries that have passed at an instant, by days in UTC."""
        return periods.spend_year(self.created_at, at_us)

    @property
    def _is_mixed(self) -> bool:
        return bool(self.foreign) and is_mixed(by_currency(self.lifetime_spend, self.currency, self.foreign.lifetime()))

    def _count_foreign(self, name: ForeignName, value: int) -> None:
        """Count spend that is not in the customer's currency; the first spend of all decides which that is."""
        if any(kind in SPEND_KINDS for kind, _ in self.counters):
            self.foreign.add(name, value)
        else:
            self.currency = name.currency

    def _spend_in(self, year: int) -> int:
        days = self.spend_days or {}
        return sum(spend for day, spend in days.items() if self.year(day * periods.DAY_US) == year)


def new_customer(tenant: int, customer_id: str, *, key: int, at_us: int, now_us: int | None = None) -> StoredCustomer:
    """The row of a customer that an event of `at_us` creates; it is stored at `now_us`, by default at once."""
    return StoredCustomer(
        key=key,
        tenant_id=tenant,
        id=customer_id,
        created_at=at_us,
        changed_at=at_us if now_us is None else now_us,
        version=1,
        is_locked=False,
        email=None,
        external_reference=None,
        profile=EMPTY_PROFILE,
        posted=0,
        held=0,
        debt=0,
        lifetime_spend=0,
        annual_spend=0,
        spend_year=0,
        last_activity_at=0,
        next_expiry_at=None,
    )


def _events_since(counters: Iterable[EventCounter], first_days: Mapping[str, int], last_day: int) -> dict[str, int]:
    return {text: sum(each.between(first, last_day) for each in counters) for text, first in first_days.items()}
