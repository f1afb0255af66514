"""Backtests: the effects that a rule, in whatever state, would have had on past events. They change nothing.

The assessor is the one that assesses new events. A rule whose condition reads the customer or counters gets the values
of the time, for which the tenant's events are replayed from the first one on.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.assessment.assessor import Assessor, rule_points
from tidings_server.loyalty.assessment.backtest_sums import MatchSums
from tidings_server.loyalty.assessment.order_facts import OrderFacts
from tidings_server.loyalty.assessment.point_in_time import PastOrder, PointInTimeStates
from tidings_server.loyalty.assessment.rule_index import RuleIndex
from tidings_server.loyalty.events import EARNING_KINDS, EventKind, LoyaltyEvent
from tidings_server.loyalty.money import scaled
from tidings_server.loyalty.rules.condition_language import ConditionLanguage, condition_inputs
from tidings_server.loyalty.rules.rule import LoyaltyRule
from tidings_server.loyalty.rules.rules import LoyaltyRules
from tidings_server.loyalty.store import past_events
from tidings_server.loyalty.store.past_events import EventSelection, PastEvent
from tidings_server.platform.clock import MAX_US, US_PER_DAY, from_us
from tidings_server.platform.errors import InvalidInput, LimitExceeded
from tidings_server.platform.heavy_work import heavy_work
from tidings_server.platform.scope import Scope
from tidings_server.platform.turns import BACKGROUND_S, Turn, enter, has_others, next_turn
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.shards import shard_of_tenant, start_of

MAX_CHUNK_EVENTS: Final = 2_000
SHARED_EVENTS: Final = 200
"""Events that are read at once while other tenants call."""
MAX_CHUNK_POSITIONS: Final = 20_000
"""Positions of the log that one statement may pass over: it holds those of all tenants and APIs."""
MAX_RUNNING: Final = 2
"""Concurrent backtests of one tenant: each takes what others leave it of a core."""
MAX_RUNNING_IN_ALL: Final = 8
"""Concurrent backtests of one process."""
RETRY_AFTER_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class BacktestRange:
    """Range of the times of events, and the number of examples. Instants in µs, None is open; `end_us` is exclusive."""

    start_us: int | None = None
    end_us: int | None = None
    examples: int = 0


@dataclass(frozen=True, slots=True)
class BacktestExample:
    """One event that the rule would have matched."""

    event_id: str
    customer_id: str
    recorded_at: int
    points: int


@dataclass(slots=True)
class BacktestProgress:
    """Result so far. `progress` is the part of the range that is done, 0 to 1."""

    rule_id: str
    assessed: int = 0
    matched: int = 0
    points: int = 0
    sums: MatchSums = field(default_factory=MatchSums)
    examples: list[BacktestExample] = field(default_factory=list)
    progress: float = 0.0
    is_complete: bool = False

    @property
    def customers(self) -> Collection[str]:
        """Customers whose events matched, those of orders that were taken back too."""
        return self.sums.customers


class PastEventDecoder(Protocol):
    """The port to the dialect: decoding an event by the log's `type` and `body`."""

    def decode_body(self, kind: str, body: bytes) -> LoyaltyEvent: ...


