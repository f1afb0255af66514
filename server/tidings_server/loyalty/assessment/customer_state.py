"""A customer's state during assessment: the values that conditions read, and that events change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final

from tidings_server.loyalty import periods
from tidings_server.loyalty.assessment.condition_context import CountersContext, CustomerContext
from tidings_server.loyalty.assessment.rule_index import EPOCH_ORDINAL, CountedBy, day_of, first_day
from tidings_server.loyalty.events import SPEND_KINDS, EventKind
from tidings_server.loyalty.money import SCALE, saturating_add
from tidings_server.loyalty.profile import EMPTY_PROFILE, Profile, profile_of
from tidings_server.loyalty.rules.condition_language import ConditionInputs
from tidings_server.loyalty.store.counters import StoredCounter, StoredDailyCounter
from tidings_server.loyalty.store.customers import SegmentMembership, StoredCustomer
from tidings_server.platform.clock import from_us

SHORTEST_YEAR_US: Final = 365 * 86_400_000_000

CounterName = tuple[EventKind, str]
"""A kind of event and its namespace."""


@dataclass(slots=True)
class EventCounter:
    """Number and value of events, in all and by day. `value` in ten-thousandths of a currency unit."""

    events: int = 0
    value: int = 0
    last_day: int = 0
    last_day_events: int = 0
    days: dict[int, int] = field(default_factory=dict)
    """Events of earlier days, as far back as conditions read."""
    finished_days: list[tuple[int, int]] = field(default_factory=list)
    """Days that have ended since the counter was read, with their events."""

    def add(self, value: int, day: int) -> None:
        """Count one more event. An earlier day counts as the last one: recorded instants never fall."""
        if day > self.last_day:
            if self.last_day_events:
                self.days[self.last_day] = self.last_day_events
                self.finished_days.append((self.last_day, self.last_day_events))
            self.last_day, self.last_day_events = day, 0
        self.events += 1
        self.last_day_events += 1
        self.value = saturating_add(self.value, value)

    def since(self, day: int) -> int:
        """Number of events on a day and later."""
        last = self.last_day_events if self.last_day >= day else 0
        return last + sum(events for at, events in self.days.items() if at >= day)


class CustomerState:
    """One customer. `row` is as it was read; `posted` and `debt` follow the points that events earn."""

    def __init__(self, row: StoredCustomer, *, is_new: bool = False) -> None:
        self.row = row
        self.is_new = is_new
        self.lifetime_spend = row.lifetime_spend
        self.annual_spend = row.annual_spend
        self.spend_year = row.spend_year
        self.posted = row.posted
        self.debt = row.debt
        self.segments: dict[str, SegmentMembership] = {}
        self.counters: dict[CounterName, EventCounter] = {}
        self.counted: set[CounterName] = set()

    @property
    def key(self) -> int:
        return self.row.key

    @property
    def balance(self) -> int:
        """Points remaining in all lots, without those held when the row was read."""
        return self.posted - self.row.held

    @cached_property
    def created_at(self) -> datetime:
        """Creation of the customer, from which spend years are counted."""
        return from_us(self.row.created_at)

    @cached_property
    def profile(self) -> Profile:
        """The customer's profile."""
        return profile_of(self.row.profile)

    def load_counter(self, stored: StoredCounter) -> None:
        """Add a stored counter."""
        counter = EventCounter(stored.events, stored.value, stored.last_day, stored.last_day_events)
        self.counters[EventKind(stored.kind), stored.name_space] = counter

    def load_daily_counter(self, stored: StoredDailyCounter) -> None:
        """Add a stored day of a counter that was loaded before."""
        self.counters[EventKind(stored.kind), stored.name_space].days[stored.day] = stored.events

    def roll_spend_year(self, at_us: int) -> None:
        """Reset the annual spend where an anniversary has passed."""
        year = self._year(at_us)
        if year > self.spend_year:
            self.spend_year, self.annual_spend = year, 0

    def count(self, kind: EventKind, name_space: str, *, value: int, at_us: int) -> None:
        """Count an event, and add its value to the spend if it is one; `roll_spend_year` comes first."""
        name = kind, name_space
        self.counters.setdefault(name, EventCounter()).add(value, day_of(at_us))
        self.counted.add(name)
        if kind in SPEND_KINDS:
            self.lifetime_spend = saturating_add(self.lifetime_spend, value)
            self.annual_spend = saturating_add(self.annual_spend, value)

    def subtract_spend(self, spend: int, *, spent_at_us: int) -> None:
        """Subtract the spend of a reversed order; from the annual spend only if it was in this year."""
        self.lifetime_spend = saturating_add(self.lifetime_spend, -spend)
        if self._year(spent_at_us) == self.spend_year:
            self.annual_spend = saturating_add(self.annual_spend, -spend)

    def earn(self, points: int) -> None:
        """Add earned points; they pay the debt first."""
        paid = min(self.debt, points)
        self.debt -= paid
        self.posted += points - paid

    def in_segments(self, at_us: int) -> list[str]:
        """Names of the customer's segments at an instant."""
        return sorted(
            name for name, held in self.segments.items() if held.expires_at is None or held.expires_at > at_us
        )

    def context(self, at_us: int) -> CustomerContext:
        """The variable `customer` of conditions."""
        return CustomerContext(
            id=self.row.id,
            external_reference=self.row.external_reference or "",
            email_address=self.row.email or "",
            created_at_us=self.row.created_at,
            years_since_joining=self._year(at_us),
            lifetime_spend=self.lifetime_spend / SCALE,
            annual_spend=self.annual_spend / SCALE,
            balance=self.balance,
            segments=tuple(self.in_segments(at_us)),
            attributes=self.profile.attributes,
            is_locked=self.row.is_locked,
        )

    def counters_context(
        self, counted_by: CountedBy, inputs: ConditionInputs, *, value: int, is_spend: bool, at_us: int
    ) -> CountersContext:
        """The variable `counters` of conditions, after the current event, whose value is `value`, was counted."""
        assesses, name_space = counted_by
        kinds = assesses.kinds
        counters = [each for (kind, name), each in self.counters.items() if kind in kinds and name_space.covers(name)]
        total = sum(counter.value for counter in counters)
        days = {text: first_day(period.before(from_us(at_us))) for text, period in inputs.within}
        return CountersContext(
            nth=sum(counter.events for counter in counters),
            within=_events_since(counters, days),
            since=_events_since(counters, {text: day.toordinal() - EPOCH_ORDINAL for text, day in inputs.since}),
            lifetime_value=total / SCALE,
            lifetime_value_before=(total - value) / SCALE,
            lifetime_spend=self.lifetime_spend / SCALE,
            lifetime_spend_before=(self.lifetime_spend - (value if is_spend else 0)) / SCALE,
        )

    def _year(self, at_us: int) -> int:
        """Number of anniversaries that have passed at an instant."""
        if 0 <= at_us - self.row.created_at < SHORTEST_YEAR_US:
            return 0
        return periods.anniversary(self.created_at, from_us(at_us))


def new_customer(tenant: int, customer_id: str, *, key: int, at_us: int) -> StoredCustomer:
    """The row of a customer that an event creates."""
    return StoredCustomer(
        key=key,
        tenant_id=tenant,
        id=customer_id,
        created_at=at_us,
        changed_at=at_us,
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
        last_activity_at=at_us,
        next_expiry_at=None,
    )


def _events_since(counters: Iterable[EventCounter], first_days: Mapping[str, int]) -> dict[str, int]:
    return {text: sum(counter.since(day) for counter in counters) for text, day in first_days.items()}
