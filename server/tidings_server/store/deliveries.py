"""Statements on deliveries: queueing, claiming, recording; one text for both databases.

A claim is a lease on a row: `lease_until` says until when it is somebody's, and no index holds it, so that claiming
costs no index anything. A process that dies gives nothing back; its rows are claimed again when their leases end.
"""

from collections.abc import Mapping, Sequence
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
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.store.bulk import insert_rows
from tidings_server.store.number_lists import as_list, listed
from tidings_server.store.tables import delivery, delivery_attempt, event, replay, subscription

MAX_REASON: Final = 255
LANES: Final = (0, 1)

IS_PENDING: Final = delivery.c.state == literal("PENDING", String, literal_execute=True)
"""As a literal: a parameter would keep both databases from using the partial indexes."""


class NewDelivery(NamedTuple):
    """A delivery about to be queued; `order_key` is None where the subscription does not ask for order."""

    tenant_id: int
    subscription_key: int
    seq: int
    replay_id: str
    lane: int
    order_key: str | None
    due_at: int
    created_at: int


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


class Change(NamedTuple):
    """What an attempt makes of a delivery that had `attempts` attempts before."""

    id: int
    attempts: int
    state: str
    due_at: int
    tries: int
    tries_from: int
    reason: str


class AttemptRow(NamedTuple):
    """One attempt, in the order of the table's columns."""

    delivery_id: int
    number: int
    at: int
    outcome: str
    status: int | None
    error_type: str
    answer: str
    duration_us: int


class Told(NamedTuple):
    """What an operational event says of the event that a delivery is for."""

    seq: int
    event_id: str
    topic: str
    hops: int


async def add(conn: AsyncConnection, rows: Sequence[NewDelivery]) -> None:
    """Queues deliveries. IntegrityError when one of them is queued already."""
    if rows:
        await insert_rows(conn, delivery, list(map(_new, rows)), columns=_NEW)


async def add_one(conn: AsyncConnection, row: NewDelivery) -> int:
    """Queues one delivery; its number."""
    values = dict(zip(_NEW, _new(row), strict=True))
    made: int = (await conn.execute(insert(delivery).values(values).returning(delivery.c.id))).scalar_one()
    return made


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
    subscription's deliveries of one entity, only the first that is pending. Rows that others hold are skipped.
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


async def hold(conn: AsyncConnection, attempts: Mapping[int, int]) -> dict[int, str | None]:
    """Which deliveries of `attempts` (delivery → attempts before) still wait for that outcome, with their order keys.

    The others had their outcome recorded already, by whoever claimed them when a lease ended.
    """
    query = (
        select(delivery.c.id, delivery.c.attempts, delivery.c.order_key)
        .where(delivery.c.id.in_(listed(conn, "ids")), IS_PENDING)
        .order_by(delivery.c.id)
        .with_for_update(of=delivery)
    )
    rows = await conn.execute(query, {"ids": as_list(attempts)})
    return {row.id: row.order_key for row in rows if attempts[row.id] == row.attempts}


async def record(
    conn: AsyncConnection,
    *,
    delivered: Sequence[int],
    changes: Sequence[Change],
    attempts: Sequence[AttemptRow],
    now: int,
) -> None:
    """Stores outcomes of deliveries that `hold` gave: the ids that were delivered, other changes, all attempts."""
    if delivered:
        ids = delivery.c.id.in_(listed(conn, "ids"))
        await conn.execute(_DELIVERED.where(ids), {"ids": as_list(delivered), "now": now})
    if changes:
        await conn.execute(_CHANGE, [{**_prefixed(change), "now": now} for change in changes])
    if attempts:
        await insert_rows(conn, delivery_attempt, attempts)


async def waiting_since(conn: AsyncConnection, *, subscription_key: int, order_key: str, seq: int) -> int | None:
    """When the first delivery that waits behind `seq` for its entity's turn was queued; None when none waits."""
    query = select(func.min(delivery.c.created_at)).where(
        delivery.c.subscription_key == subscription_key,
        delivery.c.order_key == order_key,
        delivery.c.seq > seq,
        IS_PENDING,
    )
    since: int | None = (await conn.execute(query)).scalar()
    return since


async def note_health(
    conn: AsyncConnection, *, mended: Sequence[int], failed: Mapping[int, int], paused: Mapping[int, int]
) -> None:
    """How subscriptions fare: keys that delivered, keys → since when they fail, keys → until when they pause."""
    if mended:
        is_set = subscription.c.failing_since.is_not(None)
        keys = subscription.c.key.in_(mended)
        await conn.execute(update(subscription).where(keys, is_set).values(failing_since=None))
    for key, since in sorted(failed.items()):
        is_first = subscription.c.failing_since.is_(None)
        await conn.execute(update(subscription).where(subscription.c.key == key, is_first).values(failing_since=since))
    for key, until in sorted(paused.items()):
        is_longer = func.coalesce(subscription.c.paused_until, 0) < until
        await conn.execute(update(subscription).where(subscription.c.key == key, is_longer).values(paused_until=until))


async def told_of(conn: AsyncConnection, seqs: Sequence[int]) -> dict[int, Told]:
    """What operational events say of these events; those that retention has removed are left out."""
    query = select(event.c.seq, event.c.event_id, event.c.topic, event.c.hops).where(event.c.seq.in_(seqs))
    return {row.seq: Told._make(row) for row in await conn.execute(query)}


async def pending(conn: AsyncConnection, *, subscription_key: int, most: int) -> int:
    """How many deliveries of a subscription wait, counted up to `most`."""
    waiting = union_all(
        *(
            select(delivery.c.id)
            .where(IS_PENDING, delivery.c.lane == lane, delivery.c.subscription_key == subscription_key)
            .limit(most)
            .subquery()
            .select()
            for lane in LANES
        )
    ).subquery()
    return min(most, int((await conn.execute(select(func.count()).select_from(waiting))).scalar_one()))


_NEW: Final = tuple(column.name for column in delivery.c if column.name not in {"id", "tries_from"})


def _new(row: NewDelivery) -> tuple[Any, ...]:
    """The values of `_NEW`."""
    tenant_id, subscription_key, seq, replay_id, lane, order_key, due_at, created_at = row
    never_tried = (0, 0)
    return (
        *(tenant_id, subscription_key, seq, replay_id, "PENDING", lane, *never_tried),
        *(order_key, due_at, 0, created_at, created_at, ""),
    )


def _prefixed(change: Change) -> dict[str, Any]:
    return {f"to_{name}": value for name, value in change._asdict().items()}


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
            )
            .order_by(delivery.c.due_at, delivery.c.id)
            .limit(bindparam("most", type_=Integer))
            .with_for_update(skip_locked=True, of=delivery)
        )
    )
    .values(lease_until=bindparam("until", type_=BigInteger))
    .returning(*(delivery.c[name] for name in ClaimedRow._fields))
)

_DELIVERED: Final = update(delivery).values(
    state="SUCCEEDED",
    attempts=delivery.c.attempts + 1,
    tries=delivery.c.tries + 1,
    lease_until=0,
    reason="",
    updated_at=bindparam("now", type_=BigInteger),
)
_CHANGE: Final = (
    update(delivery)
    .where(delivery.c.id == bindparam("to_id"))
    .values(
        state=bindparam("to_state"),
        lane=1,
        attempts=bindparam("to_attempts", type_=Integer) + 1,
        tries=bindparam("to_tries"),
        tries_from=bindparam("to_tries_from"),
        due_at=bindparam("to_due_at"),
        lease_until=0,
        reason=bindparam("to_reason"),
        updated_at=bindparam("now", type_=BigInteger),
    )
)
