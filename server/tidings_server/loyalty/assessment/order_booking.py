"""Order booking: the difference between what an order has been given and what it now stands at."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.assessment.accrual import TOO_MANY, Accrual, LotBuilder, assessment_row, lot_dates
from tidings_server.loyalty.assessment.assessor import Assessment, RuleMatch
from tidings_server.loyalty.assessment.batch import AssessmentBatch
from tidings_server.loyalty.assessment.customer_state import CustomerState
from tidings_server.loyalty.assessment.orders import NO_MATCH, Order
from tidings_server.loyalty.fulfilment.executor import points_indexes
from tidings_server.loyalty.ledger.commands import AdjustOrder, CausingEvent, LotDates
from tidings_server.loyalty.money import scaled
from tidings_server.loyalty.rules.fulfilments import Fulfilment, FulfilmentType
from tidings_server.loyalty.store.assessments import AssessmentRow


class OrderBooking:
    """Books one event of an order: `cause`. `current` is the event that tells the order's newest state."""

    def __init__(
        self,
        batch: AssessmentBatch,
        cause: CausingEvent,
        *,
        current: CausingEvent,
        state: CustomerState,
        order: Order,
    ) -> None:
        self._batch = batch
        self._cause = cause
        self._current = current
        self._state = state
        self._order = order
        self._is_first = order.row.assessed_at is None
        self._taken: dict[int, int] = {}

    async def stand(self, conn: AsyncConnection, assessment: Assessment, accrual: Accrual, *, is_moved: bool) -> None:
        """Give the order what an assessment says, and no more; `is_moved`: the time of the order has changed."""
        order = self._order
        lots = LotBuilder(self._batch, self._cause, self._state, economy=assessment.economy, order=order.row)
        active = [match for match in assessment.matches if not match.is_test]
        base_points = self._book_base(assessment, lots)
        booked = {match.rule.key: self._book_rule(match, lots) for match in active}
        lost = self._lose(booked)
        self._adjust(lot_dates(assessment.economy, order.row.placed_at) if is_moved else None)
        lots.finish()
        if lost:
            await self._revoke_segments(conn, active)
        self._fulfil(active, accrual)
        self._record(assessment.matches, booked, lost)
        order.row = order.row._replace(
            is_standing=True,
            spend=scaled(self._current.event.amount),
            currency=self._current.event.currency,
            assessed_at=self._batch.now_us if self._is_first else order.row.assessed_at,
            base_points=base_points,
            economy_key=assessment.economy.key if assessment.economy else None,
            points_taken=0,
            debt_incurred=0,
            points_returned=0,
        )

    async def fall(self, conn: AsyncConnection, *, returns_redemptions: bool) -> None:
        """Take back everything that the order was given."""
        row = self._order.row
        if row.economy_key is not None and row.base_points:
            self._take(row.economy_key, row.base_points)
        lost = self._lose({})
        self._adjust(None, is_fall=True, returns_redemptions=returns_redemptions)
        if lost:
            await self._revoke_segments(conn, [])
        self._record([], {}, lost)
        self._order.row = row._replace(base_points=0)

    def _book_base(self, assessment: Assessment, lots: LotBuilder) -> int:
        """Book the economy's points, and take back those of another one; what the economy gives now."""
        row, economy = self._order.row, assessment.economy
        is_same = economy is not None and economy.key == row.economy_key
        if row.economy_key is not None and row.base_points and not is_same:
            self._take(row.economy_key, row.base_points)
        if economy is None:
            return 0
        booked, points = row.base_points if is_same else 0, assessment.base_points
        return points if self._book(economy.key, economy.id, booked, points, lots) else booked

    def _book_rule(self, match: RuleMatch, lots: LotBuilder) -> int:
        """Book the points of a rule; what it gives now."""
        booked = max(0, self._order.booked.get(match.rule.key, 0))
        if self._book(match.rule.key, match.rule.id, booked, match.points, lots):
            return match.points
        self._batch.record_failure(self._current, match.rule, points_indexes(match.rule), reason=TOO_MANY)
        return booked

    def _book(self, rule_key: int, rule_id: str, booked: int, points: int, lots: LotBuilder) -> bool:
        """Book a difference; false where the customer would have too many points."""
        if points < booked:
            self._take(rule_key, booked - points)
        elif points > booked and not lots.has_room(points - booked):
            return False
        elif points > booked:
            lots.add(rule_key, rule_id, points=points - booked)
        return True

    def _lose(self, booked: Mapping[int, int]) -> set[int]:
        """Take back the points of the rules that match no longer; their keys."""
        lost = {key for key, points in self._order.booked.items() if points != NO_MATCH and key not in booked}
        for key in lost:
            self._take(key, self._order.booked[key])
        return lost

    def _take(self, rule_key: int, points: int) -> None:
        if points:
            self._taken[rule_key] = points
            self._state.lose(points)

    def _adjust(self, dates: LotDates | None, *, is_fall: bool = False, returns_redemptions: bool = False) -> None:
        is_first = self._is_first and not returns_redemptions
        if is_first or not (self._taken or dates or returns_redemptions):
            return
        row = self._order.row
        self._batch.commands.append(
            AdjustOrder(
                self._cause,
                order_key=row.key,
                order_id=row.order_id,
                taken=self._taken,
                dates=dates,
                is_fall=is_fall,
                returns_redemptions=returns_redemptions,
            )
        )

    async def _revoke_segments(self, conn: AsyncConnection, active: Collection[RuleMatch]) -> None:
        """Take the customer out of segments that the order alone had given and no matching rule gives now."""
        state, source, changes = self._state, self._order.row.key, self._batch.segments
        given = {each.segment for match in active for each in _additions(match)}
        for segment in sorted(await changes.granted_by(conn, state.key, source) - given):
            state.segments.pop(segment, None)
            kept = await changes.revoke(conn, state.key, segment, source=source, now_us=self._batch.now_us)
            if kept is not None:
                state.segments[segment] = kept

    def _fulfil(self, active: Iterable[RuleMatch], accrual: Accrual) -> None:
        """Carry out what rules give beside points, mails and the like once for each order."""
        order = self._order
        for match in active:
            before = order.booked.get(match.rule.key)
            if before is None or before == NO_MATCH:
                accrual.fulfil_order(
                    self._batch, self._current, match, state=self._state, order=order.row, is_again=before is not None
                )

    def _record(self, matches: Iterable[RuleMatch], booked: Mapping[int, int], lost: Collection[int]) -> None:
        """Store what each rule gives the order now, under the number of its first event."""
        batch, order = self._batch, self._order
        rows = [assessment_row(batch, self._cause, match, event_seq=order.row.key) for match in matches]
        rows = [row if row.is_test else row._replace(points=booked[row.rule_key]) for row in rows]
        if self._is_first and order.row.key == self._cause.stored.seq:
            batch.assessments += rows
        else:
            rows += [self._lost_row(key) for key in lost]
            unchanged = order.booked.items()
            changed = [row for row in rows if row.is_test or (row.rule_key, row.points) not in unchanged]
            batch.changed_assessments |= {(row.event_seq, row.rule_key): row for row in changed}
        order.booked |= {**booked, **dict.fromkeys(lost, NO_MATCH)}

    def _lost_row(self, rule_key: int) -> AssessmentRow:
        return AssessmentRow(
            event_seq=self._order.row.key,
            rule_key=rule_key,
            customer_key=self._state.key,
            is_test=False,
            points=NO_MATCH,
            assessed_at=self._batch.now_us,
        )


def _additions(match: RuleMatch) -> Iterable[Fulfilment]:
    return (each for each in match.rule.draft.fulfilments if each.type is FulfilmentType.ADD_TO_SEGMENT)
