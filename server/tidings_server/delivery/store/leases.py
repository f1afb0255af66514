"""Claims of deliveries: statements.

A claim is a lease on a row: `lease_until` says until when it is somebody's, and no index holds it, so that claiming
costs no index anything. A process that dies gives nothing back; its rows are claimed again when their leases end.
"""

from collections.abc import Mapping
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

from tidings_server.delivery.store.deliveries import IS_PENDING, LANES
from tidings_server.delivery.store.tables import delivery, replay, subscription


class Work(NamedTuple):
    """A subscription that may be sent to, with the instant of its earliest unclaimed work in a lane."""

    subscription_key: int
    tenant_id: int
    lane: int
    due_at: int
    failing_since: int | None
    max_concurrency: int
    max_per_second: int


class ClaimedRow(NamedTuple):
    """A leased delivery, as it was before the attempt that it is leased for."""

    id: int
    tenant_id: int
    subscription_key: int
    lane: int
    seq: int
    replay_id: str
    attempts: int
    tries: int
    tries_from: int | None
    created_at: int
    lease_until: int
    order_key: str | None
    due_at: int


async def work(conn: AsyncConnection, *, now: int) -> list[Work]:
    """Every subscription with unclaimed pending deliveries that may be sent to now; one row for each of its lanes.

    Walks the index from subscription to subscription, so that it costs the same however many deliveries wait.
    """
    return [Work._make(row) for row in await conn.execute(_WORK, {"now": now})]


async def claim(
    conn: AsyncConnection, *, subscription_key: int, lane: int, limit: int, now: int, lease_until: int
) -> list[ClaimedRow]:
    """Leases up to `limit` due deliveries of one subscription and lane, the earliest due first.

    While the backlog that its `startFrom` asked for is being queued, only deliveries of that backlog. Of an ordered
    subscription's deliveries of one entity, only the first that is pending. Rows that others hold are skipped, and of a
    subscription that may not be sent to there are none.
    """
    parameters = {"of_key": subscription_key, "of_lane": lane, "most": limit, "now": now, "until": lease_until}
    rows = (ClaimedRow._make(row) for row in await conn.execute(_CLAIM, parameters))
    return sorted(rows, key=lambda row: (row.due_at, row.id))


async def release(conn: AsyncConnection, leases: Mapping[int, int]) -> None:
    """Ends leases, given as delivery → `lease_until`, that have not been taken over since."""
    by_end: dict[int, list[int]] = {}
    for delivery_id, lease_until in leases.items():
        by_end.setdefault(lease_until, []).append(delivery_id)
    for lease_until, ids in by_end.items():
        await conn.execute(
            update(delivery).where(delivery.c.id.in_(ids), delivery.c.lease_until == lease_until).values(lease_until=0)
        )


async def release_all(conn: AsyncConnection) -> None:
    """Ends every lease: for the start of the only process."""
    await conn.execute(update(delivery).where(IS_PENDING, delivery.c.lease_until > 0).values(lease_until=0))


def _lane_work(lane: int) -> Select[Any]:
    """The work of one lane: a loose scan over its subscriptions, then the first unclaimed delivery of each."""
    in_lane = and_(IS_PENDING, delivery.c.lane == literal(lane, SmallInteger, literal_execute=True))

    def next_key(*beyond: ColumnElement[bool]) -> ScalarSelect[Any]:
        query = select(delivery.c.subscription_key).where(in_lane, *beyond)
        return query.order_by(delivery.c.subscription_key).limit(1).scalar_subquery()

    walk = select(next_key().label("key")).cte(f"walk_{lane}", recursive=True)
    walk = walk.union_all(select(next_key(delivery.c.subscription_key > walk.c.key)).where(walk.c.key.is_not(None)))
    due_at = (
        select(delivery.c.due_at)
        .where(
            in_lane,
            delivery.c.subscription_key == walk.c.key,
            delivery.c.lease_until <= bindparam("now", type_=BigInteger),
        )
        .order_by(delivery.c.due_at)
        .limit(1)
        .scalar_subquery()
    )
    found = select(walk.c.key, due_at.label("due_at")).where(walk.c.key.is_not(None)).subquery(f"found_{lane}")
    return (
        select(
            found.c.key,
            subscription.c.tenant_id,
            literal(lane, SmallInteger).label("lane"),
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

_WORK: Final = union_all(*map(_lane_work, LANES))

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
_CLAIM: Final = (
    update(delivery)
    .where(
        delivery.c.id.in_(
            select(delivery.c.id)
            .where(
                IS_PENDING,
                delivery.c.lane == bindparam("of_lane", type_=SmallInteger),
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
    .values(lease_until=bindparam("until", type_=BigInteger))
    .returning(*(delivery.c[name] for name in ClaimedRow._fields))
)
