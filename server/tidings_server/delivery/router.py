"""The router: for each event of the log one delivery to each subscription that matches it, exactly once."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.matching import Snapshot, SubscriptionMatcher
from tidings_server.delivery.message import message_group_of
from tidings_server.delivery.pings import is_test
from tidings_server.delivery.requested_deliveries import InternalEndpoint, endpoint_of, open_in
from tidings_server.delivery.store import deliveries
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.deliveries import NewDelivery, Order, Priority
from tidings_server.delivery.store.leases import Lease, LeaseHolder, QueueKey, lease, lease_next
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.platform.clock import Clock
from tidings_server.platform.turns import BACKGROUND_S, Turn
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import StoredEvent

MAX_ROWS: Final = 500
"""Deliveries of one transaction; an event's are never split: one with more takes a transaction of its own."""

MAX_ORDERS: Final = 8
"""Entities of one subscription whose next deliveries are leased one by one."""

MAX_HOPS: Final = 16
"""Length of a chain of events at which nothing is triggered any more. Source: DESIGN.md section 3."""

logger = structlog.get_logger(__name__)


class Sender(Protocol):
    """The dispatcher, as the router uses it."""

    @property
    def holder(self) -> LeaseHolder:
        """The owner of the leases."""
        ...

    def suspect_strays(self) -> None:
        """Leases were perhaps committed that are not handed over."""
        ...

    def lease_limits(self, queued: Iterable[tuple[Subscription, int]]) -> Mapping[QueueKey, int]:
        """Deliveries that it would send at once, of those about to be queued, by subscription and count."""
        ...

    def hand_over(self, leases: Sequence[Lease]) -> None:
        """Sends deliveries that were queued and leased in one transaction."""
        ...

    def queued(self, orders: Collection[Order]) -> None:
        """Deliveries were queued, but not leased, behind others of their entities."""
        ...

    def wake(self) -> None:
        """Looks for deliveries that are not leased."""
        ...


class RoutingPlan:
    """The plan of some events: deliveries to be queued, how many to lease at once, and conditions that failed."""

    def __init__(self, snapshot: Snapshot, *, now: int) -> None:
        self._snapshot = snapshot
        self._now = now
        self.covered = self._upto = 0
        self.rows: list[NewDelivery] = []
        self._subscriptions: dict[int, Subscription] = {}
        self.failed: dict[int, str] = {}
        self.lease_limits: Mapping[QueueKey, int] = {}
        self.holder = LeaseHolder()
        self.leases: Sequence[Lease] = ()

    def unleased(self) -> list[NewDelivery]:
        """The deliveries that were not leased."""
        leased = {(each.subscription_key, each.seq) for each in self.leases}
        return [row for row in self.rows if (row.subscription_key, row.seq) not in leased]

    @property
    def is_empty(self) -> bool:
        return not self.rows and not self.failed

    def has_room(self, rows: int) -> bool:
        return not self.covered or len(self.rows) + rows <= MAX_ROWS

    def pass_over(self, event: StoredEvent) -> None:
        """Covers one more event, which nobody gets."""
        self.covered += 1
        self._upto = event.seq

    async def add(self, event: StoredEvent, subscriptions: Sequence[Subscription], turn: Turn) -> None:
        """Covers one more event. Deliveries are due in the order of the log, and at once."""
        self.pass_over(event)
        due_at = min(event.recorded_at, self._now)
        for subscription in subscriptions:
            self.rows.append(new_delivery(subscription, event, due_at=due_at, now=self._now))
            self._subscriptions[subscription.key] = subscription
            await turn.give()

    def _orders(self) -> list[Order]:
        """Entities whose next delivery is leased by its name: those of subscriptions in order that get few of them.

        A look for what is due would read all that wait for others instead.
        """
        found: dict[int, set[str | None]] = {key: set() for key, _ in self.lease_limits}
        for row in self.rows:
            if row.subscription_key in found:
                found[row.subscription_key].add(row.order_key)
        few = {key: orders for key, orders in found.items() if None not in orders and len(orders) <= MAX_ORDERS}
        return [(key, order) for key, orders in few.items() for order in sorted(filter(None, orders))]

    def queued(self) -> list[tuple[Subscription, int]]:
        """Each subscription that gets deliveries, and how many."""
        counts = Counter(row.subscription_key for row in self.rows)
        return [(each, counts[key]) for key, each in self._subscriptions.items()]

    def _leave_out(self, keys: Collection[int]) -> None:
        self.rows = [row for row in self.rows if row.subscription_key not in keys]
        self.lease_limits = {name: most for name, most in self.lease_limits.items() if name[0] not in keys}

    def note(self, failed: Mapping[int, str]) -> None:
        """Keeps the first error of each condition, by its subscription's key."""
        self.failed = {**failed, **self.failed}

    async def apply(self, conn: AsyncConnection) -> None:
        """Queues deliveries for those that still get any. Raises LostRace where a subscription is missing."""
        if stopped := await self._snapshot.stopped_since(conn, self._subscriptions.keys(), upto=self._upto):
            self._leave_out(stopped)
        await deliveries.add(conn, self.rows)
        orders, limits = self._orders(), dict(self.lease_limits)
        for key, _ in orders:
            limits.pop((key, Priority.FIRST), None)
        self.leases = [
            *(await lease(conn, limits, now=self._now, holder=self.holder)),
            *(await lease_next(conn, orders, now=self._now, holder=self.holder)),
        ]
        for key, error in sorted(self.failed.items()):
            await table.note_condition_error(conn, key, error, self._now)


