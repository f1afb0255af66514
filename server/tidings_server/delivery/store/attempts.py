"""Attempts, and the changes that they make to deliveries and subscriptions: statements."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, Select, Update, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.deliveries import IS_PENDING, Priority
from tidings_server.delivery.store.leases import Lease
from tidings_server.delivery.store.subscriptions import PauseReason
from tidings_server.delivery.store.tables import delivery, delivery_attempt, subscription
from tidings_server.storage.array_parameters import as_list, is_listed
from tidings_server.storage.bulk_insert import insert_rows
from tidings_server.storage.log.tables import event

MAX_REASON: Final = 255
SUCCEEDED: Final = "SUCCEEDED"

_COLUMNS: Final = len(delivery_attempt.c)
_HELD: Final = ("id", "attempts", "subscription_key", "seq", "replay_id")
"""Columns that identify a delivery as the one that was leased."""


class AttemptRow(NamedTuple):
    """An attempt in the order of its table's columns, then its delivery's new values.

    `state` is SUCCEEDED, PENDING for one that is tried again at `due_at`, or EXPIRED.
    """

    delivery_id: int
    number: int
    at: int
    outcome: str
    status: int | None
    error_type: str
    answer: str
    duration_us: int
    state: str
    due_at: int
    tries: int
    tries_from: int
    reason: str


class Pause(NamedTuple):
    """A pause of a subscription, until an instant in microseconds."""

    until: int
    reason: PauseReason


class EventSummary(NamedTuple):
    """The fields of a delivery's event that `delivery.expired` names."""

    seq: int
    event_id: str
    topic: str
    hops: int


async def hold(conn: AsyncConnection, leases: Sequence[Lease]) -> set[int]:
    """Locks the leased deliveries that still wait for their outcome; their ids.

    The others had it recorded already, by the process that leased them when a lease ended. A number alone is not
    enough: that of a delivery whose queueing was rolled back may be another's.
    """
    expected = {each.id: tuple(getattr(each, name) for name in _HELD) for each in leases}
    rows = await conn.execute(_held(conn.dialect.name), {"ids": as_list(expected)})
    return {row.id for row in rows if tuple(row) == expected[row.id]}


async def record(conn: AsyncConnection, rows: Sequence[AttemptRow], *, now: int) -> None:
    """Stores attempts, and what they make of their deliveries, which `hold` gave."""
    if delivered := [row.delivery_id for row in rows if row.state == SUCCEEDED]:
        await conn.execute(_delivered(conn.dialect.name), {"ids": as_list(delivered), "now": now})
    if failed := [row for row in rows if row.state != SUCCEEDED]:
        await conn.execute(_CHANGE, [{**_changes(row), "now": now} for row in failed])
    if rows:
        await insert_rows(conn, delivery_attempt, [row[:_COLUMNS] for row in rows])


async def next_queued_at(conn: AsyncConnection, *, subscription_key: int, order_key: str, seq: int) -> int | None:
    """The instant at which the first delivery of the entity behind `seq` was queued; None when none waits."""
    query = select(func.min(delivery.c.created_at)).where(
        delivery.c.subscription_key == subscription_key,
        delivery.c.order_key == order_key,
        delivery.c.seq > seq,
        IS_PENDING,
    )
    since: int | None = (await conn.execute(query)).scalar()
    return since


async def note_health(
    conn: AsyncConnection, *, mended: Sequence[int], failed: Mapping[int, int], paused: Mapping[int, Pause]
) -> bool:
    """Stores health: subscriptions that delivered, the instants from which others fail and until which they pause.

    Gives whether one that delivered had failed before.
    """
    is_mended = False
    if mended:
        is_mended = (await conn.execute(_mended(conn.dialect.name), {"keys": as_list(mended)})).rowcount > 0
    for key, since in sorted(failed.items()):
        is_first = subscription.c.failing_since.is_(None)
        await conn.execute(update(subscription).where(subscription.c.key == key, is_first).values(failing_since=since))
    for key, pause in sorted(paused.items()):
        is_longer = func.coalesce(subscription.c.paused_until, 0) < pause.until
        values = {"paused_until": pause.until, "pause_reason": pause.reason.value}
        await conn.execute(update(subscription).where(subscription.c.key == key, is_longer).values(values))
    return is_mended


async def summaries(conn: AsyncConnection, seqs: Sequence[int]) -> dict[int, EventSummary]:
    """Summaries of these events; those that retention has removed are left out."""
    query = select(event.c.seq, event.c.event_id, event.c.topic, event.c.hops).where(event.c.seq.in_(seqs))
    return {row.seq: EventSummary._make(row) for row in await conn.execute(query)}


def _changes(row: AttemptRow) -> dict[str, Any]:
    """The parameters of `_CHANGE`."""
    names = ("state", "due_at", "tries", "tries_from", "reason")
    return {"of_id": row.delivery_id, "to_attempts": row.number} | {f"to_{name}": getattr(row, name) for name in names}


@lru_cache(maxsize=2)
def _held(dialect_name: str) -> Select[Any]:
    columns = (delivery.c[name] for name in _HELD)
    is_one = is_listed(delivery.c.id, dialect_name, "ids")
    return select(*columns).where(is_one, IS_PENDING).order_by(delivery.c.id).with_for_update(of=delivery)


@lru_cache(maxsize=2)
def _delivered(dialect_name: str) -> Update:
    is_one = is_listed(delivery.c.id, dialect_name, "ids")
    return (
        update(delivery)
        .where(is_one)
        .values(
            state=SUCCEEDED,
            attempts=delivery.c.attempts + 1,
            tries=delivery.c.tries + 1,
            lease_until=0,
            reason="",
            updated_at=bindparam("now", type_=BigInteger),
        )
    )


@lru_cache(maxsize=2)
def _mended(dialect_name: str) -> Update:
    is_one = is_listed(subscription.c.key, dialect_name, "keys")
    return update(subscription).where(is_one, subscription.c.failing_since.is_not(None)).values(failing_since=None)


_CHANGE: Final = (
    update(delivery)
    .where(delivery.c.id == bindparam("of_id"))
    .values(
        state=bindparam("to_state"),
        priority=Priority.RETRY,
        attempts=bindparam("to_attempts"),
        tries=bindparam("to_tries"),
        tries_from=bindparam("to_tries_from"),
        due_at=bindparam("to_due_at"),
        lease_until=0,
        reason=bindparam("to_reason"),
        updated_at=bindparam("now", type_=BigInteger),
    )
)
