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
from tidings_server.loyalty.ledger.commands import CausingEvent, EarnPoints
from tidings_server.loyalty.rules.economy import Economy, ExpiryKind
from tidings_server.loyalty.store.assessments import AssessmentRow
from tidings_server.loyalty.store.lots import LOTS_PER_EVENT, StoredLot
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
            context = FulfilmentContext(batch, cause, match.rule, state)
            self._executor.execute(context, other_indexes(match.rule))

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
    ) -> None:
        """Repeat failed fulfilments of a rule, named by their indexes; `retry_seq` is the number of the retry event."""
        indexes = list(indexes)
        of_points = [index for index in indexes if index in points_indexes(match.rule)]
        if of_points:
            lots = LotBuilder(batch, cause, state, economy=economy)
            if lots.has_room(match.points):
                lots.add(match.rule.key, match.rule.id, points=match.points)
                lots.finish()
            else:
                batch.record_failure(cause, match.rule, of_points, reason=TOO_MANY)
        context = FulfilmentContext(batch, cause, match.rule, state, retry_seq)
        self._executor.execute(context, [index for index in indexes if index not in of_points])


class LotBuilder:
    """Builds the lots of one event."""

    def __init__(
        self, batch: AssessmentBatch, cause: CausingEvent, state: CustomerState, *, economy: Economy | None
    ) -> None:
        self._batch = batch
        self._cause = cause
        self._state = state
        self._economy = economy
        self._lots: list[StoredLot] = []
        self._by_rule: dict[str, int] = {}

    def has_room(self, points: int) -> bool:
        """Whether the customer may have so many more points."""
        return points + self._state.posted - self._state.debt <= MAX_POINTS

    def add(self, rule_key: int, rule_id: str, *, points: int) -> None:
        """Add a lot with the points of one rule; start and expiry are those of the economy in effect."""
        cause, economy = self._cause, self._economy
        at = cause.stored.recorded_at
        starts_at = at + (economy.draft.start_after_days * SECONDS_A_DAY * 1_000_000 if economy else 0)
        expiry = economy.draft.expiry if economy else None
        is_by_age = expiry is not None and expiry.kind is ExpiryKind.AGE
        self._lots.append(
            StoredLot(
                key=cause.stored.seq * LOTS_PER_EVENT + self._batch.next_lot_index(cause.stored.seq),
                tenant_id=cause.stored.tenant_id,
                customer_key=cause.customer_key,
                event_seq=cause.stored.seq,
                rule_key=rule_key,
                order_id=cause.event.order_id or None,
                points=points,
                remaining=points,
                held=0,
                expired=0,
                starts_at=starts_at,
                expires_at=to_us(expiry.after.after(from_us(at))) if expiry and is_by_age else None,
                inactivity=str(expiry.after) if expiry and not is_by_age else None,
                is_reversed=False,
            )
        )
        self._by_rule[rule_id] = points
        self._state.earn(points)

    def finish(self) -> None:
        """Add the command that earns the lots, if there are any."""
        if self._lots:
            self._batch.commands.append(EarnPoints(self._cause, tuple(self._lots), self._by_rule))


def assessment_row(batch: AssessmentBatch, cause: CausingEvent, match: RuleMatch) -> AssessmentRow:
    """The row of a rule that matched an event."""
    return AssessmentRow(
        event_seq=cause.stored.seq,
        rule_key=match.rule.key,
        customer_key=cause.customer_key,
        is_test=match.is_test,
        points=match.points,
        assessed_at=batch.now_us,
    )
