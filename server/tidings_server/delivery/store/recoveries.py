"""Recoveries of expired deliveries: statements. The outcome of an item is the state of its delivery."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store import newest_first
from tidings_server.delivery.store.deliveries import IS_PENDING
from tidings_server.delivery.store.redeliveries import IS_EXPIRED, new_round
from tidings_server.delivery.store.tables import delivery, delivery_attempt, recovery, recovery_item, subscription
from tidings_server.platform.errors import LostRace
from tidings_server.storage.array_parameters import as_list, is_listed
from tidings_server.storage.bulk_insert import insert_rows
from tidings_server.storage.conflicts import insert_into
from tidings_server.storage.log.tables import event

QUEUEING: Final = "QUEUEING"
SENDING: Final = "SENDING"
DONE: Final = "DONE"
CANCELLED: Final = "CANCELLED"
PENDING: Final = "PENDING"
DELIVERED: Final = "DELIVERED"
FAILED: Final = "FAILED"


class RecoveryFilter(NamedTuple):
    """Expired deliveries of a tenant. `subscription_key` and `application` None: of all; `error_type` "": of any."""

    tenant_id: int
    subscription_key: int | None
    application: str | None
    since: int
    until: int
    error_type: str
    http_status: int | None


class ScanPosition(NamedTuple):
    """An expired delivery in the order in which they are looked at."""

    subscription: int = 0
    expired_at: int = 0
    delivery: int = 0


class Recovery(NamedTuple):
    """A stored recovery. The last three are None until it has ended."""

    id: str
    of: RecoveryFilter
    state: str
    expected: int
    position: ScanPosition
    created_at: int
    created_by: str
    finished_at: int | None = None
    delivered: int | None = None
    failed: int | None = None
    cancelled: int | None = None


class ExpiredDelivery(NamedTuple):
    """An expired delivery, with the failure of its last attempt."""

    id: int
    expired_at: int
    error_type: str
    http_status: int | None


class RecoveredDelivery(NamedTuple):
    """A delivery of a recovery, and its outcome."""

    delivery_id: int
    subscription_id: str
    event_id: str
    outcome: str
    attempts: int
    reason: str


_FILTER: Final = tuple(recovery.c[name] for name in RecoveryFilter._fields)
_POSITION: Final = (recovery.c.at_subscription, recovery.c.at_expired, recovery.c.at_delivery)
_REST: Final = tuple(recovery.c[name] for name in Recovery._fields if name not in {"of", "position"})
_IS_KEPT: Final = subscription.c.deleted_at.is_(None)
_OUTCOME: Final = case(
    (or_(recovery_item.c.is_cancelled, and_(IS_PENDING, ~_IS_KEPT)), literal(CANCELLED)),
    (delivery.c.state == "SUCCEEDED", literal(DELIVERED)),
    (delivery.c.state == "EXPIRED", literal(FAILED)),
    else_=literal(PENDING),
)


async def add(conn: AsyncConnection, new: Recovery) -> None:
    """Adds a recovery; one that exists under this id stays as it is."""
    values = {name: value for name, value in new._asdict().items() if name not in {"of", "position"}}
    at = dict(zip(("at_subscription", "at_expired", "at_delivery"), new.position, strict=True))
    insert = insert_into(recovery, conn.dialect.name).values(values | new.of._asdict() | at)
    await conn.execute(insert.on_conflict_do_nothing())


async def get(conn: AsyncConnection, tenant: int, recovery_id: str, *, application: str | None) -> Recovery | None:
    """The recovery of that id; None for another tenant's, and for another's of who is narrowed to an application."""
    query = select(*_FILTER, *_POSITION, *_REST).where(recovery.c.tenant_id == tenant, recovery.c.id == recovery_id)
    if application is not None:
        query = query.where(recovery.c.application == application)
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _recovery(row)


async def page(
    conn: AsyncConnection, tenant: int, *, application: str | None, after: str, limit: int
) -> list[Recovery]:
    """Recoveries of a tenant, newest first, older than the one with the id `after`. Raises InvalidInput without it."""
    is_listed = [recovery.c.tenant_id == tenant]
    if application is not None:
        is_listed.append(recovery.c.application == application)
    query = select(*_FILTER, *_POSITION, *_REST).where(*is_listed)
    return list(map(_recovery, await newest_first.page(conn, query, recovery, after=after, limit=limit)))


_IS_UNFINISHED: Final = recovery.c.state.in_((QUEUEING, SENDING))
HAS_UNFINISHED: Final = select(exists().where(_IS_UNFINISHED))
"""Whether a recovery goes on, as a fact of the shared look."""


async def unfinished(conn: AsyncConnection) -> list[Recovery]:
    """All that go on, oldest first."""
    query = select(*_FILTER, *_POSITION, *_REST).where(_IS_UNFINISHED)
    return list(map(_recovery, await conn.execute(query.order_by(recovery.c.created_at, recovery.c.id))))


async def count_unfinished(conn: AsyncConnection, tenant: int) -> int:
    """The number of a tenant's recoveries that go on."""
    query = select(func.count()).where(recovery.c.tenant_id == tenant, _IS_UNFINISHED)
    counted: int = (await conn.execute(query)).scalar_one()
    return counted


