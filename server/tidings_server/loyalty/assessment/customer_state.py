"""How a customer stands while events are assessed: what conditions see, and what events change of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final

from tidings_server.loyalty import periods
from tidings_server.loyalty.assessment.condition_context import Counters, CustomerFacts
from tidings_server.loyalty.assessment.rule_index import EPOCH_ORDINAL, CountedBy, day_of, first_day
from tidings_server.loyalty.events import SPENDING, Kind
from tidings_server.loyalty.money import SCALE, added
from tidings_server.loyalty.profile import UNTOLD, Profile, profile_of
from tidings_server.loyalty.rules.language import Needs
from tidings_server.loyalty.store.counters import StoredCounter, StoredTally
from tidings_server.loyalty.store.customers import Membership, StoredCustomer
from tidings_server.platform.clock import from_us

SHORTEST_YEAR_US: Final = 365 * 86_400_000_000

CounterName = tuple[Kind, str]
"""A kind of event and its namespace."""


@dataclass(slots=True)
class Count:
    """One counter: events and what they came to, and the days on which they were. `value` in ten-thousandths."""

    events: int = 0
    value: int = 0
    day: int = 0
    day_events: int = 0
    days: dict[int, int] = field(default_factory=dict)
    """Earlier days, as far back as anybody asks."""
    finished: list[tuple[int, int]] = field(default_factory=list)
    """Days that have ended since it was read."""

    def add(self, value: int, day: int) -> None:
        """Count one more event. A day before the last one counts as the last one: recorded instants never fall."""
        if day > self.day:
            if self.day_events:
                self.days[self.day] = self.day_events
                self.finished.append((self.day, self.day_events))
            self.day, self.day_events = day, 0
        self.events += 1
        self.day_events += 1
        self.value = added(self.value, value)

    def since(self, day: int) -> int:
        """Events on that day and later."""
        return (self.day_events if self.day >= day else 0) + sum(n for at, n in self.days.items() if at >= day)


class Standing:
    """One customer. `row` is as it was read; `posted` and `debt` go along with what is earned."""

    def __init__(self, row: StoredCustomer, *, is_new: bool = False) -> None:
        self.row = row
        self.is_new = is_new
        self.lifetime_spend = row.lifetime_spend
        self.annual_spend = row.annual_spend
        self.spend_year = row.spend_year
        self.active_at = row.active_at
        self.posted = row.posted
        self.debt = row.debt
        self.segments: dict[str, Membership] = {}
        self.counts: dict[CounterName, Count] = {}
        self.counted: set[CounterName] = set()

    @property
    def key(self) -> int:
        return self.row.key

    @property
    def balance(self) -> int:
        """What is left of all lots, without what was held when the row was read."""
        return self.posted - self.row.held

    @cached_property
    def created_at(self) -> datetime:
        """When the customer came: its anniversary."""
        return from_us(self.row.created_at)

    @cached_property
    def profile(self) -> Profile:
        """What clients say of the customer."""
        return profile_of(self.row.profile)

    def load(self, stored: StoredCounter) -> None:
        """Take in what was counted before."""
        count = Count(stored.events, stored.value, stored.day, stored.day_events)
        self.counts[Kind(stored.kind), stored.name_space] = count

    def load_day(self, tally: StoredTally) -> None:
        """Take in a day of a counter that was taken in."""
        self.counts[Kind(tally.kind), tally.name_space].days[tally.day] = tally.events

    def turn_year(self, at_us: int) -> None:
        """Begin annual spend anew where an anniversary has passed."""
        year = self._year(at_us)
        if year > self.spend_year:
            self.spend_year, self.annual_spend = year, 0

    def count(self, kind: Kind, name_space: str, *, value: int, at_us: int) -> None:
        """Count an event, and as spend what it came to; call `turn_year` before."""
        name = kind, name_space
        self.counts.setdefault(name, Count()).add(value, day_of(at_us))
        self.counted.add(name)
        if kind in SPENDING:
            self.lifetime_spend = added(self.lifetime_spend, value)
            self.annual_spend = added(self.annual_spend, value)
            self.active_at = max(self.active_at, at_us)

    def unspend(self, spend: int, *, spent_at_us: int) -> None:
        """Take back the spend of an order; annual spend only where it was in this year."""
        self.lifetime_spend = added(self.lifetime_spend, -spend)
        if self._year(spent_at_us) == self.spend_year:
            self.annual_spend = added(self.annual_spend, -spend)

    def earn(self, points: int) -> None:
        """Go along with points that are earned: a debt is paid first."""
        paid = min(self.debt, points)
        self.debt -= paid
        self.posted += points - paid

    def in_segments(self, at_us: int) -> list[str]:
        """Names of the segments that the customer is in."""
        return sorted(
            name for name, held in self.segments.items() if held.expires_at is None or held.expires_at > at_us
        )

    def facts(self, at_us: int) -> CustomerFacts:
        """What conditions see of the customer."""
        return CustomerFacts(
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

    def _year(self, at_us: int) -> int:
        """How many anniversaries have passed at an instant."""
        if 0 <= at_us - self.row.created_at < SHORTEST_YEAR_US:
            return 0
        return periods.anniversary(self.created_at, from_us(at_us))

    def counters(self, counted_by: CountedBy, needs: Needs, *, value: int, is_spend: bool, at_us: int) -> Counters:
        """What conditions see of the customer's events, when the last of them, which came to `value`, is counted."""
        assesses, name_space = counted_by
        kinds = assesses.kinds
        counts = [count for (kind, name), count in self.counts.items() if kind in kinds and name_space.covers(name)]
        total = sum(count.value for count in counts)
        days = {text: first_day(period.before(from_us(at_us))) for text, period in needs.within}
        return Counters(
            nth=sum(count.events for count in counts),
            within=_counted(counts, days),
            since=_counted(counts, {text: day.toordinal() - EPOCH_ORDINAL for text, day in needs.since}),
            lifetime_value=total / SCALE,
            lifetime_value_before=(total - value) / SCALE,
            lifetime_spend=self.lifetime_spend / SCALE,
            lifetime_spend_before=(self.lifetime_spend - (value if is_spend else 0)) / SCALE,
        )


def new_customer(tenant: int, customer_id: str, *, key: int, at_us: int) -> StoredCustomer:
    """The row of a customer that an event makes."""
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
        profile=UNTOLD,
        posted=0,
        held=0,
        debt=0,
        lifetime_spend=0,
        annual_spend=0,
        spend_year=0,
        active_at=at_us,
        due_at=None,
    )


def _counted(counts: Iterable[Count], first_days: Mapping[str, int]) -> dict[str, int]:
    return {text: sum(count.since(day) for count in counts) for text, day in first_days.items()}
