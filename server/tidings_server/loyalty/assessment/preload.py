"""Gathering: reading at once all that the events of a page need."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.assessment.customer_state import Standing, new_customer
from tidings_server.loyalty.assessment.rule_cache import Directory
from tidings_server.loyalty.assessment.rule_index import Demand, RuleIndex
from tidings_server.loyalty.event_codec import LoyaltyBodies
from tidings_server.loyalty.events import ASSESSED, TAKEN, Kind, LoyaltyEvent, kind_of
from tidings_server.loyalty.store import customers
from tidings_server.loyalty.store import history as loyalty_history
from tidings_server.loyalty.store import orders as loyalty_orders
from tidings_server.storage.log.records import StoredEvent

MAKES_CUSTOMERS = ASSESSED | {Kind.BASKET}
"""Kinds whose first event makes the customer."""

OrderName = tuple[int, str, str]
"""Tenant number, customer id, order id."""


@dataclass(slots=True)
class Gathered:
    """What the events of a page need, by tenant number and customer id."""

    events: dict[int, LoyaltyEvent] = field(default_factory=dict)
    standings: dict[tuple[int, str], Standing] = field(default_factory=dict)
    indexes: Mapping[int, RuleIndex] = field(default_factory=dict)
    reversed: set[OrderName] = field(default_factory=set)


async def gather(
    conn: AsyncConnection, bodies: LoyaltyBodies, directory: Directory, stored: Sequence[StoredEvent]
) -> Gathered:
    """Read what these events of the log need; those from which nothing follows are passed over."""
    ours = [event for event in stored if kind_of(event) in TAKEN and event.root_id]
    gathered = Gathered(events={event.seq: bodies.read(event) for event in ours})
    if not ours:
        return gathered
    await _customers(conn, gathered, ours)
    assessed = [event for event in ours if gathered.events[event.seq].kind in MAKES_CUSTOMERS]
    if assessed:
        gathered.indexes = await directory.of(conn, {event.tenant_id for event in assessed})
        await load_history(conn, gathered.standings.values(), _demand(gathered, assessed))
        await _reversals(conn, gathered, assessed)
    return gathered


async def load_history(conn: AsyncConnection, standings: Iterable[Standing], demand: Demand) -> None:
    """Take into standings what was counted before and in which segments the customers are, if anything looks at it."""
    known = {standing.key: standing for standing in standings if not standing.is_new}
    if not known or not (demand.counters or demand.segments):
        return
    history = await loyalty_history.read(conn, known, since_day=demand.since_day)
    for counter in history.counters:
        known[counter.customer_key].load(counter)
    for tally in history.tallies:
        known[tally.customer_key].load_day(tally)
    for membership in history.memberships:
        known[membership.customer_key].segments[membership.segment] = membership


async def _customers(conn: AsyncConnection, gathered: Gathered, ours: Sequence[StoredEvent]) -> None:
    """The customers of some events; an unknown one is made by its first event. Source: WIRE.md 003 (a)."""
    for tenant in {event.tenant_id for event in ours}:
        ids = {str(event.root_id) for event in ours if event.tenant_id == tenant}
        for row in await customers.find(conn, tenant, ids):
            gathered.standings[tenant, row.id] = Standing(row)
    for event in ours:
        name = event.tenant_id, str(event.root_id)
        if name not in gathered.standings and gathered.events[event.seq].kind in MAKES_CUSTOMERS:
            row = new_customer(*name, key=event.seq, at_us=event.recorded_at)
            gathered.standings[name] = Standing(row, is_new=True)


async def _reversals(conn: AsyncConnection, gathered: Gathered, assessed: Sequence[StoredEvent]) -> None:
    """Which of the orders were reversed before."""
    orders: dict[int, set[str]] = {}
    for event in assessed:
        if order_id := gathered.events[event.seq].order_id:
            orders.setdefault(event.tenant_id, set()).add(order_id)
    names = {standing.key: standing.row.id for standing in gathered.standings.values()}
    for tenant, order_ids in orders.items():
        for reversal in await loyalty_orders.reversals(conn, tenant, order_ids):
            if reversal.customer_key in names:
                gathered.reversed.add((tenant, names[reversal.customer_key], reversal.order_id))


def _demand(gathered: Gathered, assessed: Sequence[StoredEvent]) -> Demand:
    """What the rules look at, and counters where events are counted; of baskets only what rules in Test look at."""
    demand = Demand()
    for stored in {(event.tenant_id, event.type, event.name): event for event in reversed(assessed)}.values():
        index, event = gathered.indexes[stored.tenant_id], gathered.events[stored.seq]
        if event.kind in ASSESSED:
            demand = demand.and_also(Demand(counters=True))
        elif not index.tries_out(event.kind, event.name_space, stored.recorded_at):
            continue
        demand = demand.and_also(index.demand(event.kind, event.name_space, stored.recorded_at))
    return demand
