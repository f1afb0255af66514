"""Preload: reading in a few statements all that the events of a batch need."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty import periods
from tidings_server.loyalty.assessment.customer_state import CustomerState, new_customer
from tidings_server.loyalty.assessment.orders import Order, OrderName, stored_order
from tidings_server.loyalty.assessment.rule_cache import RuleCache
from tidings_server.loyalty.assessment.rule_index import RequiredState, RuleIndex, day_of
from tidings_server.loyalty.event_codec import LoyaltyEventCodec
from tidings_server.loyalty.events import (
    CONSUMED_KINDS,
    EARNING_KINDS,
    SPEND_KINDS,
    CustomerRef,
    EventKind,
    LoyaltyEvent,
    happened_at,
    kind_of,
)
from tidings_server.loyalty.store import assessments, customer_history, customers, orders
from tidings_server.storage.log.records import StoredEvent

CUSTOMER_CREATING_KINDS = EARNING_KINDS | {EventKind.BASKET}
"""Kinds whose first event creates the customer."""

LONGEST_YEAR_DAYS = 366

ORDER_KINDS = frozenset({EventKind.ORDER, EventKind.REVERSAL})
"""Kinds that tell of an order."""


@dataclass(slots=True)
class Preloaded:
    """Events and decoded events by number, states by customer, rule indexes by tenant number, and orders by name."""

    stored: dict[int, StoredEvent] = field(default_factory=dict)
    events: dict[int, LoyaltyEvent] = field(default_factory=dict)
    states: dict[CustomerRef, CustomerState] = field(default_factory=dict)
    indexes: Mapping[int, RuleIndex] = field(default_factory=dict)
    orders: dict[OrderName, Order] = field(default_factory=dict)

    def orders_of(self, customer_key: int, order_id: str) -> list[Order]:
        """A customer's orders with an id, in whatever namespaces."""
        return [
            order
            for name, order in self.orders.items()
            if name.order_id == order_id and name.customer_key == customer_key
        ]

    def has_other(self, order: Order) -> bool:
        """Whether the customer has another order with the same id that stands, in another namespace."""
        name = order.name
        others = self.orders_of(name.customer_key, name.order_id)
        return any(other.row.is_standing for other in others if other.name != name)


async def preload(
    conn: AsyncConnection, codec: LoyaltyEventCodec, rule_cache: RuleCache, *, stored: Sequence[StoredEvent]
) -> Preloaded:
    """Read what these events of the log need; events that loyalty does not process are skipped."""
    consumed = [event for event in stored if kind_of(event) in CONSUMED_KINDS and event.root_id]
    preloaded = Preloaded(
        stored={event.seq: event for event in consumed}, events={event.seq: codec.decode(event) for event in consumed}
    )
    if not consumed:
        return preloaded
    await _load_customers(conn, preloaded, consumed)
    assessed = [event for event in consumed if preloaded.events[event.seq].kind in CUSTOMER_CREATING_KINDS]
    required = RequiredState()
    if any(event.kind is EventKind.REVERSAL for event in preloaded.events.values()):
        required = RequiredState(counters=True, segments=True)  # which it takes the order out of
    if assessed:
        preloaded.indexes = await rule_cache.of(conn, {event.tenant_id for event in assessed})
        required = required.merged(_required_state(preloaded, assessed))
    await load_history(conn, preloaded.states.values(), required)
    if assessed:
        await _load_spend_days(conn, preloaded, assessed)
    await _load_orders(conn, preloaded, consumed)
    times = [happened_at(event) for event in consumed] + [each.row.placed_at for each in preloaded.orders.values()]
    await load_foreign_days(conn, preloaded.states.values(), since_us=min(times))
    return preloaded


