"""Basket assessment: the outcomes that a basket would have if it were ordered, while the caller waits."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from tidings_server.log.events import EventLog
from tidings_server.loyalty.assessment.assessor import Assessor, RuleMatch
from tidings_server.loyalty.assessment.customer_state import CustomerState, new_customer
from tidings_server.loyalty.assessment.preload import load_foreign_days, load_history
from tidings_server.loyalty.assessment.rule_cache import RuleCache
from tidings_server.loyalty.event_codec import LoyaltyEventCodec
from tidings_server.loyalty.events import BasketLine, EventKind
from tidings_server.loyalty.read_your_writes import ReadYourWrites
from tidings_server.loyalty.rules.fulfilments import (
    POINTS_TYPES,
    PRODUCT_DISCOUNTS,
    Fulfilment,
    FulfilmentType,
    ProductSelector,
)
from tidings_server.loyalty.rules.rule import LoyaltyRule
from tidings_server.loyalty.store import customers
from tidings_server.platform.clock import Clock
from tidings_server.platform.worker_threads import off_loop
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import EventRecord, StoredEvent

MAX_OUTCOME_BYTES: Final = 7 << 19
"""3.5 MiB: a gRPC client takes 4 MiB unless told otherwise."""
OUTCOME_BYTES: Final = 128
"""An outcome without its texts, at most."""
FRAME_BYTES: Final = 6
"""Tag and length of a text, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketOutcome:
    """One outcome of a basket.

    `value` is points, per cent or an amount; of a voucher its worth, or 0. `item_ids` are the lines of a product
    discount. All potential points of a rule are one outcome.
    """

    rule_id: str
    rule_name: str
    type: FulfilmentType
    value: Decimal
    code: str = ""
    item_ids: tuple[str, ...] = ()


class BasketOutcomes(NamedTuple):
    """Outcomes of a basket, the oldest rule first; `has_more`: there are others, beyond MAX_OUTCOME_BYTES."""

    listed: tuple[BasketOutcome, ...] = ()
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class BasketResult:
    """Answer to a basket. A repeat assesses the first basket with the current rules and customer."""

    event_id: str
    customer_id: str
    is_existing: bool
    outcomes: "BasketOutcomes"


class Baskets:
    """Assesses baskets."""

    def __init__(
        self,
        database: Database,
        events: EventLog,
        codec: LoyaltyEventCodec,
        *,
        assessor: Assessor,
        read_your_writes: ReadYourWrites,
        clock: Clock,
    ) -> None:
        self._database = database
        self._events = events
        self._codec = codec
        self._assessor = assessor
        self._read_your_writes = read_your_writes
        self._clock = clock
        self._rule_cache = RuleCache()

    async def assess(self, record: EventRecord) -> BasketResult:
        """Store the event, and meanwhile assess it.

        Waits at most 2 s for the customer's earlier events. Where the id is that of another kind of event, there are no
        outcomes. Raises as `EventLog.append` does.
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
            return BasketResult(record.event_id, record.root_id or "", is_existing=False, outcomes=assessing.result())
        outcomes = await self._outcomes(first) if first.type == EventKind.BASKET.value else BasketOutcomes()
        return BasketResult(record.event_id, first.root_id or "", is_existing=True, outcomes=outcomes)

    async def _outcomes(self, stored: StoredEvent) -> BasketOutcomes:
        event = self._codec.decode(stored)
        at_us = self._clock.now_us()
        await self._read_your_writes.wait(stored.tenant_id, event.customer_id)
        async with self._database.read_inline() as conn:
            version, known = await customers.find_with_version(conn, stored.tenant_id, event.customer_id)
            index = (await self._rule_cache.of(conn, [stored.tenant_id], version=version))[stored.tenant_id]
            row = known or new_customer(stored.tenant_id, event.customer_id, key=0, at_us=at_us)
            state = CustomerState(row, is_new=known is None)
            await load_history(conn, [state], index.required_state(event.kind, event.name_space, at_us))
            await load_foreign_days(conn, [state], since_us=at_us)
        assessment = await self._assessor.assess_off_loop(
            event, at_us, state, index=index, tenant=stored.tenant_id, event_bytes=len(stored.body)
        )
        matches = [match for match in assessment.matches if not match.is_test]
        needs_lines = any(
            fulfilment.type in PRODUCT_DISCOUNTS for match in matches for fulfilment in match.rule.draft.fulfilments
        )
        return await off_loop(
            lambda: _fitting(_outcomes(matches, self._codec.basket_lines(event) if needs_lines else ())),
            tenant=stored.tenant_id,
            size=len(stored.body) if needs_lines else 0,
        )


def _fitting(outcomes: Iterable[BasketOutcome]) -> BasketOutcomes:
    """The first outcomes, as many as one answer has room for: a discount may name a thousand lines."""
    listed: list[BasketOutcome] = []
    size = 0
    for outcome in outcomes:
        texts = (outcome.rule_name, outcome.code, *outcome.item_ids)
        size += OUTCOME_BYTES + sum(len(text.encode()) + FRAME_BYTES for text in texts)
        if listed and size > MAX_OUTCOME_BYTES:
            return BasketOutcomes(tuple(listed), has_more=True)
        listed.append(outcome)
    return BasketOutcomes(tuple(listed))


def _outcomes(matches: Iterable[RuleMatch], lines: Sequence[BasketLine]) -> Iterator[BasketOutcome]:
    """Outcomes of the rules that match, the oldest rule first; `lines` are the basket's."""
    for match in matches:
        if match.points:
            yield _outcome(match.rule, FulfilmentType.POINTS_FLAT, Decimal(match.points))
        for fulfilment in match.rule.draft.fulfilments:
            is_product_discount = fulfilment.type in PRODUCT_DISCOUNTS
            item_ids = _selected(fulfilment, lines) if is_product_discount else ()
            if fulfilment.type in POINTS_TYPES or (is_product_discount and not item_ids):
                continue
            value = fulfilment.percent if fulfilment.percent is not None else fulfilment.amount
            yield _outcome(match.rule, fulfilment.type, value or Decimal(0), code=fulfilment.code, item_ids=item_ids)


def _outcome(
    rule: LoyaltyRule, type_: FulfilmentType, value: Decimal, *, code: str = "", item_ids: tuple[str, ...] = ()
) -> BasketOutcome:
    return BasketOutcome(
        rule_id=rule.id, rule_name=rule.draft.name, type=type_, value=value, code=code, item_ids=item_ids
    )


def _selected(fulfilment: Fulfilment, lines: Sequence[BasketLine]) -> tuple[str, ...]:
    """The ids of the lines that a product discount selects."""
    selector = fulfilment.products or ProductSelector()
    return tuple(line.id for line in lines if _matches(line, selector))


def _matches(line: BasketLine, selector: ProductSelector) -> bool:
    return (
        (not selector.skus or line.sku in selector.skus)
        and (not selector.product_ids or line.product_id in selector.product_ids)
        and (not selector.vendors or line.vendor in selector.vendors)
        and (not selector.tags or not set(selector.tags).isdisjoint(line.tags))
    )


def _as_stored(record: EventRecord, now_us: int) -> StoredEvent:
    """The row of an event that is being stored."""
    return StoredEvent(0, *record._replace(recorded_at=now_us))