class Backtests:
    """Runs backtests."""

    def __init__(
        self,
        database: Database,
        rules: LoyaltyRules,
        language: ConditionLanguage,
        *,
        assessor: Assessor,
        decoder: PastEventDecoder,
    ) -> None:
        self._database = database
        self._rules = rules
        self._language = language
        self._assessor = assessor
        self._decoder = decoder
        self._running: Counter[int] = Counter()

    async def run(self, scope: Scope, rule_id: str, range_: BacktestRange) -> AsyncGenerator[BacktestProgress, None]:
        """The progress after each chunk of events: always the same object, complete at the end.

        Raises NotFound, InvalidInput for a range that ends before it starts, LimitExceeded while others run and for
        more customers than can be held in memory.
        """
        if range_.start_us is not None and range_.end_us is not None and range_.start_us >= range_.end_us:
            raise InvalidInput.of("to", "must be after from")
        rule = await self._rules.get(scope, rule_id)
        with self._limit(scope.tenant):
            run = self._new_run(scope.tenant, rule, range_)
            first, last = await self._positions(scope.tenant, range_)
            position = start_of(shard_of_tenant(scope.tenant)) if run.needs_state else first
            while position < last:
                position = await self._run_chunk(run, position, last)
                run.progress.progress = max(0.0, (position - first) / (last - first)) if last > first else 1.0
                yield run.progress
            run.progress.progress, run.progress.is_complete = 1.0, True
            yield run.progress

    @contextmanager
    def _limit(self, tenant: int) -> Iterator[None]:
        if self._running[tenant] >= MAX_RUNNING or self._running.total() >= MAX_RUNNING_IN_ALL:
            raise LimitExceeded(f"{self._running[tenant]} backtests are running already.", retry_after_s=RETRY_AFTER_S)
        self._running[tenant] += 1
        try:
            yield
        finally:
            self._running[tenant] -= 1
            if not self._running[tenant]:
                del self._running[tenant]

    def _new_run(self, tenant: int, rule: LoyaltyRule, range_: BacktestRange) -> "_BacktestRun":
        return _BacktestRun(
            tenant, rule, range_, language=self._language, assessor=self._assessor, decoder=self._decoder
        )

    async def _positions(self, tenant: int, range_: BacktestRange) -> tuple[int, int]:
        """The numbers of the event before the range, and of its last one."""
        async with self._database.read() as conn:
            shard, start = shard_of_tenant(tenant), range_.start_us
            last = await log.head(conn, shard)  # what happened in the range may have been stored at any time since
            first = start_of(shard) if start is None else await log.locate(conn, start, shard)
        return min(first, last), last

    async def _run_chunk(self, run: "_BacktestRun", position: int, last: int) -> int:
        """Process the next events; the number of the last position that was read."""
        enter(run.tenant)
        async with heavy_work(run.tenant):
            most = SHARED_EVENTS if has_others(run.tenant) else MAX_CHUNK_EVENTS
            upto = min(position + MAX_CHUNK_POSITIONS, last)
            await next_turn()
            async with self._database.read() as conn:
                events = await past_events.page(conn, run.selection, after=position, upto=upto, limit=most)
                await run.load_customers(conn, events)
            turn = Turn(BACKGROUND_S)
            for event in events:
                run.process(event)
                await turn.give()
            return events[-1].seq if events else upto


