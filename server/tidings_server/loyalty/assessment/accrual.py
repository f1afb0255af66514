"""Accrual: turning an assessment into new lots, assessment rows and the other fulfilments of the rules."""

from collections.abc import Iterable
from typing import Final

from tidings_server.loyalty.assessment.assessor import Assessment, RuleMatch
from tidings_server.loyalty.assessment.batch import AssessmentBatch
from tidings_server.loyalty.assessment.customer_state import CustomerState
from tidings_server.loyalty.assessment.rule_index import SECONDS_A_DAY
from tidings_server.loyalty.fulfilment.executor import (
    FulfilmentContext,
    FulfilmentExecutor,
    other_indexes,
    points_indexes,
)
from tidings_server.loyalty.ledger.commands import CausingEvent, EarnPoints, LotDates
from tidings_server.loyalty.rules.economy import Economy, ExpiryKind
from tidings_server.loyalty.rules.fulfilments import FulfilmentType
from tidings_server.loyalty.store.assessments import AssessmentRow
from tidings_server.loyalty.store.lots import LOTS_PER_EVENT, StoredLot
from tidings_server.loyalty.store.orders import StoredOrder
from tidings_server.loyalty.store.tables import MAX_POINTS
from tidings_server.platform.clock import from_us, to_us

TOO_MANY: Final = f"the customer would have more than {MAX_POINTS:,} points"


class Accrual:
    """Adds the effects of assessments to a batch."""

    def __init__(self, executor: FulfilmentExecutor) -> None:
        self._executor = executor

    def accrue(
        self, batch: AssessmentBatch, cause: CausingEvent, state: CustomerState, *, assessment: Assessment
    ) -> None:
        """All effects of an assessment. The effects of rules in TEST are recorded only."""
        batch.assessments += [assessment_row(batch, cause, match) for match in assessment.matches]
        active = [match for match in assessment.matches if not match.is_test]
        lots = LotBuilder(batch, cause, state, economy=assessment.economy)
        if assessment.economy is not None and assessment.base_points and lots.has_room(assessment.base_points):
            lots.add(assessment.economy.key, assessment.economy.id, points=assessment.base_points)
        for match in active:
            if match.points and lots.has_room(match.points):
                lots.add(match.rule.key, match.rule.id, points=match.points)
            elif match.points:
                batch.record_failure(cause, match.rule, points_indexes(match.rule), reason=TOO_MANY)
        lots.finish()
        for match in active:
            context = FulfilmentContext(batch, cause, match.rule, state, at_us=cause.at_us)
            self._executor.execute(context, other_indexes(match.rule))

    def fulfil_order(
        self,
        batch: AssessmentBatch,
        cause: CausingEvent,
        match: RuleMatch,
        *,
        state: CustomerState,
        order: StoredOrder,
        is_again: bool,
    ) -> None:
        """Everything but points that a rule gives an order; where it has matched it before, only its segments."""
        context = FulfilmentContext(batch, cause, match.rule, state, order_key=order.key, at_us=order.placed_at)
        indexes = other_indexes(match.rule)
        if is_again:
            fulfilments = match.rule.draft.fulfilments
            indexes = [at for at in indexes if fulfilments[at].type is FulfilmentType.ADD_TO_SEGMENT]
        self._executor.execute(context, indexes)

    def retry(
        self,
        batch: AssessmentBatch,
        cause: CausingEvent,
        match: RuleMatch,
        *,
        state: CustomerState,
        economy: Economy | None,
        indexes: Iterable[int],
        retry_seq: int,
        order: StoredOrder | None = None,
    ) -> None:
        """Repeat failed fulfilments of a rule, named by their indexes; `retry_seq` is the number of the retry event."""
        indexes = list(indexes)
        of_points = [index for index in indexes if index in points_indexes(match.rule)]
        if of_points and match.points:
            lots = LotBuilder(batch, cause, state, economy=economy, order=order)
            if lots.has_room(match.points):
                lots.add(match.rule.key, match.rule.id, points=match.points)
                lots.finish()
            else:
                batch.record_failure(cause, match.rule, of_points, reason=TOO_MANY)
        order_key, at_us = (order.key, order.placed_at) if order else (None, cause.at_us)
        context = FulfilmentContext(batch, cause, match.rule, state, retry_seq, order_key=order_key, at_us=at_us)
        self._executor.execute(context, [index for index in indexes if index not in of_points])


class LotBuilder:
    """Builds the lots of one event."""

    def __init__(
        self,
        batch: AssessmentBatch,
        cause: CausingEvent,
        state: CustomerState,
        *,
        economy: Economy | None,
        order: StoredOrder | None = None,
    ) -> None:
        """The points of an order start and expire by the order's time, those of other events by the event's."""
        self._batch = batch
        self._cause = cause
        self._state = state
        self._dates = lot_dates(economy, cause.at_us if order is None else order.placed_at)
        self._order_key = order.key if order else None
        self._lots: list[StoredLot] = []
        self._by_rule: dict[str, int] = {}

    def has_room(self, points: int) -> bool:
        """Whether the customer may have so many more points."""
        return points + self._state.posted - self._state.debt <= MAX_POINTS

    def add(self, rule_key: int, rule_id: str, *, points: int) -> None:
        """Add a lot with the points of one rule."""
        cause = self._cause
        self._lots.append(
            StoredLot(
                key=cause.stored.seq * LOTS_PER_EVENT + self._batch.next_lot_index(cause.stored.seq),
                tenant_id=cause.stored.tenant_id,
                customer_key=cause.customer_key,
                event_seq=cause.stored.seq,
                rule_key=rule_key,
                order_id=cause.event.order_id or None,
                order_key=self._order_key,
                points=points,
                remaining=points,
                held=0,
                expired=0,
                **self._dates._asdict(),
            )
        )
        self._by_rule[rule_id] = points
        self._state.earn(points)

    def finish(self) -> None:
        """Add the command that earns the lots, if there are any."""
        if self._lots:
            self._batch.commands.append(EarnPoints(self._cause, tuple(self._lots), self._by_rule))


def lot_dates(economy: Economy | None, at_us: int) -> LotDates:
    """Start and expiry, by an economy, of points for what happened at an instant."""
    starts_at = at_us + (economy.draft.start_after_days * SECONDS_A_DAY * 1_000_000 if economy else 0)
    expiry = economy.draft.expiry if economy else None
    if expiry is None:
        return LotDates(starts_at, None, None)
    if expiry.kind is ExpiryKind.AGE:
        return LotDates(starts_at, to_us(expiry.after.after(from_us(at_us))), None)
    return LotDates(starts_at, None, str(expiry.after))


def assessment_row(
    batch: AssessmentBatch, cause: CausingEvent, match: RuleMatch, *, event_seq: int | None = None
) -> AssessmentRow:
    """The row of a rule that matched an event, by default under the number of the event."""
    return AssessmentRow(
        event_seq=cause.stored.seq if event_seq is None else event_seq,
        rule_key=match.rule.key,
        customer_key=cause.customer_key,
        is_test=match.is_test,
        points=match.points,
        assessed_at=batch.now_us,
    )