async def next_subscription(conn: AsyncConnection, of: RecoveryFilter, *, after: int) -> int | None:
    """The first subscription from `after` on that has expired deliveries in the range; None where none has."""
    in_range = delivery.c.updated_at.between(of.since, of.until)
    has_expired = exists().where(delivery.c.subscription_key == subscription.c.key, in_range, IS_EXPIRED)
    query = select(subscription.c.key).where(
        subscription.c.tenant_id == of.tenant_id, subscription.c.key >= after, subscription.c.deleted_at.is_(None)
    )
    if of.subscription_key is not None:
        query = query.where(subscription.c.key == of.subscription_key)
    if of.application is not None:
        query = query.where(subscription.c.app_id == of.application)
    query = query.where(has_expired).order_by(subscription.c.key).limit(1)
    key: int | None = (await conn.execute(query)).scalar()
    return key


async def expired(
    conn: AsyncConnection, of: RecoveryFilter, *, after: ScanPosition, limit: int
) -> list[ExpiredDelivery]:
    """Expired deliveries of the subscription of `after` that are behind it, in order."""
    last = and_(delivery_attempt.c.delivery_id == delivery.c.id, delivery_attempt.c.number == delivery.c.attempts)
    is_behind = or_(
        delivery.c.updated_at > after.expired_at,
        and_(delivery.c.updated_at == after.expired_at, delivery.c.id > after.delivery),
    )
    query = (
        select(
            delivery.c.id,
            delivery.c.updated_at,
            func.coalesce(delivery_attempt.c.error_type, ""),
            delivery_attempt.c.status,
        )
        .join(delivery_attempt, last, isouter=True)
        .where(
            delivery.c.subscription_key == after.subscription,
            delivery.c.tenant_id == of.tenant_id,
            delivery.c.updated_at.between(max(of.since, after.expired_at), of.until),
            is_behind,
            IS_EXPIRED,
        )
        .order_by(delivery.c.updated_at, delivery.c.id)
        .limit(limit)
    )
    return [ExpiredDelivery._make(row) for row in await conn.execute(query)]


async def start(conn: AsyncConnection, of: Recovery, ids: Sequence[int], *, now: int) -> int:
    """Begins a new round of tries for those of these deliveries that are still expired, as items; their number."""
    statement = (
        update(delivery)
        .where(is_listed(delivery.c.id, conn.dialect.name, "ids"), delivery.c.tenant_id == of.of.tenant_id, IS_EXPIRED)
        .values(new_round(now))
        .returning(delivery.c.id)
    )
    started = list((await conn.execute(statement, {"ids": as_list(ids)})).scalars())
    await insert_rows(conn, recovery_item, [(of.id, each, of.of.tenant_id, False) for each in sorted(started)])
    return len(started)


async def move(conn: AsyncConnection, of: Recovery, *, position: ScanPosition, state: str) -> None:
    """Moves a recovery on that still queues. Raises LostRace when it was moved or cancelled since it was read."""
    values = dict(zip(("at_subscription", "at_expired", "at_delivery"), position, strict=True)) | {"state": state}
    is_as_read = (
        recovery.c.state == QUEUEING,
        *(column == value for column, value in zip(_POSITION, of.position, strict=True)),
    )
    of_tenant = recovery.c.tenant_id == of.of.tenant_id
    moved = await conn.execute(update(recovery).where(recovery.c.id == of.id, of_tenant, *is_as_read).values(values))
    if moved.rowcount != 1:
        raise LostRace