class _BacktestRun:
    """One running backtest."""

    def __init__(
        self,
        tenant: int,
        rule: LoyaltyRule,
        range_: BacktestRange,
        *,
        language: ConditionLanguage,
        assessor: Assessor,
        decoder: PastEventDecoder,
    ) -> None:
        self.progress = BacktestProgress(rule.id)
        self.tenant = tenant
        self._rule = rule
        self._start_us = range_.start_us or 0
        self._end_us = MAX_US if range_.end_us is None else range_.end_us
        self._max_examples = range_.examples
        self._language = language
        self._assessor = assessor
        self._decoder = decoder
        undated = replace(rule.draft, effective_from_us=None, effective_to_us=None)
        self._index = RuleIndex([replace(rule, draft=undated)])
        inputs = condition_inputs(rule.draft.condition)
        self.needs_state = inputs.customer or inputs.counters
        self._kinds = kinds = frozenset(rule.draft.assesses.kinds)
        if self.needs_state:
            self.selection = EventSelection(tenant, kinds | EARNING_KINDS | {EventKind.REVERSAL})
        else:
            name_space = rule.draft.name_space
            self.selection = EventSelection(tenant, kinds, name_space.equals, name_space.begins_with)
        self._states = PointInTimeStates(tenant)

    async def load_customers(self, conn: AsyncConnection, events: Sequence[PastEvent]) -> None:
        """Read the customers of the next events, if the rule needs their states."""
        if self.needs_state and events:
            customers = {event.root_id for event in events}
            await self._states.load_customers(conn, customers, at_us=events[0].recorded_at)

    def process(self, past: PastEvent) -> None:
        """Assess one event, or only count it where the rule or the range does not include it."""
        is_included = self._start_us <= past.at_us < self._end_us and past.type in self._kinds
        is_included = is_included and self._rule.draft.name_space.covers(past.name)
        if not is_included and not self.needs_state:
            return
        event = self._decoder.decode_body(past.type, past.body)
        if event.kind is EventKind.REVERSAL:
            for order in self._states.reverse(event):
                self._take_out(order, event)
                order.is_final = True
        elif event.order_id:
            self._process_order(past, event, is_included=is_included)
        elif event.is_standing or event.kind is EventKind.BASKET:
            if is_included:
                self.progress.assessed += 1
                self._add(past, event, self._points(event, past.at_us), before=None)
            else:
                self._count(event, past.at_us)

    def _process_order(self, past: PastEvent, event: LoyaltyEvent, *, is_included: bool) -> None:
        """An order is assessed again by each event with a newer state; the difference counts."""
        order = self._states.order(event)
        stated_at = past.at_us if event.stated_at is None else min(event.stated_at, past.recorded_at)
        self.progress.assessed += is_included and event.is_standing
        if order.is_final or stated_at < order.stated_at:
            return
        before = order.points
        self._take_out(order, event)
        order.placed_at = past.at_us if order.stated_at < 0 else min(order.placed_at, past.at_us)
        order.stated_at = stated_at
        if not event.is_standing:
            return
        if is_included:
            if self.needs_state:
                order.facts = order.facts or OrderFacts()
            order.points = self._points(event, order.placed_at, order.facts)
            order.day = self._add(past, event, order.points, before=before)
        else:
            self._count(event, order.placed_at)
        order.is_standing, order.spend, order.currency = True, scaled(event.amount), event.currency

    def _take_out(self, order: PastOrder, event: LoyaltyEvent) -> None:
        """Take an order out of the result, and out of its customer's spend and counters."""
        if self.needs_state:
            self._states.take_out(order, self._states.state(event.customer_id), event.name_space)
        if order.points is not None:
            self.progress.matched -= 1
            self.progress.points -= order.points
            self.progress.sums.take_out(event.customer_id, order.day, order.points)
            order.points = None

    def _count(self, event: LoyaltyEvent, at_us: int) -> None:
        """Count an event that the backtest does not assess."""
        if self.needs_state and event.kind in EARNING_KINDS:
            state = self._states.state(event.customer_id)
            state.admit(at_us)
            value, currency = scaled(event.amount), event.currency
            state.count(event.kind, event.name_space, value=value, at_us=at_us, currency=currency)

    def _add(self, past: PastEvent, event: LoyaltyEvent, points: int | None, *, before: int | None) -> int:
        """Add a match to the result; the day that it counts on. An order that matched before is no further example."""
        progress = self.progress
        if points is None:
            return 0
        progress.matched += 1
        progress.points += points
        if before is None and len(progress.examples) < self._max_examples:
            progress.examples.append(BacktestExample(past.event_id, event.customer_id, past.recorded_at, points))
        return progress.sums.add(event.customer_id, past.at_us // US_PER_DAY, points)

    def _points(self, event: LoyaltyEvent, at_us: int, facts: OrderFacts | None = None) -> int | None:
        """Points that the rule earns for an event; None where it does not match, or its condition fails."""
        if self.needs_state:
            state = self._states.state(event.customer_id)
            matches = self._assessor.assess(event, at_us, state, index=self._index, facts=facts).matches
            return matches[0].points if matches else None
        condition = self._rule.draft.condition
        activation = self._language.activation(event.message, from_us(at_us), customer=None, counters=None)
        is_match = not condition or self._language.holds(condition, activation) is True
        return rule_points(self._rule, event) if is_match else None
