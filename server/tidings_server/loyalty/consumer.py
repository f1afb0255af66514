"""The reactor of loyalty: assesses the events of the log, each exactly once and in its customer's order.

A page of events is assessed in memory, each on the customer as the ones before have left it, and written as one unit:
customers, counts, points, and the events that follow. Conditions run before the unit, points move inside it.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.assessment.accrual import Crediting, record
from tidings_server.loyalty.assessment.assessor import Assessor
from tidings_server.loyalty.assessment.batch import Page
from tidings_server.loyalty.assessment.customer_state import Standing
from tidings_server.loyalty.assessment.preload import Gathered, gather
from tidings_server.loyalty.assessment.rule_cache import Directory
from tidings_server.loyalty.event_codec import LoyaltyBodies
from tidings_server.loyalty.events import ASSESSED, Kind, key_of, kind_of
from tidings_server.loyalty.fulfilment import delivery_failures
from tidings_server.loyalty.fulfilment.executor import Giver
from tidings_server.loyalty.fulfilment.retry import retry
from tidings_server.loyalty.ledger.commands import Happened, Lived, Reversed
from tidings_server.loyalty.money import scaled
from tidings_server.loyalty.store import orders
from tidings_server.loyalty.store.orders import StoredOrder
from tidings_server.platform.clock import Clock, Ids
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import StoredEvent

BREATHER_S: Final = 0.005
"""How long assessing goes on before others get a turn."""


class LoyaltyConsumer:
    """A reactor. Events of one customer take effect in their order, whatever fails."""

    name: Final = "loyalty"

    def __init__(
        self, database: Database, bodies: LoyaltyBodies, assessor: Assessor, *, clock: Clock, ids: Ids
    ) -> None:
        self._database = database
        self._bodies = bodies
        self._assessor = assessor
        self._clock = clock
        self._new_id: Callable[[], str] = ids.uuid7
        self._directory = Directory()
        self._giver = Giver(bodies)
        self._crediting = Crediting(self._giver)

    def key(self, event: StoredEvent) -> str:
        if kind_of(event) is None:
            return f"{event.tenant_id}/{event.seq}"
        return key_of(event.tenant_id, event.root_id or "")

    async def plan(self, events: Sequence[StoredEvent]) -> Page:
        page = Page(self._bodies, new_id=self._new_id, now_us=self._clock.now_us())
        async with self._database.read() as conn:
            gathered = await gather(conn, self._bodies, self._directory, events)
            breath = self._clock.monotonic()
            for event in events:
                if page.is_full:
                    break
                page.covered += 1
                if self._clock.monotonic() - breath > BREATHER_S:
                    await asyncio.sleep(0)
                    breath = self._clock.monotonic()
                if event.seq in gathered.events:
                    await self._take_in(conn, page, gathered, event)
                elif delivery_failures.may_be_ours(event):
                    await delivery_failures.note(conn, page, event, self._bodies)
        return page

    async def _take_in(self, conn: AsyncConnection, page: Page, gathered: Gathered, stored: StoredEvent) -> None:
        standing = gathered.standings.get((stored.tenant_id, str(stored.root_id)))
        if standing is None:
            return  # an event of nobody: retention may have removed what made the customer, or its reversal came first
        event = gathered.events[stored.seq]
        cause = Happened(stored, event, standing.key)
        if standing.is_new:
            page.standings[standing.key] = standing
        page.events.append((standing.key, stored.seq))
        if event.is_reversal:
            await self._reverse(conn, page, gathered, cause, standing)
        elif event.kind is Kind.RETRY:
            indexes = await self._directory.of(conn, {stored.tenant_id})
            index = indexes[stored.tenant_id]
            await retry(conn, page, cause, standing, bodies=self._bodies, index=index, crediting=self._crediting)
        elif event.kind is Kind.BASKET:
            self._try_out(page, gathered, cause, standing)
        elif event.kind in ASSESSED and _order_name(cause) not in gathered.reversed:
            self._assess(page, gathered, cause, standing)

    def _assess(self, page: Page, gathered: Gathered, cause: Happened, standing: Standing) -> None:
        stored, event = cause.stored, cause.event
        assessment = self._assessor.assess(event, stored.recorded_at, standing, gathered.indexes[stored.tenant_id])
        page.touch(standing)
        if event.kind is not Kind.ACTION:
            page.moves.append(Lived(cause))
        if event.order_id:
            page.orders.append(_order(cause))
        for key, error in assessment.errors:
            page.condition_errors.setdefault(key, error)
        self._crediting.credit(page, cause, standing, assessment)

    def _try_out(self, page: Page, gathered: Gathered, cause: Happened, standing: Standing) -> None:
        """Record what rules in Test would have answered a basket; its caller has heard from all others."""
        stored, event = cause.stored, cause.event
        index = gathered.indexes[stored.tenant_id]
        if index.tries_out(event.kind, event.name_space, stored.recorded_at):
            assessment = self._assessor.assess(event, stored.recorded_at, standing, index)
            page.assessments += [record(page, cause, match) for match in assessment.matches if match.is_test]

    async def _reverse(
        self, conn: AsyncConnection, page: Page, gathered: Gathered, cause: Happened, standing: Standing
    ) -> None:
        """Take back an order: its points in the unit, its spend here. Nothing of it counts from now on."""
        name = _order_name(cause)
        if name in gathered.reversed or not cause.event.order_id:
            return
        gathered.reversed.add(name)
        stored = await orders.orders(conn, cause.stored.tenant_id, cause.event.order_id)
        for order in (*stored, *page.orders):
            if order.customer_key == standing.key and order.order_id == cause.event.order_id:
                standing.unspend(order.spend, spent_at_us=order.spent_at)
        page.touch(standing)
        page.moves.append(Reversed(cause))


def _order_name(cause: Happened) -> tuple[int, str, str]:
    return cause.stored.tenant_id, str(cause.stored.root_id), cause.event.order_id


def _order(cause: Happened) -> StoredOrder:
    stored, event = cause.stored, cause.event
    return StoredOrder(
        event_seq=stored.seq,
        tenant_id=stored.tenant_id,
        order_id=event.order_id,
        customer_key=cause.customer_key,
        spend=scaled(event.amount),
        spent_at=stored.recorded_at,
    )
