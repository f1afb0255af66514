"""The assessor: which rules match an event, and what points they bring. It changes nothing but the standing's counts.

The reactor, basket assessment and the backtest all go by it, so that they cannot disagree.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from tidings_server.expressions.compiler import ExpressionFailed
from tidings_server.loyalty.assessment.condition_context import Counters, CustomerFacts
from tidings_server.loyalty.assessment.customer_state import Standing
from tidings_server.loyalty.assessment.rule_index import UNCOUNTED, RuleIndex, RuleSet
from tidings_server.loyalty.events import ASSESSED, SPENDING, LoyaltyEvent
from tidings_server.loyalty.money import amount_of, points_for, scaled
from tidings_server.loyalty.rules.economy import Economy
from tidings_server.loyalty.rules.fulfilments import Base, FulfilmentType
from tidings_server.loyalty.rules.language import Language
from tidings_server.loyalty.rules.rule import Rule
from tidings_server.platform.clock import from_us


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
        self.language = language
        self.messages = messages

    def assess(self, event: LoyaltyEvent, at_us: int, standing: Standing, index: RuleIndex) -> Assessment:
        """What an event recorded at `at_us` comes to, for a customer as the events before have left it.

        Counts the event, but for baskets. An error of a condition counts as not matched.
        """
        assessment = Assessment(economy=index.economy(at_us))
        standing.turn_year(at_us)
        if assessment.economy is not None and event.kind in SPENDING:
            assessment.base = base_points(assessment.economy, event, annual_spend=amount_of(standing.annual_spend))
        sets = index.sets(event.kind, event.name_space, at_us)
        is_customer_needed = any(ready.needs.customer for each in sets for ready in each.rules)
        customer = self.messages.customer(standing.facts(at_us)) if is_customer_needed else None
        value, is_spend = 0, event.kind in SPENDING
        if event.kind in ASSESSED:
            value = scaled(event.amount)
            standing.count(event.kind, event.name_space, value=value, at_us=at_us)
        for each in sets:
            counters = None
            if each.group != UNCOUNTED:
                counted_by, needs = index.counting(each.group)
                counted = standing.counters(counted_by, needs, value=value, is_spend=is_spend, at_us=at_us)
                counters = self.messages.counters(counted)
            activation = self.language.activation(event.message, from_us(at_us), customer=customer, counters=counters)
            _note(assessment, event, each, self.language.answers(each.conditions, activation))
        assessment.matches.sort(key=_age)
        return assessment


def _note(
    assessment: Assessment, event: LoyaltyEvent, rules: RuleSet, answers: Iterable[bool | ExpressionFailed]
) -> None:
    for ready, holds in zip(rules.rules, answers, strict=True):
        if isinstance(holds, ExpressionFailed):
            assessment.errors.append((ready.rule.key, holds.error))
        elif holds:
            assessment.matches.append(Match(ready.rule, rule_points(ready.rule, event), ready.is_test))


def _age(match: Match) -> int:
    return match.rule.key


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