class Router:
    """The consumer that routes events. Those of one entity are routed in their order, whatever fails."""

    name = "router"

    def __init__(self, database: Database, matcher: SubscriptionMatcher, *, clock: Clock, sender: Sender) -> None:
        self._database = database
        self._matcher = matcher
        self._clock = clock
        self._sender = sender
        self._planned: RoutingPlan | None = None

    def concerns(self, _event: StoredEvent) -> bool:
        return True

    def key(self, event: StoredEvent) -> str:
        return f"{event.tenant_id}/{entity_key(event) or event.seq}"

    async def plan(self, events: Sequence[StoredEvent]) -> RoutingPlan:
        self._forget_planned()
        endpoints = {event.seq: endpoint for event in events if (endpoint := endpoint_of(event))}
        snapshot = await self._snapshot(events, endpoints.values())
        routing = RoutingPlan(snapshot, now=self._clock.now_us())
        turn = Turn(BACKGROUND_S)
        for event in events:
            if not (event.seq in endpoints or snapshot.names_any(event)):
                routing.pass_over(event)
                continue
            await turn.give()
            if not triggers(event):
                routing.pass_over(event)
                continue
            matches = await self._matcher.match(snapshot, event, turn)
            receivers = matches.subscriptions
            if event.seq in endpoints and (addressed := snapshot.endpoint(endpoints[event.seq])):
                receivers = [*receivers, addressed]
            if not routing.has_room(len(receivers)):
                break
            await routing.add(event, receivers, turn)
            routing.note({subscription.key: error for subscription, error in matches.failed})
        routing.lease_limits, routing.holder = self._sender.lease_limits(routing.queued()), self._sender.holder
        self._planned = routing
        return routing

    def _forget_planned(self) -> None:
        """Of a plan whose commit nobody has told of, the leases are perhaps in the queue."""
        if self._planned is not None and self._planned.lease_limits:
            self._sender.suspect_strays()
        self._planned = None

    async def _snapshot(self, events: Sequence[StoredEvent], endpoints: Collection[InternalEndpoint]) -> Snapshot:
        """The subscriptions of the events' tenants, every endpoint that is addressed among them."""
        tenants = {event.tenant_id for event in events}
        snapshot = await self._matcher.snapshot(tenants)
        missing = {endpoint for endpoint in endpoints if snapshot.endpoint(endpoint) is None}
        if not missing:
            return snapshot
        now = self._clock.now_us()
        await self._database.write_queue.run(lambda conn: open_in(conn, missing, at_us=now))
        return await self._matcher.snapshot(tenants)

    def committed(self) -> None:
        """Hands what was planned last to the sender; to be called after its commit.

        Called after another commit, it would hand over leases of rows that are not in the queue: those are sent, their
        outcomes are not recorded (see `attempts.hold`), and the event's next plan sends them again.
        """
        routing, self._planned = self._planned, None
        if routing is not None and routing.rows:
            self._sender.hand_over(routing.leases)
            unleased = routing.unleased()
            if any(row.order_key is None for row in unleased):
                self._sender.wake()
            elif unleased:
                self._sender.queued({row.order for row in unleased})


def triggers(event: StoredEvent) -> bool:
    """Whether an event is routed: tests are queued for one subscription alone, and chains of events are bounded."""
    if event.hops >= MAX_HOPS:
        logger.warning("router.too_many_hops", tenant=event.tenant_id, seq=event.seq, hops=event.hops)
        return False
    return not is_test(event)


def new_delivery(
    subscription: Subscription,
    event: StoredEvent,
    *,
    due_at: int,
    now: int,
    replay_id: str = "",
    priority: Priority = Priority.FIRST,
) -> NewDelivery:
    """The delivery of an event to a subscription."""
    return NewDelivery(
        tenant_id=event.tenant_id,
        subscription_key=subscription.key,
        seq=event.seq,
        replay_id=replay_id,
        priority=priority,
        order_key=order_key(subscription, event),
        due_at=due_at,
        created_at=now,
    )


def order_key(subscription: Subscription, event: StoredEvent) -> str | None:
    """Deliveries of a subscription that have this in common follow each other; None for one that waits for no other.

    The message group where the destination keeps the order of groups itself, the entity where the client asks for it.
    """
    if subscription.is_fifo:
        return message_group_of(event)
    return entity_key(event) if subscription.ordered else None


def entity_key(event: StoredEvent) -> str | None:
    """The entity that an event is about, as one text; None where it names none."""
    entity = event.entity_id or event.entity_ref
    return f"{event.entity_type or ''}:{entity}" if entity else None
