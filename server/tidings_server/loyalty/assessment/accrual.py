"""Crediting: what an assessment brings, as new lots, records and what else the rules give."""

from collections.abc import Iterable
from typing import Final

from tidings_server.loyalty.assessment.assessor import Assessment, Match
from tidings_server.loyalty.assessment.batch import Page
from tidings_server.loyalty.assessment.customer_state import Standing
from tidings_server.loyalty.assessment.rule_index import SECONDS_A_DAY
from tidings_server.loyalty.fulfilment.executor import Giver, Occasion, places_beside_points, places_of_points
from tidings_server.loyalty.ledger.commands import Earned, Happened
from tidings_server.loyalty.rules.economy import Economy, ExpiryKind
from tidings_server.loyalty.store.assessments import NewAssessment
from tidings_server.loyalty.store.lots import LOTS_PER_EVENT, StoredLot
from tidings_server.loyalty.store.tables import MAX_POINTS
from tidings_server.platform.clock import from_us, to_us

TOO_MANY: Final = f"the customer would have more than {MAX_POINTS:,} points"


class Crediting:
    """Brings customers what was assessed."""

    def __init__(self, giver: Giver) -> None:
        self._giver = giver

    def credit(self, page: Page, cause: Happened, standing: Standing, assessment: Assessment) -> None:
        """All that an assessment brings. What rules in Test would have brought is only recorded."""
        page.assessments += [record(page, cause, match) for match in assessment.matches]
        active = [match for match in assessment.matches if not match.is_test]
        credit = Credit(page, cause, standing, assessment.economy)
        if assessment.economy is not None and assessment.base and credit.has_room(assessment.base):
            credit.add(assessment.economy.key, assessment.economy.id, assessment.base)
        for match in active:
            if match.points and credit.has_room(match.points):
                credit.add(match.rule.key, match.rule.id, match.points)
            elif match.points:
                page.fail(cause, match.rule, places_of_points(match.rule), TOO_MANY)
        credit.close()
        for match in active:
            self._giver.give(Occasion(page, cause, match.rule, standing), places_beside_points(match.rule))

    def again(
        self,
        page: Page,
        cause: Happened,
        standing: Standing,
        match: Match,
        places: Iterable[int],
        *,
        economy: Economy | None,
        attempt: int,
    ) -> None:
        """Those fulfilments of a rule that failed before; `attempt` is the number of the event that asks for it."""
        places = list(places)
        of_points = [place for place in places if place in places_of_points(match.rule)]
        if of_points:
            credit = Credit(page, cause, standing, economy)
            if credit.has_room(match.points):
                credit.add(match.rule.key, match.rule.id, match.points)
                credit.close()
            else:
                page.fail(cause, match.rule, of_points, TOO_MANY)
        others = [place for place in places if place not in of_points]
        self._giver.give(Occasion(page, cause, match.rule, standing, attempt), others)


class Credit:
    """The lots that one event brings."""

    def __init__(self, page: Page, cause: Happened, standing: Standing, economy: Economy | None) -> None:
        self._page = page
        self._cause = cause
        self._standing = standing
        self._economy = economy
        self._lots: list[StoredLot] = []
        self._by_rule: dict[str, int] = {}

    def has_room(self, points: int) -> bool:
        """Whether the customer may have so many more."""
        return points + self._standing.posted - self._standing.debt <= MAX_POINTS

    def add(self, rule_key: int, rule_id: str, points: int) -> None:
        """A lot of points of one rule; they live as the economy says that counts."""
        cause, economy = self._cause, self._economy
        at = cause.stored.recorded_at
        starts_at = at + (economy.draft.start_after_days * SECONDS_A_DAY * 1_000_000 if economy else 0)
        expiry = economy.draft.expiry if economy else None
        is_aging = expiry is not None and expiry.kind is ExpiryKind.AGE
        self._lots.append(
            StoredLot(
                key=cause.stored.seq * LOTS_PER_EVENT + self._page.next_place(cause.stored.seq),
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
                expires_at=to_us(expiry.after.after(from_us(at))) if expiry and is_aging else None,
                idle=str(expiry.after) if expiry and not is_aging else None,
                is_reversed=False,
            )
        )
        self._by_rule[rule_id] = points
        self._standing.earn(points)

    def close(self) -> None:
        """Hand the lots over."""
        if self._lots:
            self._page.moves.append(Earned(self._cause, tuple(self._lots), self._by_rule))


def record(page: Page, cause: Happened, match: Match) -> NewAssessment:
    """The row that says that a rule matched."""
    return NewAssessment(
        event_seq=cause.stored.seq,
        rule_key=match.rule.key,
        customer_key=cause.customer_key,
        is_test=match.is_test,
        points=match.points,
        at=page.now_us,
    )
