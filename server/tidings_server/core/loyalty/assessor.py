"""The assessor: which rules match an event, and what points they bring. It changes nothing but the standing's counts.

The reactor, basket assessment and the backtest all go by it, so that they cannot disagree.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from cel_expr_python import cel

from tidings_server.clock import from_us
from tidings_server.core.expressions import ExpressionFailed
from tidings_server.core.loyalty.economy import Economy
from tidings_server.core.loyalty.events import ASSESSED, SPENDING, LoyaltyEvent
from tidings_server.core.loyalty.facts import Counters, CustomerFacts
from tidings_server.core.loyalty.fulfilments import Base, FulfilmentType
from tidings_server.core.loyalty.index import CountedBy, ReadyRule, RuleIndex
from tidings_server.core.loyalty.language import Language, Needs
from tidings_server.core.loyalty.money import amount_of, points_for, scaled
from tidings_server.core.loyalty.rule import Rule
from tidings_server.core.loyalty.standing import Standing


class FactsAsMessages(Protocol):
    """The dialect's part: what conditions see, as the contract's messages."""

    def customer(self, facts: CustomerFacts) -> object: ...

    def counters(self, counters: Counters) -> object: ...


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that matches, and the points that it brings."""

    rule: Rule
    points: int
    is_test: bool


@dataclass(slots=True)
class Assessment:
    """What an event comes to. `base` are the economy's own points; `errors` of conditions, by the rule's key."""

    matches: list[Match] = field(default_factory=list)
    economy: Economy | None = None
    base: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)


class Assessor:
    """Assesses events."""

    def __init__(self, language: Language, messages: FactsAsMessages) -> None:
        self._language = language
        self._messages = messages

    def assess(self, event: LoyaltyEvent, at_us: int, standing: Standing, index: RuleIndex) -> Assessment:
        """What an event recorded at `at_us` comes to, for a customer as the events before have left it.

        Counts the event, but for baskets. An error of a condition counts as not matched.
        """
        assessment = Assessment(economy=index.economy(at_us))
        standing.turn_year(at_us)
        if assessment.economy is not None and event.kind in SPENDING:
            assessment.base = base_points(assessment.economy, event, annual_spend=amount_of(standing.annual_spend))
        candidates = index.candidates(event.kind, event.name_space, at_us)
        is_customer_needed = any(ready.needs.customer for ready in candidates)
        customer = self._messages.customer(standing.facts(at_us)) if is_customer_needed else None
        if event.kind in ASSESSED:
            standing.count(event.kind, event.name_space, value=scaled(event.amount), at_us=at_us)
        views = _Views(
            self._language,
            self._messages,
            event=event,
            at_us=at_us,
            standing=standing,
            customer=customer,
            candidates=candidates,
        )
        for ready in candidates:
            condition = ready.rule.draft.condition
            holds = self._language.holds(condition, views.of(ready)) if condition else True
            if isinstance(holds, ExpressionFailed):
                assessment.errors.append((ready.rule.key, holds.error))
            elif holds:
                assessment.matches.append(Match(ready.rule, rule_points(ready.rule, event), ready.is_test))
        return assessment


class _Views:
    """Activations of one event: one for all conditions, and one for each way of counting."""

    def __init__(
        self,
        language: Language,
        messages: FactsAsMessages,
        *,
        event: LoyaltyEvent,
        at_us: int,
        standing: Standing,
        customer: object,
        candidates: list[ReadyRule],
    ) -> None:
        self._language = language
        self._messages = messages
        self._event = event
        self._at_us = at_us
        self._standing = standing
        self._customer = customer
        self._needs: dict[CountedBy, Needs] = {}
        for ready in candidates:
            if ready.needs.counters:
                self._needs[ready.counted_by] = _joined(self._needs.get(ready.counted_by), ready.needs)
        self._made: dict[CountedBy | None, cel.Activation] = {}

    def of(self, ready: ReadyRule) -> cel.Activation:
        """What a rule's condition sees."""
        counted_by = ready.counted_by if ready.needs.counters else None
        if counted_by not in self._made:
            counters = None if counted_by is None else self._messages.counters(self._counters(counted_by))
            self._made[counted_by] = self._language.activation(
                self._event.message, from_us(self._at_us), customer=self._customer, counters=counters
            )
        return self._made[counted_by]

    def _counters(self, counted_by: CountedBy) -> Counters:
        is_counted = self._event.kind in ASSESSED
        return self._standing.counters(
            counted_by,
            self._needs[counted_by],
            value=scaled(self._event.amount) if is_counted else 0,
            is_spend=self._event.kind in SPENDING,
            at_us=self._at_us,
        )


def rule_points(rule: Rule, event: LoyaltyEvent) -> int:
    """Points that a rule brings for an event that it matches, rounded down once."""
    flat, per_unit = 0, Decimal(0)
    for given in rule.draft.fulfilments:
        if given.points is None:
            continue
        if given.type is FulfilmentType.POINTS_FLAT:
            flat += int(given.points)
        elif given.type is FulfilmentType.POINTS_PER_UNIT:
            per_unit += given.points * _total(event, given.base or Base.TOTAL)
    return flat + points_for(per_unit, Decimal(1))


def base_points(economy: Economy, event: LoyaltyEvent, *, annual_spend: Decimal) -> int:
    """Points that spending is worth by itself, at the rate of the customer's level."""
    return points_for(_total(event, economy.draft.base), economy.draft.rate(annual_spend))


def _total(event: LoyaltyEvent, base: Base) -> Decimal:
    return event.amount if base is Base.TOTAL else event.eligible


def _joined(one: Needs | None, other: Needs) -> Needs:
    if one is None:
        return other
    within, since = dict(one.within) | dict(other.within), dict(one.since) | dict(other.since)
    return Needs(customer=True, counters=True, within=tuple(within.items()), since=tuple(since.items()))
