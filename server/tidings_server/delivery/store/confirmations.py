"""Push subscriptions whose endpoint has not confirmed yet: the next to be pinged, shared by all processes.

Nothing is sent to them, so `paused_until` holds the instant of the next ping; empty: at once. A claim moves it on
before the ping goes out: a process that dies meanwhile only delays the next one. Where pings have ended unanswered, it
is the instant of that end.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.subscriptions import COLUMNS, Subscription, from_row
from tidings_server.delivery.store.tables import subscription
from tidings_server.storage.log.records import Api

_WAITING: Final = (
    subscription.c.api == Api.PUSH,
    subscription.c.is_active,
    ~subscription.c.is_confirmed,
    subscription.c.deleted_at.is_(None),
)
"""Conditions of a subscription whose endpoint has not confirmed, whether its time for that is over or not."""

_LONGEST_DUE: Final = func.coalesce(subscription.c.paused_until, 0), subscription.c.key


@dataclass(frozen=True, slots=True)
class PingSchedule:
    """Pauses between two pings: as long as the endpoint has been unconfirmed, within these bounds; none after `for_us`.

    Microseconds. Counted from the last change of the subscription.
    """

    first_us: int
    cap_us: int
    for_us: int


def next_ping_due(rhythm: PingSchedule, dialect: Literal["sqlite", "postgresql"]) -> Select[Any]:
    """The instant at which the next endpoint is to be pinged, as a fact of the shared look.

    PostgreSQL is read each second, and leaves out endpoints whose time to confirm is over. SQLite is not read while
    nothing is written, so that these stay in: each second is asked for them.
    """
    due = select(func.min(func.coalesce(subscription.c.paused_until, 0)))
    if dialect == "sqlite":
        return due.where(*_WAITING)
    now = cast(func.extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)
    return due.where(*_is_pinged(now, rhythm))


async def due_keys(
    conn: AsyncConnection, *, now: int, rhythm: PingSchedule, limit: int, of_each: int, without: Collection[int]
) -> list[tuple[int, int]]:
    """Keys of up to `limit` subscriptions to ping now and their tenants, `without` these keys.

    Tenants take turns, each with those of its own that are longest due, at most `of_each`.
    """
    turn = func.row_number().over(partition_by=subscription.c.tenant_id, order_by=_LONGEST_DUE).label("turn")
    is_due = _is_due(now, rhythm), subscription.c.key.not_in(without)
    due = select(subscription.c.key, subscription.c.tenant_id, turn, _LONGEST_DUE[0].label("due_at")).where(*is_due)
    each = due.subquery().c
    query = select(each.key, each.tenant_id).where(each.turn <= of_each)
    rows = await conn.execute(query.order_by(each.turn, each.due_at, each.key).limit(limit))
    return [(key, tenant) for key, tenant in rows]


async def claim_due(
    conn: AsyncConnection, *, now: int, rhythm: PingSchedule, keys: Collection[int]
) -> list[Subscription]:
    """Takes those of these subscriptions that are still to be pinged now; each is due again after its pause."""
    due = _due(now, rhythm).where(subscription.c.key.in_(keys)).with_for_update(skip_locked=True)
    claim = (
        update(subscription)
        .where(subscription.c.key.in_(due))
        .values(paused_until=_next_ping(now, rhythm))
        .returning(*COLUMNS)
    )
    return [from_row(row) for row in await conn.execute(claim)]


def _due(now: int, rhythm: PingSchedule) -> Select[int]:
    return select(subscription.c.key).where(_is_due(now, rhythm)).order_by(*_LONGEST_DUE)


async def note_failure(conn: AsyncConnection, pinged: Subscription, error: str, *, not_before: int) -> None:
    """Records why a ping failed, of an endpoint that is still the one that was pinged and has not confirmed since.

    The next ping is at `not_before` (µs) where it was due earlier; 0 leaves it.
    """
    next_ping = func.coalesce(subscription.c.paused_until, 0)
    await conn.execute(
        update(subscription)
        .where(
            subscription.c.key == pinged.key,
            subscription.c.tenant_id == pinged.tenant_id,
            subscription.c.endpoint == pinged.endpoint,
            ~subscription.c.is_confirmed,
        )
        .values(
            ping_error=error,
            paused_until=case((next_ping < not_before, _micros(not_before)), else_=subscription.c.paused_until),
        )
    )


def _is_due(now: int, rhythm: PingSchedule) -> ColumnElement[bool]:
    return and_(
        *_is_pinged(now, rhythm),
        or_(subscription.c.paused_until.is_(None), subscription.c.paused_until <= now),
    )


def _is_pinged(now: int | ColumnElement[int], rhythm: PingSchedule) -> tuple[ColumnElement[bool], ...]:
    return (*_WAITING, subscription.c.updated_at > now - rhythm.for_us)


def _next_ping(now: int, rhythm: PingSchedule) -> ColumnElement[Any]:
    next_ping, end = _micros(now) + _pause_us(now, rhythm), subscription.c.updated_at + _micros(rhythm.for_us)
    return case((next_ping < end, next_ping), else_=end)


def _pause_us(now: int, rhythm: PingSchedule) -> ColumnElement[Any]:
    waited = now - subscription.c.updated_at
    return case(
        (waited < rhythm.first_us, _micros(rhythm.first_us)),
        (waited > rhythm.cap_us, _micros(rhythm.cap_us)),
        else_=waited,
    )


def _micros(value: int) -> ColumnElement[int]:
    """A parameter of 64 bits, also where no column beside it implies so."""
    return literal(value, BigInteger)
