"""Failed events of consumers: those to be retried, those that wait behind them, and dead letters."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, bindparam, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.store.consumers import CURSORS
from tidings_server.log.store.tables import failed_event
from tidings_server.platform.errors import LostRace
from tidings_server.storage.conflicts import insert_into

QUEUED: Final = "QUEUED"
DEAD: Final = "DEAD"
BEHIND: Final = 1 << 62
"""`due_at` of an event that waits for an earlier one of the same key: no instant at all."""
MAX_ERROR: Final = 1_024


class FailedEvent(NamedTuple):
    """An event that waits for another try, or for an earlier one of its key. Instants in µs."""

    id: int
    consumer: str
    key: str
    seq: int
    tenant_id: int
    state: str
    attempts: int
    due_at: int
    error: str


async def queued_keys(conn: AsyncConnection, consumer: str, keys: Collection[str]) -> set[str]:
    """Those of these keys (at most 1,000) that have an event to be retried."""
    query = select(failed_event.c.key).distinct()
    rows = await conn.execute(query.where(*_queued(consumer), failed_event.c.key.in_(list(keys))))
    return set(rows.scalars())


async def add(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store failed events and those behind them, each with all columns but `id` and `state`; a repeat changes nothing.

    `due_at` BEHIND is that of an event behind another of its key.
    """
    insert = insert_into(failed_event, conn.dialect.name).on_conflict_do_nothing()
    await conn.execute(insert, [{**row, "state": QUEUED} for row in rows])


HAS_ANY_QUEUED: Final = select(exists().where(failed_event.c.state == QUEUED))
"""Whether an event of any consumer is to be retried, as a fact of the shared look."""


async def has_queued(conn: AsyncConnection, consumer: str) -> bool:
    """Whether any event of the consumer is to be retried."""
    return (await conn.execute(_ANY_QUEUED, {"of_consumer": consumer})).first() is not None


async def due(conn: AsyncConnection, consumer: str, *, now: int, limit: int) -> list[FailedEvent]:
    """Events whose next try has come, the longest due first."""
    query = select(failed_event).where(*_queued(consumer), failed_event.c.due_at <= now)
    rows = await conn.execute(query.order_by(failed_event.c.due_at, failed_event.c.seq).limit(limit))
    return list(map(_failed, rows))


async def find(conn: AsyncConnection, consumer: str, seq: int, *, tenant: int) -> FailedEvent | None:
    """The failed event of a consumer and a tenant at a position, dead letters included."""
    query = select(failed_event).where(failed_event.c.consumer == consumer, failed_event.c.seq == seq)
    row = (await conn.execute(query.where(failed_event.c.tenant_id == tenant))).first()
    return _failed(row) if row else None


async def remove(conn: AsyncConnection, failed: FailedEvent, *, now: int) -> None:
    """Remove an event whose retry succeeded; the next of its key is due.

    Raises LostRace if another process has retried it.
    """
    await CURSORS.hold(conn, failed.consumer)
    removed = await conn.execute(delete(failed_event).where(*_unchanged(failed)))
    if removed.rowcount != 1:
        raise LostRace
    await _release(conn, failed, now=now)


async def postpone(conn: AsyncConnection, failed: FailedEvent, *, due_at: int, error: str) -> None:
    """Note a retry that failed; the next is at `due_at`. Raises LostRace as `remove`."""
    await _change(conn, failed, due_at=due_at, error=error[:MAX_ERROR])


async def give_up(conn: AsyncConnection, failed: FailedEvent, *, now: int, error: str) -> None:
    """Note the last retry: the event becomes a dead letter, the next of its key is due. Raises LostRace as `remove`."""
    await _change(conn, failed, state=DEAD, due_at=BEHIND, error=error[:MAX_ERROR])
    await _release(conn, failed, now=now)


async def dead_letters(conn: AsyncConnection, *, after: int, limit: int) -> list[FailedEvent]:
    """Dead letters of all consumers and tenants with an id above `after`."""
    query = select(failed_event).where(failed_event.c.state == DEAD, failed_event.c.id > after)
    return list(map(_failed, await conn.execute(query.order_by(failed_event.c.id).limit(limit))))


async def counts(conn: AsyncConnection) -> dict[tuple[str, str], int]:
    """Numbers of failed events by consumer and state; those without any are left out."""
    by = (failed_event.c.consumer, failed_event.c.state)
    rows = await conn.execute(select(*by, func.count()).group_by(*by))
    return {(consumer, state): int(number) for consumer, state, number in rows}


async def requeue(conn: AsyncConnection, failed_id: int, *, now: int) -> bool:
    """Make a dead letter due again, with as many tries as a new failure has; false if there is none of this id."""
    changed = await conn.execute(
        update(failed_event)
        .where(failed_event.c.id == failed_id, failed_event.c.state == DEAD)
        .values(state=QUEUED, attempts=0, due_at=now)
    )
    return changed.rowcount == 1


async def _change(conn: AsyncConnection, failed: FailedEvent, **values: Any) -> None:
    await CURSORS.hold(conn, failed.consumer)
    changed = update(failed_event).where(*_unchanged(failed)).values(attempts=failed.attempts + 1, **values)
    if (await conn.execute(changed)).rowcount != 1:
        raise LostRace


async def _release(conn: AsyncConnection, failed: FailedEvent, *, now: int) -> None:
    same_key = (*_queued(failed.consumer), failed_event.c.key == failed.key)
    following = select(func.min(failed_event.c.seq)).where(*same_key).scalar_subquery()
    behind = (failed_event.c.seq == following, failed_event.c.due_at == BEHIND)
    await conn.execute(update(failed_event).where(*same_key, *behind).values(due_at=now))


_ANY_QUEUED: Final = (
    select(failed_event.c.id)
    .where(failed_event.c.consumer == bindparam("of_consumer"), failed_event.c.state == QUEUED)
    .limit(1)
)


def _queued(consumer: str) -> tuple[Any, ...]:
    return failed_event.c.consumer == consumer, failed_event.c.state == QUEUED


def _unchanged(failed: FailedEvent) -> tuple[Any, ...]:
    """Guards a retry: another process's would have removed the row or counted an attempt."""
    return (
        failed_event.c.id == failed.id,
        failed_event.c.state == QUEUED,
        failed_event.c.attempts == failed.attempts,
    )


def _failed(row: Row[Any]) -> FailedEvent:
    return FailedEvent._make(row)