async def load_history(conn: AsyncConnection, states: Iterable[CustomerState], required: RequiredState) -> None:
    """Load counters and segments into customer states, if they are required."""
    known = {state.key: state for state in states if not state.is_new}
    if not known or not (required.counters or required.segments):
        return
    history = await customer_history.read(conn, known, since_day=required.since_day)
    for counter in history.counters:
        known[counter.customer_key].load_counter(counter)
    for daily_counter in history.daily_counters:
        known[daily_counter.customer_key].load_daily_counter(daily_counter)
    for foreign in history.foreign:
        amounts = known[foreign.customer_key].foreign
        amounts.load(foreign.currency, EventKind(foreign.kind), foreign.name_space, value=foreign.value)
    for membership in history.memberships:
        known[membership.customer_key].segments[membership.segment] = membership


async def load_foreign_days(conn: AsyncConnection, states: Iterable[CustomerState], *, since_us: int) -> None:
    """Load the days of foreign amounts of the spend years that have an instant, or a later one, in them."""
    known = {state.key: state for state in states if state.foreign}
    if known:
        first = day_of(since_us) - periods.LONGEST_YEAR_DAYS
        for each in await customer_history.foreign_days(conn, known, since_day=first):
            known[each.customer_key].foreign.load_day(each.currency, each.day, each.value)


async def _load_customers(conn: AsyncConnection, preloaded: Preloaded, consumed: Sequence[StoredEvent]) -> None:
    """Load the customers of events; the first event of an unknown one creates it. Source: WIRE.md 003 (a)."""
    for tenant in {event.tenant_id for event in consumed}:
        ids = {str(event.root_id) for event in consumed if event.tenant_id == tenant}
        for row in await customers.find(conn, tenant, ids):
            preloaded.states[tenant, row.id] = CustomerState(row)
    for event in consumed:
        ref = event.tenant_id, str(event.root_id)
        if ref not in preloaded.states and preloaded.events[event.seq].kind in CUSTOMER_CREATING_KINDS:
            row = new_customer(*ref, key=event.seq, at_us=happened_at(event), now_us=event.recorded_at)
            preloaded.states[ref] = CustomerState(row, is_new=True)


async def _load_orders(conn: AsyncConnection, preloaded: Preloaded, consumed: Sequence[StoredEvent]) -> None:
    """Read the orders that events tell of, with what they were given."""
    order_ids: dict[int, set[str]] = {}
    for stored in consumed:
        event = preloaded.events[stored.seq]
        if event.kind in ORDER_KINDS and event.order_id:
            order_ids.setdefault(stored.tenant_id, set()).add(event.order_id)
    keys = {state.key for state in preloaded.states.values()}
    found = [
        row
        for tenant, ids in order_ids.items()
        for row in await orders.find(conn, tenant, ids)
        if row.customer_key in keys
    ]
    booked = await assessments.points_of(conn, [row.key for row in found]) if found else {}
    for row in found:
        order = stored_order(row, booked.get(row.key, {}))
        preloaded.orders[order.name] = order


async def _load_spend_days(conn: AsyncConnection, preloaded: Preloaded, assessed: Sequence[StoredEvent]) -> None:
    """Read the spend by day of customers with events that are earlier than what is known of them."""
    early: dict[int, CustomerState] = {}
    for event in assessed:
        state = preloaded.states[event.tenant_id, str(event.root_id)]
        if state.needs_spend_days(happened_at(event)):
            early[state.key] = state
    if early:
        kinds = [kind.value for kind in SPEND_KINDS]
        days = await customer_history.spend_days(conn, early, kinds=kinds)
        for key, state in early.items():
            state.spend_days = days.get(key, {})


def _required_state(preloaded: Preloaded, assessed: Sequence[StoredEvent]) -> RequiredState:
    """State that the rules read, and counters wherever events are counted; for baskets only if rules are in TEST."""
    required = RequiredState()
    by_day = {(event.tenant_id, event.type, event.name, day_of(happened_at(event))): event for event in assessed}
    for stored in by_day.values():
        index, event = preloaded.indexes[stored.tenant_id], preloaded.events[stored.seq]
        at_us = happened_at(stored)
        if event.kind in EARNING_KINDS:
            required = required.merged(RequiredState(counters=True))
        elif not index.has_test_rules(event.kind, event.name_space, at_us):
            continue
        required = required.merged(index.required_state(event.kind, event.name_space, at_us))
    return required
