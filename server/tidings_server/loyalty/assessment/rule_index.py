"""The rule index: one tenant's rules, looked up by kind and namespace before any condition is evaluated."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from tidings_server.loyalty.events import EventKind
from tidings_server.loyalty.rules.condition_language import ConditionBatch, ConditionInputs, condition_inputs
from tidings_server.loyalty.rules.economy import Economy, in_effect
from tidings_server.loyalty.rules.lifecycle import RuleStatus
from tidings_server.loyalty.rules.rule import Assesses, LoyaltyRule, NameSpace
from tidings_server.platform.clock import from_us

SECONDS_A_DAY: Final = 86_400
MAX_ENTRIES: Final = 1_000
"""Namespaces whose entries are cached."""
UNCOUNTED: Final = -1
"""Group of the rules that read no counters."""
EPOCH_ORDINAL: Final = datetime(1970, 1, 1).toordinal()  # noqa: DTZ001 - a day of the calendar, not an instant

CountedBy = tuple[Assesses, NameSpace]
"""The events that a rule's counters count."""


@dataclass(frozen=True, slots=True)
class IndexedRule:
    """A rule with the inputs of its condition. Rules with the same `group` count the same events."""

    rule: LoyaltyRule
    inputs: ConditionInputs
    group: int
    is_test: bool
    is_dated: bool


class RuleGroup(NamedTuple):
    """Rules whose conditions are evaluated together: they have the same variables. `number` is their group."""

    number: int
    rules: list[IndexedRule]
    conditions: ConditionBatch


class IndexEntry(NamedTuple):
    """The rules for a kind and namespace; `are_dated`: at least one has a date range."""

    rules: list[IndexedRule]
    are_dated: bool
    groups: dict[tuple[int, ...], list[RuleGroup]]
    """Groups by the keys of the effective rules; without dated rules one entry for all times."""


@dataclass(frozen=True, slots=True)
class RequiredState:
    """State that the rules for some events read; `since_day` is the first day of their counts over a period."""

    segments: bool = False
    counters: bool = False
    since_day: int | None = None

    def merged(self, other: "RequiredState") -> "RequiredState":
        """State that either requires."""
        days = [day for day in (self.since_day, other.since_day) if day is not None]
        return RequiredState(
            segments=self.segments or other.segments,
            counters=self.counters or other.counters,
            since_day=min(days, default=None),
        )


