"""Baskets: what one would bring, told while the caller waits. Nothing is given."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tidings_server.log.events import EventLog
from tidings_server.loyalty.assessment.assessor import Assessor, Match
from tidings_server.loyalty.assessment.customer_state import Standing, new_customer
from tidings_server.loyalty.assessment.preload import load_history
from tidings_server.loyalty.assessment.rule_cache import Directory
from tidings_server.loyalty.event_codec import LoyaltyBodies
from tidings_server.loyalty.events import Kind, Line
from tidings_server.loyalty.read_your_writes import Freshness
from tidings_server.loyalty.rules.fulfilments import (
    POINTS,
    PRODUCT_DISCOUNTS,
    Fulfilment,
    FulfilmentType,
    ProductSelector,
)
from tidings_server.loyalty.rules.rule import Rule
from tidings_server.loyalty.store import customers
from tidings_server.platform.clock import Clock
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import EventRecord, StoredEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketOutcome:
    """One thing that a basket would bring.

    `value` are points, per cent or an amount, of a voucher its worth (0: it has none). `item_ids` are the lines that a
    product discount is for. All potential points of a rule are one outcome.
    """

    rule_id: str
    rule_name: str
    type: FulfilmentType
    value: Decimal
    code: str = ""
    item_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BasketAnswer:
    """What a basket is answered. Of a repeat the first basket is assessed, as things are now."""

    event_id: str
    customer_id: str
    is_existing: bool
    outcomes: tuple[BasketOutcome, ...]


class Baskets:
    """Assesses baskets."""

    def __init__(
        self,
        database: Database,
        events: EventLog,
        bodies: LoyaltyBodies,
        assessor: Assessor,
        freshness: Freshness,
        *,
        clock: Clock,
    ) -> None:
        self._database = database
        self._events = events
        self._bodies = bodies
        self._assessor = assessor
        self._freshness = freshness
        self._clock = clock
        self._directory = Directory()

    async def assess(self, record: EventRecord) -> BasketAnswer:
        """Stores the event, and meanwhile says what it would bring.

        The customer's earlier events are waited for at most 2 s. Where the id is that of another kind of event,
        nothing is brought. Raises as `EventLog.append` does.
        """
        try:
            async with asyncio.TaskGroup() as group:
                appending = group.create_task(self._events.append([record], first_wins=True))
                assessing = group.create_task(self._outcomes(_as_stored(record, self._clock.now_us())))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        [appended] = appending.result()
        first = appended.existing
        if first is None:
            return BasketAnswer(record.event_id, record.root_id or "", is_existing=False, outcomes=assessing.result())
        outcomes = await self._outcomes(first) if first.type == Kind.BASKET.value else ()
        return BasketAnswer(record.event_id, first.root_id or "", is_existing=True, outcomes=outcomes)

    async def _outcomes(self, stored: StoredEvent) -> tuple[BasketOutcome, ...]:
        event = self._bodies.read(stored)
        at_us = self._clock.now_us()
        await self._freshness.wait(stored.tenant_id, event.customer_id)
        async with self._database.read_inline() as conn:
            version, known = await customers.find_with_version(conn, stored.tenant_id, event.customer_id)
            index = (await self._directory.of(conn, [stored.tenant_id], version=version))[stored.tenant_id]
            row = known or new_customer(stored.tenant_id, event.customer_id, key=0, at_us=at_us)
            standing = Standing(row, is_new=known is None)
            await load_history(conn, [standing], index.demand(event.kind, event.name_space, at_us))
        matches = [match for match in self._assessor.assess(event, at_us, standing, index).matches if not match.is_test]
        are_lines_needed = any(
            given.type in PRODUCT_DISCOUNTS for match in matches for given in match.rule.draft.fulfilments
        )
        return _outcomes(matches, self._bodies.lines(event) if are_lines_needed else ())


def _outcomes(matches: Iterable[Match], lines: Sequence[Line]) -> tuple[BasketOutcome, ...]:
    """What the rules that match would bring, the oldest rule first; `lines` are those of the basket."""
    outcomes: list[BasketOutcome] = []
    for match in matches:
        if match.points:
            outcomes.append(_outcome(match.rule, FulfilmentType.POINTS_FLAT, Decimal(match.points)))
        outcomes += (
            _given(match.rule, given, lines)
            for given in match.rule.draft.fulfilments
            if given.type not in POINTS and (given.type not in PRODUCT_DISCOUNTS or _lines(given, lines))
        )
    return tuple(outcomes)


def _given(rule: Rule, given: Fulfilment, lines: Sequence[Line]) -> BasketOutcome:
    value = given.percent if given.percent is not None else given.amount
    items = _lines(given, lines) if given.type in PRODUCT_DISCOUNTS else ()
    return _outcome(rule, given.type, value or Decimal(0), code=given.code, item_ids=items)


def _outcome(
    rule: Rule, kind: FulfilmentType, value: Decimal, *, code: str = "", item_ids: tuple[str, ...] = ()
) -> BasketOutcome:
    return BasketOutcome(
        rule_id=rule.id, rule_name=rule.draft.name, type=kind, value=value, code=code, item_ids=item_ids
    )


def _lines(given: Fulfilment, lines: Sequence[Line]) -> tuple[str, ...]:
    """The ids of the lines that a product discount is for."""
    wanted = given.products or ProductSelector()
    return tuple(line.id for line in lines if _fits(line, wanted))


def _fits(line: Line, wanted: ProductSelector) -> bool:
    return (
        (not wanted.skus or line.sku in wanted.skus)
        and (not wanted.product_ids or line.product_id in wanted.product_ids)
        and (not wanted.vendors or line.vendor in wanted.vendors)
        and (not wanted.tags or not set(wanted.tags).isdisjoint(line.tags))
    )


def _as_stored(record: EventRecord, now_us: int) -> StoredEvent:
    """A row as the log is about to hold it."""
    return StoredEvent(0, *record._replace(recorded_at=now_us))
