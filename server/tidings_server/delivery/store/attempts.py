"""What attempts make of their deliveries and subscriptions: statements."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, Integer, Select, Update, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.deliveries import IS_PENDING
from tidings_server.delivery.store.tables import delivery, delivery_attempt, subscription
from tidings_server.storage.array_parameters import as_list, listed_by
from tidings_server.storage.bulk_insert import insert_rows
from tidings_server.storage.log.tables import event

MAX_REASON: Final = 255


class Awaited(NamedTuple):
    """A delivery that waits for the outcome of an attempt, `attempts` being those before; `seq` is its event."""

    id: int
    attempts: int
    subscription_key: int
    seq: int
    replay_id: str


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


async def hold(conn: AsyncConnection, awaited: Sequence[Awaited]) -> dict[int, str | None]:
    """Which deliveries still wait for the outcome that is there now, with their order keys.

    The others had it recorded already, by whoever claimed them when a lease ended. A number alone says too little:
    that of a delivery whose queueing was undone may be another's.
    """
    expected = {each.id: each for each in awaited}
    rows = await conn.execute(_held(conn.dialect.name), {"ids": as_list(expected)})
    return {row.id: row.order_key for row in rows if Awaited._make(row[:-1]) == expected[row.id]}


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
        await conn.execute(_delivered(conn.dialect.name), {"ids": as_list(delivered), "now": now})
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
        await conn.execute(_mended(conn.dialect.name), {"keys": as_list(mended)})
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


def _prefixed(change: Change) -> dict[str, Any]:
    return {f"to_{name}": value for name, value in change._asdict().items()}


@lru_cache(maxsize=2)
def _held(dialect_name: str) -> Select[Any]:
    columns = (delivery.c[name] for name in (*Awaited._fields, "order_key"))
    is_one = delivery.c.id.in_(listed_by(dialect_name, "ids"))
    return select(*columns).where(is_one, IS_PENDING).order_by(delivery.c.id).with_for_update(of=delivery)


@lru_cache(maxsize=2)
def _delivered(dialect_name: str) -> Update:
    is_one = delivery.c.id.in_(listed_by(dialect_name, "ids"))
    return (
        update(delivery)
        .where(is_one)
        .values(
            state="SUCCEEDED",
            attempts=delivery.c.attempts + 1,
            tries=delivery.c.tries + 1,
            lease_until=0,
            reason="",
            updated_at=bindparam("now", type_=BigInteger),
        )
    )


@lru_cache(maxsize=2)
def _mended(dialect_name: str) -> Update:
    is_one = subscription.c.key.in_(listed_by(dialect_name, "keys"))
    return update(subscription).where(is_one, subscription.c.failing_since.is_not(None)).values(failing_since=None)


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
