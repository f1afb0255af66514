"""The rules of one tenant, ready to run: looked up by kind and namespace before any condition is evaluated."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tidings_server.clock import from_us
from tidings_server.core.loyalty.economy import Economy, in_effect
from tidings_server.core.loyalty.events import Kind
from tidings_server.core.loyalty.language import Needs, needs
from tidings_server.core.loyalty.lifecycle import Status
from tidings_server.core.loyalty.rule import Assesses, NameSpace, Rule

SECONDS_A_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """A rule with what its condition looks at."""

    rule: Rule
    needs: Needs

    @property
    def is_test(self) -> bool:
        """Whether it is only tried out."""
        return self.rule.status is not Status.ACTIVE

    @property
    def counted_by(self) -> "CountedBy":
        """Which events its counters count."""
        return self.rule.draft.assesses, self.rule.draft.name_space


CountedBy = tuple[Assesses, NameSpace]


class RuleIndex:
    """Rules by kind and namespace. All are looked at that are given, whatever their status and dates say."""

    def __init__(self, rules: Iterable[Rule], economies: Sequence[Economy] = ()) -> None:
        self._exact: dict[tuple[Kind, str], list[ReadyRule]] = {}
        self._prefixed: dict[tuple[Kind, str], list[ReadyRule]] = {}
        self._lengths: dict[Kind, list[int]] = {}
        self._economies = economies
        self._needs: dict[Kind, list[Needs]] = {}
        for rule in rules:
            self._add(ReadyRule(rule, needs(rule.draft.condition)))

    def candidates(self, kind: Kind, name_space: str, at_us: int) -> list[ReadyRule]:
        """The rules for such an event that are effective at an instant, in the order they were made."""
        found = list(self._exact.get((kind, name_space), ()))
        for length in self._lengths.get(kind, ()):
            if length <= len(name_space):
                found += self._prefixed.get((kind, name_space[:length]), ())
        return sorted((ready for ready in found if ready.rule.is_effective(at_us)), key=_by_age)

    def economy(self, at_us: int) -> Economy | None:
        """The economy that counts at an instant."""
        return in_effect(self._economies, at_us)

    def since_day(self, kind: Kind, at_us: int) -> int | None:
        """The first day (from 1970) that rules for such events count over; None where none counts over a period."""
        now = from_us(at_us)
        days = [first_day(period.before(now)) for each in self._needs.get(kind, ()) for _, period in each.within]
        days += [day.toordinal() - EPOCH_ORDINAL for each in self._needs.get(kind, ()) for _, day in each.since]
        return min(days, default=None)

    def _add(self, ready: ReadyRule) -> None:
        name_space = ready.rule.draft.name_space
        for kind in ready.rule.draft.assesses.kinds:
            if ready.needs.within or ready.needs.since:
                self._needs.setdefault(kind, []).append(ready.needs)
            if name_space.equals:
                self._exact.setdefault((kind, name_space.equals), []).append(ready)
                continue
            self._prefixed.setdefault((kind, name_space.begins_with), []).append(ready)
            lengths = self._lengths.setdefault(kind, [])
            if len(name_space.begins_with) not in lengths:
                lengths.append(len(name_space.begins_with))


EPOCH_ORDINAL: Final = datetime(1970, 1, 1).toordinal()  # noqa: DTZ001 - a day of the calendar, not an instant


def first_day(instant: datetime) -> int:
    """The first day (from 1970, UTC) that lies after an instant as a whole.

    "Within 30 days" counts today and the 29 days before it, since days are what is counted.
    """
    return instant.date().toordinal() - EPOCH_ORDINAL + 1


def day_of(at_us: int) -> int:
    """The day (from 1970, UTC) of an instant."""
    return at_us // (SECONDS_A_DAY * 1_000_000)


def _by_age(ready: ReadyRule) -> int:
    return ready.rule.key
