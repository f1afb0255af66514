"""Removing old events and what belongs to them, in statements of bounded size."""

from typing import Final

from sqlalchemy import delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.tables import delivery, delivery_attempt, replay
from tidings_server.identity.store import quotas
from tidings_server.identity.store.quotas import Usage
from tidings_server.log.store.failed_events import QUEUED
from tidings_server.log.store.tables import consumer_cursor, failed_event
from tidings_server.storage.log.tables import event
from tidings_server.workflow.store.tables import event_outcome

PENDING: Final = "PENDING"


async def floor(conn: AsyncConnection) -> int | None:
    """The last event that every reactor and every unfinished replay has passed; None when there are none."""
    cursors = select(func.min(consumer_cursor.c.position)).scalar_subquery()
    replays = select(func.min(replay.c.position)).where(replay.c.finished_at.is_(None)).scalar_subquery()
    ends = [end for end in (await conn.execute(select(cursors, replays))).one() if end is not None]
    return min(ends, default=None)


async def first(conn: AsyncConnection, *, after: int) -> int | None:
    """The number of the first event after a position."""
    query = select(event.c.seq).where(event.c.seq > after).order_by(event.c.seq).limit(1)
    seq: int | None = (await conn.execute(query)).scalar_one_or_none()
    return seq


async def remove_deliveries(conn: AsyncConnection, *, after: int, upto: int, limit: int) -> int:
    """Remove ended deliveries of these events, with their attempts, at most `limit`; how many there were."""
    ended = (delivery.c.seq > after, delivery.c.seq <= upto, delivery.c.state != PENDING)
    ids = list((await conn.execute(select(delivery.c.id).where(*ended).limit(limit))).scalars())
    await conn.execute(delete(delivery_attempt).where(delivery_attempt.c.delivery_id.in_(ids)))
    await conn.execute(delete(delivery).where(delivery.c.id.in_(ids)))
    return len(ids)


async def remove_events(conn: AsyncConnection, *, after: int, upto: int) -> int:
    """Remove these events but those that are still to be delivered or retried; how many were removed.

    What workflows made of them goes with them; entities stay. Their tenants' usage falls.
    """
    before = await quotas.measured(conn, after=after, upto=upto)
    is_wanted = exists().where(delivery.c.seq == event.c.seq)
    is_queued = exists().where(failed_event.c.seq == event.c.seq, failed_event.c.state == QUEUED)
    within = (event.c.seq > after, event.c.seq <= upto)
    removed = await conn.execute(delete(event).where(*within, ~is_wanted, ~is_queued))
    in_log = exists().where(event.c.seq == event_outcome.c.seq)
    ran = (event_outcome.c.seq > after, event_outcome.c.seq <= upto)
    await conn.execute(delete(event_outcome).where(*ran, ~in_log))
    parked = (failed_event.c.seq > after, failed_event.c.seq <= upto, failed_event.c.state != QUEUED)
    await conn.execute(delete(failed_event).where(*parked))
    left = await quotas.measured(conn, after=after, upto=upto)
    for tenant, had in sorted(before.items()):
        has = left.get(tenant, Usage())
        await quotas.change(conn, tenant, Usage(has.events - had.events, has.bytes - had.bytes))
    return removed.rowcount
