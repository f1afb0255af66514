"""The assessor: which rules match an event, and the points they earn. It changes only the customer state's counters.

The consumer, basket assessment and the backtest share it, so that they cannot disagree.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from tidings_server.expressions.compiler import ExpressionFailed
from tidings_server.loyalty.assessment.condition_context import CountersContext, CustomerContext
from tidings_server.loyalty.assessment.customer_state import CustomerState
from tidings_server.loyalty.assessment.order_facts import OrderFacts
from tidings_server.loyalty.assessment.rule_index import UNCOUNTED, RuleGroup, RuleIndex, group_name
from tidings_server.loyalty.events import EARNING_KINDS, SPEND_KINDS, LoyaltyEvent
from tidings_server.loyalty.money import SCALE, amount_of, points_for, scaled
from tidings_server.loyalty.rules.condition_language import ConditionLanguage
from tidings_server.loyalty.rules.economy import Economy
from tidings_server.loyalty.rules.fulfilments import FulfilmentType, PointsBase
from tidings_server.loyalty.rules.rule import LoyaltyRule
from tidings_server.platform.clock import from_us
from tidings_server.platform.worker_threads import WorkerThreads


class ConditionMessages(Protocol):
    """The port to the dialect: the variables of conditions as messages of the contract."""

    def customer(self, context: CustomerContext) -> object: ...

    def counters(self, context: CountersContext) -> object: ...


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """A rule that matches an event, and the points that it earns."""

    rule: LoyaltyRule
    points: int
    is_test: bool


@dataclass(slots=True)
class Assessment:
    """Result for one event. `base_points` are the economy's; `errors` are those of conditions, by the rule's key."""

    matches: list[RuleMatch] = field(default_factory=list)
    economy: Economy | None = None
    base_points: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)


class Assessor:
    """Assesses events."""

    def __init__(self, language: ConditionLanguage, messages: ConditionMessages) -> None:
        self.language = language
        self.messages = messages
        self._threads = WorkerThreads()

    async def assess_off_loop(
        self,
        event: LoyaltyEvent,
        at_us: int,
        state: CustomerState,
        *,
        index: RuleIndex,
        tenant: int,
        event_bytes: int,
        facts: OrderFacts | None = None,
    ) -> Assessment:
        """`assess`, on a thread where the tenant's rules may take long for an event of that size."""
        is_costly = index.is_costly(event.kind, event.name_space, at_us, event_bytes=event_bytes)
        if not is_costly:
            return self.assess(event, at_us, state, index=index, facts=facts)
        return await self._threads.run(
            lambda: self.assess(event, at_us, state, index=index, facts=facts), tenant=tenant
        )

    def assess(
        self,
        event: LoyaltyEvent,
        at_us: int,
        state: CustomerState,
        *,
        index: RuleIndex,
        facts: OrderFacts | None = None,
    ) -> Assessment:
        """Assess an event that happened at `at_us` with the customer's state after the events before it.

        Counts the event, except baskets. A condition that fails counts as not matched. `facts` are what the order of
        the event has met before: they count instead of the state, and are completed.
        """
        assessment = Assessment(economy=index.economy(at_us, event.currency))
        if event.kind in EARNING_KINDS:
            state.admit(at_us)
        annual_spend = state.annual_spend_at(at_us, event.currency)
        if facts is not None:
            annual_spend = facts.annual_spend_before(annual_spend)
        if assessment.economy is not None and event.kind in SPEND_KINDS:
            assessment.base_points = base_points(assessment.economy, event, annual_spend=amount_of(annual_spend))
        groups = index.groups(event.kind, event.name_space, at_us)
        needs_customer = any(indexed.inputs.customer for group in groups for indexed in group.rules)
        customer = self._customer(state, at_us, facts, event.currency) if needs_customer else None
        value, is_spend = 0, event.kind in SPEND_KINDS
        if event.kind in EARNING_KINDS:
            value = scaled(event.amount)
            state.count(event.kind, event.name_space, value=value, at_us=at_us, currency=event.currency)
        for group in groups:
            counters = None
            if group.number != UNCOUNTED:
                counted_by, inputs = index.counted(group.number)
                context = state.counters_context(
                    counted_by, inputs, value=value, is_spend=is_spend, at_us=at_us, currency=event.currency
                )
                if facts is not None:
                    context = facts.counters_before(group_name(counted_by), context, value=value / SCALE)
                counters = self.messages.counters(context)
            activation = self.language.activation(event.message, from_us(at_us), customer=customer, counters=counters)
            _add_matches(assessment, event, group, results=self.language.results(group.conditions, activation))
        assessment.matches.sort(key=_rule_key)
        return assessment

    def _customer(self, state: CustomerState, at_us: int, facts: OrderFacts | None, currency: str) -> object:
        context = state.context(at_us, currency)
        return self.messages.customer(context if facts is None else facts.customer_before(context))


def _add_matches(
    assessment: Assessment, event: LoyaltyEvent, group: RuleGroup, *, results: Iterable[bool | ExpressionFailed]
) -> None:
    for indexed, result in zip(group.rules, results, strict=True):
        if isinstance(result, ExpressionFailed):
            assessment.errors.append((indexed.rule.key, result.error))
        elif result:
            assessment.matches.append(RuleMatch(indexed.rule, rule_points(indexed.rule, event), indexed.is_test))


def _rule_key(match: RuleMatch) -> int:
    return match.rule.key


def rule_points(rule: LoyaltyRule, event: LoyaltyEvent) -> int:
    """Points that a rule earns for an event that it matches, rounded down once."""
    flat, per_unit = 0, Decimal(0)
    for fulfilment in rule.draft.fulfilments:
        if fulfilment.points is None:
            continue
        if fulfilment.type is FulfilmentType.POINTS_FLAT:
            flat += int(fulfilment.points)
        elif fulfilment.type is FulfilmentType.POINTS_PER_UNIT:
            per_unit += fulfilment.points * _total(event, fulfilment.base or PointsBase.TOTAL)
    return flat + points_for(per_unit, Decimal(1))


def base_points(economy: Economy, event: LoyaltyEvent, *, annual_spend: Decimal) -> int:
    """Points that the economy gives for spend, at the rate of the customer's level."""
    return points_for(_total(event, economy.draft.base), economy.draft.rate(annual_spend))


def _total(event: LoyaltyEvent, base: PointsBase) -> Decimal:
    return event.amount if base is PointsBase.TOTAL else event.eligible
