"""Leases of deliveries to the process that sends them: statements.

A row is leased until `lease_until` to `lease_owner`, which no index holds, so that leasing costs no index anything. The
owner renews what it still needs, and gives back what it does not. A process that dies does neither; its rows are leased
again when their leases end.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    SmallInteger,
    String,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from tidings_server.delivery.store.deliveries import IS_PENDING, Priority
from tidings_server.delivery.store.tables import delivery, replay, subscription

LEASE_US: Final = 90_000_000
"""Length of a lease where no other process could take over."""
SHARED_LEASE_US: Final = 8_000_000
"""Length of a lease between processes: as long are deliveries held up that a process had when it died."""


class LeaseHolder(NamedTuple):
    """A process as the owner of leases: a random number, and how long its leases last."""

    number: int = 0
    length_us: int = LEASE_US


ALONE: Final = LeaseHolder()

QueueKey = tuple[int, Priority]
"""A subscription's key and a priority: deliveries of one such pair are leased and sent in their order."""


class ReadySubscription(NamedTuple):
    """A subscription that may be sent to, and the instant (microseconds) of its earliest unleased work of a priority.

    A `max_per_second` of 0 is no limit. `failing_since` is None where its last recorded attempt did not fail.
    """

    subscription_key: int
    tenant_id: int
    priority: Priority
    due_at: int
    failing_since: int | None
    max_concurrency: int
    max_per_second: int

    @property
    def queue_key(self) -> QueueKey:
        return self.subscription_key, self.priority


class Lease(NamedTuple):
    """A delivery leased until `lease_until`, as its row was before the attempt that it is leased for.

    `id` is the delivery's number. Instants are microseconds.
    """

    id: int
    tenant_id: int
    subscription_key: int
    priority: Priority
    seq: int
    replay_id: str
    attempts: int
    tries: int
    tries_from: int | None
    created_at: int
    lease_until: int
    order_key: str | None
    due_at: int

    @property
    def order(self) -> tuple[int, str]:
        """Key of the deliveries that follow each other, of one that is ordered."""
        return self.subscription_key, self.order_key or ""

    @property
    def is_ordered(self) -> bool:
        """Whether the next delivery of its entity can be leased only when this one is recorded."""
        return self.order_key is not None


HAS_PENDING: Final = select(exists().where(IS_PENDING))
"""Whether any delivery is pending, as a fact of the shared look."""


async def ready(conn: AsyncConnection, *, now: int) -> list[ReadySubscription]:
    """Every subscription with unleased pending deliveries that may be sent to now, once for each priority.

    Work that is due later is included. Walks the index from subscription to subscription, so that it costs the same
    however many deliveries wait.
    """
    return [
        ReadySubscription(key, tenant, Priority(priority), *others)
        for key, tenant, priority, *others in await conn.execute(_READY, {"now": now})
    ]


async def lease(
    conn: AsyncConnection, limits: Mapping[QueueKey, int], *, now: int, holder: LeaseHolder = ALONE
) -> list[Lease]:
    """Leases due deliveries from `now` on, for each key up to its limit, the earliest due first.

    While the backlog of its `startFrom` is being queued, only deliveries of that backlog. Of an ordered
    subscription's deliveries of one entity, only the first that is pending. Rows that others hold are skipped, and of a
    subscription that may not be sent to there are none.
    """
    leases: list[Lease] = []
    for (key, priority), limit in limits.items():
        parameters = {"of_key": key, "of_priority": priority, "most": limit, "now": now}
        parameters |= {"until": now + holder.length_us, "owner": holder.number}
        rows = [Lease._make((*row[:3], priority, *row[4:])) for row in await conn.execute(_LEASE, parameters)]
        leases += sorted(rows, key=lambda row: (row.due_at, row.id))
    return leases


async def lease_next(
    conn: AsyncConnection, orders: Sequence[tuple[int, str]], *, now: int, holder: LeaseHolder = ALONE
) -> list[Lease]:
    """Leases the first pending delivery of each order where it is due, as `lease` does: without looking for it."""
    leases: list[Lease] = []
    for key, order_key in orders:
        parameters = {"of_key": key, "of_order": order_key, "now": now}
        parameters |= {"until": now + holder.length_us, "owner": holder.number}
        for row in await conn.execute(_LEASE_NEXT, parameters):
            found = Lease._make(row)
            leases.append(found._replace(priority=Priority(found.priority)))
    return leases


async def release(conn: AsyncConnection, leases: Sequence[Lease], *, holder: LeaseHolder = ALONE) -> None:
    """Ends leases that have not been taken over since."""
    for attempts, ids in by_attempts(leases).items():
        await conn.execute(update(delivery).where(*is_held(ids, attempts, holder)).values(lease_until=0))


async def release_all(conn: AsyncConnection) -> None:
    """Ends every lease: for the start of the only process."""
    await conn.execute(update(delivery).where(IS_PENDING, delivery.c.lease_until > 0).values(lease_until=0))


def by_attempts(leases: Iterable[Lease]) -> dict[int, list[int]]:
    """The ids of leased deliveries, by their numbers of attempts."""
    by_attempts: dict[int, list[int]] = {}
    for each in leases:
        by_attempts.setdefault(each.attempts, []).append(each.id)
    return by_attempts