class RuleIndex:
    """Rules by kind and namespace, whatever their status."""

    def __init__(self, rules: Iterable[LoyaltyRule], economies: Sequence[Economy] = ()) -> None:
        self._economies = economies
        self._exact: dict[tuple[EventKind, str], list[IndexedRule]] = {}
        self._prefixed: dict[EventKind, dict[str, list[IndexedRule]]] = {}
        self._group_numbers: dict[CountedBy, int] = {}
        self._group_inputs: list[tuple[CountedBy, ConditionInputs]] = []
        self._entries: dict[tuple[EventKind, str], IndexEntry] = {}
        self.rules: dict[int, LoyaltyRule] = {}
        """All rules by their keys."""
        for rule in rules:
            self._add(rule)
        self.changed_at = max((rule.updated_at for rule in self.rules.values()), default=0)
        """Instant at which the latest of the rules was changed or activated."""

    def candidates(self, kind: EventKind, name_space: str, at_us: int) -> list[IndexedRule]:
        """The rules for such an event that are effective at an instant, the oldest first."""
        entry = self._entry(kind, name_space)
        if entry.are_dated:
            return [indexed for indexed in entry.rules if indexed.rule.is_effective(at_us)]
        return entry.rules

    def groups(self, kind: EventKind, name_space: str, at_us: int) -> list[RuleGroup]:
        """The candidates by group."""
        entry = self._entry(kind, name_space)
        rules = self.candidates(kind, name_space, at_us) if entry.are_dated else entry.rules
        keys = tuple(indexed.rule.key for indexed in rules) if entry.are_dated else ()
        groups = entry.groups.get(keys)
        if groups is None:
            groups = entry.groups[keys] = _grouped(rules)
        return groups

    def is_costly(self, kind: EventKind, name_space: str, at_us: int, *, event_bytes: int) -> bool:
        """Whether the rules for an event of that size may take more than some milliseconds."""
        return any(group.conditions.is_costly(event_bytes) for group in self.groups(kind, name_space, at_us))

    def has_test_rules(self, kind: EventKind, name_space: str, at_us: int) -> bool:
        """Whether any rule for such an event is in TEST."""
        return any(indexed.is_test for indexed in self.candidates(kind, name_space, at_us))

    def counted(self, group: int) -> tuple[CountedBy, ConditionInputs]:
        """The events that a group counts, and the periods of its counts."""
        return self._group_inputs[group]

    def changed_after(self, at_us: int) -> list[int]:
        """Keys of the rules that were changed or activated after an instant."""
        if self.changed_at <= at_us:
            return []
        return [key for key, rule in self.rules.items() if rule.updated_at > at_us]

    @property
    def economies(self) -> Sequence[Economy]:
        """All economies."""
        return self._economies

    def economy(self, at_us: int, currency: str = "") -> Economy | None:
        """The economy in effect at an instant for amounts in a currency."""
        return in_effect(self._economies, at_us, currency)

    def required_state(self, kind: EventKind, name_space: str, at_us: int) -> RequiredState:
        """State that the rules for such an event read."""
        inputs = [indexed.inputs for indexed in self.candidates(kind, name_space, at_us)]
        days = [first_day(period.before(from_us(at_us))) for each in inputs for _, period in each.within]
        days += [day.toordinal() - EPOCH_ORDINAL for each in inputs for _, day in each.since]
        return RequiredState(
            segments=any(each.customer for each in inputs),
            counters=any(each.counters for each in inputs),
            since_day=min(days, default=None),
        )

    def _add(self, rule: LoyaltyRule) -> None:
        draft, inputs = rule.draft, condition_inputs(rule.draft.condition)
        self.rules[rule.key] = rule
        indexed = IndexedRule(
            rule=rule,
            inputs=inputs,
            group=self._group((draft.assesses, draft.name_space), inputs) if inputs.counters else UNCOUNTED,
            is_test=rule.status is not RuleStatus.ACTIVE,
            is_dated=draft.effective_from_us is not None or draft.effective_to_us is not None,
        )
        for kind in draft.assesses.kinds:
            if draft.name_space.equals:
                self._exact.setdefault((kind, draft.name_space.equals), []).append(indexed)
            else:
                self._prefixed.setdefault(kind, {}).setdefault(draft.name_space.begins_with, []).append(indexed)

    def _group(self, counted_by: CountedBy, inputs: ConditionInputs) -> int:
        """The group that counts these events; it counts over the periods of all its rules."""
        group = self._group_numbers.setdefault(counted_by, len(self._group_numbers))
        if group == len(self._group_inputs):
            self._group_inputs.append((counted_by, inputs))
        else:
            self._group_inputs[group] = counted_by, _merged(self._group_inputs[group][1], inputs)
        return group

    def _entry(self, kind: EventKind, name_space: str) -> IndexEntry:
        entry = self._entries.get((kind, name_space))
        if entry is None:
            if len(self._entries) >= MAX_ENTRIES:
                self._entries.clear()
            entry = self._entries[kind, name_space] = self._find(kind, name_space)
        return entry

    def _find(self, kind: EventKind, name_space: str) -> IndexEntry:
        rules = list(self._exact.get((kind, name_space), ()))
        for prefix, prefixed in self._prefixed.get(kind, {}).items():
            if name_space.startswith(prefix):
                rules += prefixed
        rules.sort(key=lambda indexed: indexed.rule.key)
        return IndexEntry(rules, any(indexed.is_dated for indexed in rules), {})


def group_name(counted_by: CountedBy) -> str:
    """The name of the events that a group counts, which stays the same in every index."""
    assesses, name_space = counted_by
    return f"{assesses.value}|{name_space.equals}|{name_space.begins_with}"


def first_day(instant: datetime) -> int:
    """The first whole day (days since 1970, UTC) after an instant.

    "Within 30 days" is today and the 29 days before it, since counts are by day.
    """
    return instant.date().toordinal() - EPOCH_ORDINAL + 1


def day_of(at_us: int) -> int:
    """The day (days since 1970, UTC) of an instant."""
    return at_us // (SECONDS_A_DAY * 1_000_000)


def _grouped(rules: Sequence[IndexedRule]) -> list[RuleGroup]:
    """Rules by group; those that read no counters join another group, which costs nothing."""
    by_number: dict[int, list[IndexedRule]] = {}
    for indexed in rules:
        by_number.setdefault(indexed.group, []).append(indexed)
    if len(by_number) > 1 and UNCOUNTED in by_number:
        uncounted = by_number.pop(UNCOUNTED)
        by_number[next(iter(by_number))] += uncounted
    return [
        RuleGroup(number, members, ConditionBatch([indexed.rule.draft.condition for indexed in members]))
        for number, members in by_number.items()
    ]


def _merged(one: ConditionInputs, other: ConditionInputs) -> ConditionInputs:
    within, since = dict(one.within) | dict(other.within), dict(one.since) | dict(other.since)
    return ConditionInputs(
        customer=one.customer or other.customer,
        counters=one.counters or other.counters,
        within=tuple(within.items()),
        since=tuple(since.items()),
    )
