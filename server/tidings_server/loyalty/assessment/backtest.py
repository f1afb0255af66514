"""Backtests: what a rule, in whatever state, would have brought for events of the past. They change nothing.

The assessor is the one that assesses events as they come. A rule whose condition looks at the customer or at counters
is told what was so at the time, which takes reading the tenant's events from the first one on.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.assessment.assessor import Assessor, rule_points
from tidings_server.loyalty.assessment.point_in_time import Hindsight
from tidings_server.loyalty.assessment.rule_index import RuleIndex
from tidings_server.loyalty.events import ASSESSED, Kind, LoyaltyEvent
from tidings_server.loyalty.rules.language import Language, needs
from tidings_server.loyalty.rules.rule import Rule
from tidings_server.loyalty.rules.rules import Rules
from tidings_server.loyalty.store import past_events
from tidings_server.loyalty.store.past_events import PastEvent, Wanted
from tidings_server.platform.clock import from_us
from tidings_server.platform.errors import InvalidInput, LimitExceeded
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log

PAGE: Final = 2_000
SPAN: Final = 20_000
"""Positions of the log that one statement may pass over: it holds those of all tenants and APIs."""
BREATH: Final = 50
"""Events after which others are let in: about a millisecond."""
MAX_AT_ONCE: Final = 2
"""Backtests of one process: each takes what it can get of a core."""
RETRY_AFTER_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Span:
    """Which part of the past, and how many examples are wanted. Instants in µs, None is open; `end_us` is exclusive."""

    start_us: int | None = None
    end_us: int | None = None
    examples: int = 0


@dataclass(frozen=True, slots=True)
class Example:
    """One event that the rule would have matched."""

    event_id: str
    customer_id: str
    recorded_at: int
    points: int


@dataclass(slots=True)
class Progress:
    """What a backtest has found so far. `progress` is how much of the range is done, 0 to 1."""

    rule_id: str
    assessed: int = 0
    matched: int = 0
    points: int = 0
    customers: set[str] = field(default_factory=set)
    examples: list[Example] = field(default_factory=list)
    progress: float = 0.0
    is_complete: bool = False


class PastBodies(Protocol):
    """The dialect's part: what an event said, by the log's `type` and `body`."""

    def past(self, kind: str, body: bytes) -> LoyaltyEvent: ...


class Backtests:
    """The use case."""

    def __init__(
        self, database: Database, rules: Rules, language: Language, assessor: Assessor, bodies: PastBodies
    ) -> None:
        self._database = database
        self._rules = rules
        self._language = language
        self._assessor = assessor
        self._bodies = bodies
        self._running = 0

    async def run(self, scope: Scope, rule_id: str, span: Span) -> AsyncGenerator[Progress, None]:
        """What has been found, after each page; the same object every time, complete with the last.

        Raises NotFound, InvalidInput for a range that ends before it starts, LimitExceeded while others run and for
        more customers than can be looked back on.
        """
        if span.start_us is not None and span.end_us is not None and span.start_us >= span.end_us:
            raise InvalidInput.of("to", "must be after from")
        rule = await self._rules.get(scope, rule_id)
        with self._turn():
            run = self._new_run(scope.tenant, rule, span)
            first, last = await self._ends(span)
            position = 0 if run.looks_back else first
            while position < last:
                position = await self._page(run, position, last)
                run.found.progress = max(0.0, (position - first) / (last - first)) if last > first else 1.0
                yield run.found
            run.found.progress, run.found.is_complete = 1.0, True
            yield run.found

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._running >= MAX_AT_ONCE:
            raise LimitExceeded(f"{MAX_AT_ONCE} backtests are running already.", retry_after_s=RETRY_AFTER_S)
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1

    def _new_run(self, tenant: int, rule: Rule, span: Span) -> "_Run":
        return _Run(tenant, rule, span, language=self._language, assessor=self._assessor, bodies=self._bodies)

    async def _ends(self, span: Span) -> tuple[int, int]:
        """The numbers of the event before the range, and of its last one."""
        async with self._database.read() as conn:
            last = await log.head(conn) if span.end_us is None else await log.locate(conn, span.end_us)
            first = 0 if span.start_us is None else await log.locate(conn, span.start_us)
        return min(first, last), last

    async def _page(self, run: "_Run", position: int, last: int) -> int:
        """Assess the next page; the number of the last event that was looked at."""
        upto = min(position + SPAN, last)
        async with self._database.read() as conn:
            events = await past_events.page(conn, run.wanted, after=position, upto=upto, limit=PAGE)
            await run.meet(conn, events)
        for start in range(0, len(events), BREATH):
            for event in events[start : start + BREATH]:
                run.take(event)
            await asyncio.sleep(0)
        return events[-1].seq if events else upto


class _Run:
    """One backtest under way."""

    def __init__(
        self, tenant: int, rule: Rule, span: Span, *, language: Language, assessor: Assessor, bodies: PastBodies
    ) -> None:
        self.tenant = tenant
        self.found = Progress(rule.id)
        self._rule = rule
        self._start_us = span.start_us or 0
        self._examples = span.examples
        self._language = language
        self._assessor = assessor
        self._bodies = bodies
        always = replace(rule.draft, effective_from_us=None, effective_to_us=None)
        self._index = RuleIndex([replace(rule, draft=always)])
        told = needs(rule.draft.condition)
        self.looks_back = told.customer or told.counters
        self._kinds = kinds = frozenset(rule.draft.assesses.kinds)
        if self.looks_back:
            self.wanted = Wanted(tenant, kinds | ASSESSED | {Kind.REVERSAL})
        else:
            name_space = rule.draft.name_space
            self.wanted = Wanted(tenant, kinds, name_space.equals, name_space.begins_with)
        self._hindsight = Hindsight(tenant)

    async def meet(self, conn: AsyncConnection, events: Sequence[PastEvent]) -> None:
        """Get to know whose events are next."""
        if self.looks_back and events:
            customers = {event.root_id for event in events}
            await self._hindsight.meet(conn, customers, at_us=events[0].recorded_at)

    def take(self, event: PastEvent) -> None:
        """Assess one event, or only live through it where it is not asked about."""
        is_asked = event.recorded_at >= self._start_us and event.type in self._kinds
        is_asked = is_asked and self._rule.draft.name_space.covers(event.name)
        if not is_asked and not self.looks_back:
            return
        told = self._bodies.past(event.type, event.body)
        if not self._hindsight.admits(told, event.recorded_at):
            return
        if is_asked:
            self._assess(event, told)
        else:
            self._hindsight.live(told, event.recorded_at)

    def _assess(self, event: PastEvent, told: LoyaltyEvent) -> None:
        found = self.found
        found.assessed += 1
        points = self._points(told, event.recorded_at)
        if points is None:
            return
        found.matched += 1
        found.points += points
        found.customers.add(told.customer_id)
        if len(found.examples) < self._examples:
            found.examples.append(Example(event.event_id, told.customer_id, event.recorded_at, points))

    def _points(self, told: LoyaltyEvent, at_us: int) -> int | None:
        """What the rule brings for an event; None where it does not match, or its condition comes to no answer."""
        if self.looks_back:
            standing = self._hindsight.standing(told.customer_id)
            matches = self._assessor.assess(told, at_us, standing, self._index).matches
            return matches[0].points if matches else None
        condition = self._rule.draft.condition
        activation = self._language.activation(told.message, from_us(at_us), customer=None, counters=None)
        holds = not condition or self._language.holds(condition, activation) is True
        return rule_points(self._rule, told) if holds else None