def is_held(ids: Sequence[int], attempts: int, holder: LeaseHolder) -> tuple[ColumnElement[bool], ...]:
    """Criteria of deliveries that are leased for this attempt by this process, or were when nobody else was."""
    is_same_attempt = (delivery.c.attempts == attempts, IS_PENDING)
    return delivery.c.id.in_(ids), delivery.c.lease_owner == holder.number, delivery.c.lease_until > 0, *is_same_attempt


def _ready_of(priority: Priority) -> Select[Any]:
    """Ready subscriptions of one priority: a loose scan over them, then the first unleased delivery of each."""
    is_of_priority = and_(IS_PENDING, delivery.c.priority == literal(int(priority), SmallInteger, literal_execute=True))

    def next_key(*beyond: ColumnElement[bool]) -> ScalarSelect[Any]:
        query = select(delivery.c.subscription_key).where(is_of_priority, *beyond)
        return query.order_by(delivery.c.subscription_key).limit(1).scalar_subquery()

    walk = select(next_key().label("key")).cte(f"walk_{priority:d}", recursive=True)
    walk = walk.union_all(select(next_key(delivery.c.subscription_key > walk.c.key)).where(walk.c.key.is_not(None)))
    due_at = (
        select(delivery.c.due_at)
        .where(
            is_of_priority,
            delivery.c.subscription_key == walk.c.key,
            delivery.c.lease_until <= bindparam("now", type_=BigInteger),
        )
        .order_by(delivery.c.due_at)
        .limit(1)
        .scalar_subquery()
    )
    found = select(walk.c.key, due_at.label("due_at")).where(walk.c.key.is_not(None)).subquery(f"found_{priority:d}")
    return (
        select(
            found.c.key,
            subscription.c.tenant_id,
            literal(int(priority), SmallInteger).label("priority"),
            found.c.due_at,
            subscription.c.failing_since,
            subscription.c.max_concurrency,
            subscription.c.max_per_second,
        )
        .join(subscription, subscription.c.key == found.c.key)
        .where(found.c.due_at.is_not(None), *_MAY_BE_SENT_TO)
    )


_MAY_BE_SENT_TO: Final = (
    subscription.c.is_active,
    subscription.c.is_confirmed,
    subscription.c.deleted_at.is_(None),
    func.coalesce(subscription.c.paused_until, 0) <= bindparam("now", type_=BigInteger),
)

_READY: Final = union_all(*map(_ready_of, Priority))

_earlier: Final = delivery.alias("earlier")
_is_first_of_entity: Final = or_(
    delivery.c.order_key.is_(None),
    ~exists().where(
        _earlier.c.subscription_key == delivery.c.subscription_key,
        _earlier.c.order_key == delivery.c.order_key,
        _earlier.c.order_key.is_not(None),
        _earlier.c.seq < delivery.c.seq,
        _earlier.c.state == literal("PENDING", String, literal_execute=True),
    ),
)
_backlog_ends: Final = (
    select(func.min(replay.c.to_seq))
    .where(
        replay.c.subscription_key == bindparam("of_key", type_=BigInteger),
        replay.c.is_start,
        replay.c.finished_at.is_(None),
    )
    .scalar_subquery()
)
_may_be_sent_to: Final = exists().where(subscription.c.key == bindparam("of_key", type_=BigInteger), *_MAY_BE_SENT_TO)


def _leased(*criteria: ColumnElement[bool]) -> ReturningUpdate[Any]:
    """The statement that leases the deliveries of these criteria, and reads them."""
    return (
        update(delivery)
        .where(*criteria)
        .values(lease_until=bindparam("until", type_=BigInteger), lease_owner=bindparam("owner", type_=BigInteger))
        .returning(*(delivery.c[name] for name in Lease._fields))
    )


_LEASE: Final = _leased(
    delivery.c.id.in_(
        select(delivery.c.id)
        .where(
            IS_PENDING,
            delivery.c.priority == bindparam("of_priority", type_=SmallInteger),
            delivery.c.subscription_key == bindparam("of_key", type_=BigInteger),
            delivery.c.due_at <= bindparam("now", type_=BigInteger),
            delivery.c.lease_until <= bindparam("now", type_=BigInteger),
            _is_first_of_entity,
            delivery.c.seq <= func.coalesce(_backlog_ends, delivery.c.seq),
            _may_be_sent_to,
        )
        .order_by(delivery.c.due_at, delivery.c.id)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True, of=delivery)
    )
)

_LEASE_NEXT: Final = _leased(
    delivery.c.id.in_(
        select(delivery.c.id)
        .where(
            IS_PENDING,
            delivery.c.subscription_key == bindparam("of_key", type_=BigInteger),
            delivery.c.order_key == bindparam("of_order", type_=String),
            delivery.c.order_key.is_not(None),
        )
        .order_by(delivery.c.seq, delivery.c.id)
        .limit(1)
    ),
    IS_PENDING,
    delivery.c.due_at <= bindparam("now", type_=BigInteger),
    delivery.c.lease_until <= bindparam("now", type_=BigInteger),
    delivery.c.seq <= func.coalesce(_backlog_ends, delivery.c.seq),
    _may_be_sent_to,
)
