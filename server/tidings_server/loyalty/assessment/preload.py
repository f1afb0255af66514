"""Preload: reading in a few statements all that the events of a batch need."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.assessment.customer_state import CustomerState, new_customer
from tidings_server.loyalty.assessment.rule_cache import RuleCache
from tidings_server.loyalty.assessment.rule_index import RequiredState, RuleIndex
from tidings_server.loyalty.event_codec import LoyaltyEventCodec
from tidings_server.loyalty.events import (
    CONSUMED_KINDS,
    EARNING_KINDS,
    CustomerRef,
    EventKind,
    LoyaltyEvent,
    kind_of,
)
from tidings_server.loyalty.store import customer_history, customers, orders
from tidings_server.storage.log.records import StoredEvent

CUSTOMER_CREATING_KINDS = EARNING_KINDS | {EventKind.BASKET}
"""Kinds whose first event creates the customer."""

OrderRef = tuple[int, str, str]
"""Tenant number, customer id, order id."""


@dataclass(slots=True)
class Preloaded:
    """Decoded events by number, states by customer, rule indexes by tenant number, and orders reversed before."""

    events: dict[int, LoyaltyEvent] = field(default_factory=dict)
    states: dict[CustomerRef, CustomerState] = field(default_factory=dict)
    indexes: Mapping[int, RuleIndex] = field(default_factory=dict)
    reversed: set[OrderRef] = field(default_factory=set)


async def preload(
    conn: AsyncConnection, codec: LoyaltyEventCodec, rule_cache: RuleCache, *, stored: Sequence[StoredEvent]
) -> Preloaded:
    """Read what these events of the log need; events that loyalty does not process are skipped."""
    consumed = [event for event in stored if kind_of(event) in CONSUMED_KINDS and event.root_id]
    preloaded = Preloaded(events={event.seq: codec.decode(event) for event in consumed})
    if not consumed:
        return preloaded
    await _load_customers(conn, preloaded, consumed)
    assessed = [event for event in consumed if preloaded.events[event.seq].kind in CUSTOMER_CREATING_KINDS]
    if assessed:
        preloaded.indexes = await rule_cache.of(conn, {event.tenant_id for event in assessed})
        await load_history(conn, preloaded.states.values(), _required_state(preloaded, assessed))
        await _load_reversals(conn, preloaded, assessed)
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
    for membership in history.memberships:
        known[membership.customer_key].segments[membership.segment] = membership


async def _load_customers(conn: AsyncConnection, preloaded: Preloaded, consumed: Sequence[StoredEvent]) -> None:
    """Load the customers of events; the first event of an unknown one creates it. Source: WIRE.md 003 (a)."""
    for tenant in {event.tenant_id for event in consumed}:
        ids = {str(event.root_id) for event in consumed if event.tenant_id == tenant}
        for row in await customers.find(conn, tenant, ids):
            preloaded.states[tenant, row.id] = CustomerState(row)
    for event in consumed:
        ref = event.tenant_id, str(event.root_id)
        if ref not in preloaded.states and preloaded.events[event.seq].kind in CUSTOMER_CREATING_KINDS:
            row = new_customer(*ref, key=event.seq, at_us=event.recorded_at)
            preloaded.states[ref] = CustomerState(row, is_new=True)


async def _load_reversals(conn: AsyncConnection, preloaded: Preloaded, assessed: Sequence[StoredEvent]) -> None:
    """Find the orders that were reversed before."""
    order_ids: dict[int, set[str]] = {}
    for event in assessed:
        if order_id := preloaded.events[event.seq].order_id:
            order_ids.setdefault(event.tenant_id, set()).add(order_id)
    names = {state.key: state.row.id for state in preloaded.states.values()}
    for tenant, ids in order_ids.items():
        for reversal in await orders.reversals(conn, tenant, ids):
            if reversal.customer_key in names:
                preloaded.reversed.add((tenant, names[reversal.customer_key], reversal.order_id))


def _required_state(preloaded: Preloaded, assessed: Sequence[StoredEvent]) -> RequiredState:
    """State that the rules read, and counters wherever events are counted; for baskets only if rules are in TEST."""
    required = RequiredState()
    for stored in {(event.tenant_id, event.type, event.name): event for event in reversed(assessed)}.values():
        index, event = preloaded.indexes[stored.tenant_id], preloaded.events[stored.seq]
        if event.kind in EARNING_KINDS:
            required = required.merged(RequiredState(counters=True))
        elif not index.has_test_rules(event.kind, event.name_space, stored.recorded_at):
            continue
        required = required.merged(index.required_state(event.kind, event.name_space, stored.recorded_at))
    return required