async def outcomes(conn: AsyncConnection, of: Recovery) -> Mapping[str, int]:
    """The number of its deliveries by their outcomes; what waited for a subscription that was deleted is cancelled."""
    query = (
        select(_OUTCOME.label("outcome"), func.count())
        .join_from(recovery_item, delivery, delivery.c.id == recovery_item.c.delivery_id)
        .join(subscription, subscription.c.key == delivery.c.subscription_key)
        .where(*_is_item(of))
        .group_by("outcome")
    )
    return {outcome: count for outcome, count in await conn.execute(query)}  # noqa: C416 - rows are no pairs for mypy


async def is_pending(conn: AsyncConnection, of: Recovery) -> bool:
    """Whether a delivery of it has no outcome yet."""
    query = (
        select(recovery_item.c.delivery_id)
        .join(delivery, delivery.c.id == recovery_item.c.delivery_id)
        .join(subscription, subscription.c.key == delivery.c.subscription_key)
        .where(*_is_item(of), IS_PENDING, _IS_KEPT)
    )
    return (await conn.execute(query.limit(1))).first() is not None


async def finish(
    conn: AsyncConnection, of: Recovery, counts: Mapping[str, int], *, state: str, now: int, before: Sequence[str]
) -> bool:
    """Ends a recovery that is in one of the states `before`, with its outcomes; whether it was."""
    is_it = recovery.c.id == of.id, recovery.c.tenant_id == of.of.tenant_id, recovery.c.state.in_(before)
    by_outcome = {outcome.lower(): counts.get(outcome, 0) for outcome in (DELIVERED, FAILED, CANCELLED)}
    values: dict[str, Any] = {"state": state, "finished_at": now, **by_outcome}
    return (await conn.execute(update(recovery).where(*is_it).values(values))).rowcount == 1


async def give_up(conn: AsyncConnection, of: Recovery, *, reason: str, now: int, limit: int) -> int:
    """Expires at most `limit` pending deliveries of it that are not being sent; their number."""
    query = (
        select(delivery.c.id)
        .join(recovery_item, recovery_item.c.delivery_id == delivery.c.id)
        .where(*_is_item(of), IS_PENDING, delivery.c.lease_until <= now)
        .order_by(delivery.c.id)
        .limit(limit)
    )
    ids = list((await conn.execute(query)).scalars())
    is_one = is_listed(delivery.c.id, conn.dialect.name, "ids"), delivery.c.tenant_id == of.of.tenant_id, IS_PENDING
    given_up = update(delivery).where(*is_one, delivery.c.lease_until <= now)
    values = {"state": "EXPIRED", "reason": reason, "updated_at": now}
    done = await conn.execute(given_up.values(values).returning(delivery.c.id), {"ids": as_list(ids)})
    ended = as_list(list(done.scalars()))
    is_ended = is_listed(recovery_item.c.delivery_id, conn.dialect.name, "ids")
    marked = update(recovery_item).where(*_is_item(of), is_ended).values(is_cancelled=True)
    await conn.execute(marked, {"ids": ended})
    return len(ids)


async def items(conn: AsyncConnection, of: Recovery, *, after: int, limit: int) -> list[RecoveredDelivery]:
    """Deliveries of it in the order of their numbers, those above `after`."""
    query = (
        select(
            delivery.c.id,
            subscription.c.id,
            func.coalesce(event.c.event_id, ""),
            _OUTCOME,
            delivery.c.attempts,
            delivery.c.reason,
        )
        .join_from(recovery_item, delivery, delivery.c.id == recovery_item.c.delivery_id)
        .join(subscription, subscription.c.key == delivery.c.subscription_key)
        .join(event, event.c.seq == delivery.c.seq, isouter=True)
        .where(*_is_item(of), recovery_item.c.delivery_id > after)
        .order_by(recovery_item.c.delivery_id)
        .limit(limit)
    )
    return [RecoveredDelivery._make(row) for row in await conn.execute(query)]


def _is_item(of: Recovery) -> tuple[ColumnElement[bool], ...]:
    return recovery_item.c.recovery_id == of.id, recovery_item.c.tenant_id == of.of.tenant_id


def _recovery(row: Any) -> Recovery:
    values = tuple(row)
    of, position = len(_FILTER), len(_FILTER) + len(_POSITION)
    rest = dict(zip((column.name for column in _REST), values[position:], strict=True))
    return Recovery(of=RecoveryFilter._make(values[:of]), position=ScanPosition._make(values[of:position]), **rest)
