"""The rules of one tenant, ready to run: looked up by kind and namespace before any condition is evaluated."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from tidings_server.loyalty.events import Kind
from tidings_server.loyalty.rules.economy import Economy, in_effect
from tidings_server.loyalty.rules.language import Needs, Together, needs
from tidings_server.loyalty.rules.lifecycle import Status
from tidings_server.loyalty.rules.rule import Assesses, NameSpace, Rule
from tidings_server.platform.clock import from_us

SECONDS_A_DAY: Final = 86_400
MAX_FOUND: Final = 1_000
"""Namespaces whose rules are remembered."""


UNCOUNTED: Final = -1

CountedBy = tuple[Assesses, NameSpace]
"""Which events the counters of a rule count."""


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """A rule, ready to run. Rules with the same `group` count the same events; UNCOUNTED count none."""

    rule: Rule
    condition: str
    needs: Needs
    group: int
    is_test: bool
    is_dated: bool


class RuleSet(NamedTuple):
    """Rules whose conditions see the same: their `group` counts what they count."""

    group: int
    rules: list[ReadyRule]
    conditions: Together


class Found(NamedTuple):
    """The rules for a kind and namespace, and whether any of them is not for all times."""

    rules: list[ReadyRule]
    are_dated: bool
    sets: dict[tuple[int, ...], list[RuleSet]]
    """By the keys of those that are effective; where none is dated, there is one for all times."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What the rules for some events look at, beside the events: `since_day` the first day that they count over."""

    segments: bool = False
    counters: bool = False
    since_day: int | None = None

    def and_also(self, other: "Demand") -> "Demand":
        """What both look at."""
        days = [day for day in (self.since_day, other.since_day) if day is not None]
        return Demand(
            segments=self.segments or other.segments,
            counters=self.counters or other.counters,
            since_day=min(days, default=None),
        )


class RuleIndex:
    """Rules by kind and namespace. All are looked at that are given, whatever their status says."""

    def __init__(self, rules: Iterable[Rule], economies: Sequence[Economy] = ()) -> None:
        self._economies = economies
        self._exact: dict[tuple[Kind, str], list[ReadyRule]] = {}
        self._prefixed: dict[Kind, dict[str, list[ReadyRule]]] = {}
        self._groups: dict[CountedBy, int] = {}
        self._group_needs: list[tuple[CountedBy, Needs]] = []
        self._found: dict[tuple[Kind, str], Found] = {}
        for rule in rules:
            self._add(rule)

    def candidates(self, kind: Kind, name_space: str, at_us: int) -> list[ReadyRule]:
        """The rules for such an event that are effective at an instant, in the order they were made."""
        found = self._look_up(kind, name_space)
        if found.are_dated:
            return [ready for ready in found.rules if ready.rule.is_effective(at_us)]
        return found.rules

    def sets(self, kind: Kind, name_space: str, at_us: int) -> list[RuleSet]:
        """The same, by what their conditions see."""
        found = self._look_up(kind, name_space)
        rules = self.candidates(kind, name_space, at_us) if found.are_dated else found.rules
        name = tuple(ready.rule.key for ready in rules) if found.are_dated else ()
        sets = found.sets.get(name)
        if sets is None:
            sets = found.sets[name] = _sets(rules)
        return sets

    def tries_out(self, kind: Kind, name_space: str, at_us: int) -> bool:
        """Whether any rule for such an event is in Test."""
        return any(ready.is_test for ready in self.candidates(kind, name_space, at_us))

    def counting(self, group: int) -> tuple[CountedBy, Needs]:
        """Which events a group counts, and over which periods."""
        return self._group_needs[group]

    def economy(self, at_us: int) -> Economy | None:
        """The economy that counts at an instant."""
        return in_effect(self._economies, at_us)

    def demand(self, kind: Kind, name_space: str, at_us: int) -> Demand:
        """What the rules for such an event look at."""
        needed = [ready.needs for ready in self.candidates(kind, name_space, at_us)]
        days = [first_day(period.before(from_us(at_us))) for each in needed for _, period in each.within]
        days += [day.toordinal() - EPOCH_ORDINAL for each in needed for _, day in each.since]
        return Demand(
            segments=any(each.customer for each in needed),
            counters=any(each.counters for each in needed),
            since_day=min(days, default=None),
        )

    def _add(self, rule: Rule) -> None:
        draft, needed = rule.draft, needs(rule.draft.condition)
        ready = ReadyRule(
            rule=rule,
            condition=draft.condition,
            needs=needed,
            group=self._group((draft.assesses, draft.name_space), needed) if needed.counters else UNCOUNTED,
            is_test=rule.status is not Status.ACTIVE,
            is_dated=draft.effective_from_us is not None or draft.effective_to_us is not None,
        )
        for kind in draft.assesses.kinds:
            if draft.name_space.equals:
                self._exact.setdefault((kind, draft.name_space.equals), []).append(ready)
            else:
                self._prefixed.setdefault(kind, {}).setdefault(draft.name_space.begins_with, []).append(ready)

    def _group(self, counted_by: CountedBy, needed: Needs) -> int:
        """The number of the group that counts so; it counts over all periods that its rules name."""
        group = self._groups.setdefault(counted_by, len(self._groups))
        if group == len(self._group_needs):
            self._group_needs.append((counted_by, needed))
        else:
            self._group_needs[group] = counted_by, _joined(self._group_needs[group][1], needed)
        return group

    def _look_up(self, kind: Kind, name_space: str) -> Found:
        found = self._found.get((kind, name_space))
        if found is None:
            if len(self._found) >= MAX_FOUND:
                self._found.clear()
            found = self._found[kind, name_space] = self._find(kind, name_space)
        return found

    def _find(self, kind: Kind, name_space: str) -> Found:
        found = list(self._exact.get((kind, name_space), ()))
        for beginning, ready in self._prefixed.get(kind, {}).items():
            if name_space.startswith(beginning):
                found += ready
        found.sort(key=lambda ready: ready.rule.key)
        return Found(found, any(ready.is_dated for ready in found), {})


EPOCH_ORDINAL: Final = datetime(1970, 1, 1).toordinal()  # noqa: DTZ001 - a day of the calendar, not an instant


def first_day(instant: datetime) -> int:
    """The first day (from 1970, UTC) that lies after an instant as a whole.

    "Within 30 days" counts today and the 29 days before it, since days are what is counted.
    """
    return instant.date().toordinal() - EPOCH_ORDINAL + 1


def day_of(at_us: int) -> int:
    """The day (from 1970, UTC) of an instant."""
    return at_us // (SECONDS_A_DAY * 1_000_000)


def _sets(rules: Sequence[ReadyRule]) -> list[RuleSet]:
    """Who counts nothing may be told what the others count."""
    by_group: dict[int, list[ReadyRule]] = {}
    for ready in rules:
        by_group.setdefault(ready.group, []).append(ready)
    if len(by_group) > 1 and UNCOUNTED in by_group:
        uncounted = by_group.pop(UNCOUNTED)
        by_group[next(iter(by_group))] += uncounted
    return [
        RuleSet(group, members, Together([ready.condition for ready in members])) for group, members in by_group.items()
    ]


def _joined(one: Needs, other: Needs) -> Needs:
    within, since = dict(one.within) | dict(other.within), dict(one.since) | dict(other.since)
    return Needs(
        customer=one.customer or other.customer,
        counters=one.counters or other.counters,
        within=tuple(within.items()),
        since=tuple(since.items()),
    )
