"""Removing old events and the rows that depend on them, in statements of bounded size.

An area that keeps rows of events, or still needs some, has a subclass of `RetentionPort` in its own store; the log
itself has two, `ConsumerRetention` and `SearchRetention`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import ClassVar, Final

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.store import search
from tidings_server.log.store.failed_events import QUEUED
from tidings_server.log.store.tables import consumer_cursor, failed_event
from tidings_server.storage.log import events
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.shards import end_of, in_shard, shard_of, start_of
from tidings_server.storage.log.tables import event

HOLD_NOTHING: Final = ("relay",)
"""Consumers that hold nothing back: what an outside system is behind by must not fill the disk."""


class RetentionPort:
    """The part of one area in retention; each method does nothing by default. Ranges are `after` < seq <= `upto`."""

    needed: ClassVar[ColumnElement[bool] | None] = None
    """A condition on `event`: rows of the log that stay because the area still needs them."""

    async def floor(self, _conn: AsyncConnection, shard: int) -> int | None:
        """The last event of a shard that the area has passed, so that later ones must stay; None if it needs none."""
        del shard
        return None

    async def remove_before(self, _conn: AsyncConnection, *, after: int, upto: int, limit: int) -> int:
        """Remove at most `limit` rows of a range of events that are about to go; the number of those that were."""
        del after, upto, limit
        return 0

    @asynccontextmanager
    async def around(self, _conn: AsyncConnection, *, after: int, upto: int) -> AsyncIterator[None]:
        """Account for the events of a range that are removed in the body of this context."""
        del after, upto
        yield

    async def remove_with(self, conn: AsyncConnection, *, after: int, upto: int) -> None:
        """Remove rows of the events of a range that have just been removed, in the same transaction."""

    async def remove_older(self, _conn: AsyncConnection, *, before_us: int, limit: int) -> int:
        """Remove at most `limit` rows, of no event, that are older than an instant; the number of those that were."""
        del before_us, limit
        return 0

    async def remove_found(self, _conn: AsyncConnection, *, upto: int, limit: int) -> int:
        """Remove at most `limit` rows of a search projection, of the events of a shard up to `upto`; their number."""
        del upto, limit
        return 0


class ConsumerRetention(RetentionPort):
    """Consumers: events that not all have passed stay, and those to be retried; dead letters go with their events."""

    needed = exists().where(failed_event.c.seq == event.c.seq, failed_event.c.state == QUEUED)

    async def floor(self, conn: AsyncConnection, shard: int) -> int | None:
        holding = consumer_cursor.c.consumer.not_in([in_shard(name, shard) for name in HOLD_NOTHING])
        is_of_shard = consumer_cursor.c.position.between(start_of(shard), end_of(shard))
        query = select(func.min(consumer_cursor.c.position)).where(holding, is_of_shard)
        lowest: int | None = (await conn.execute(query)).scalar_one()
        return lowest

    async def remove_with(self, conn: AsyncConnection, *, after: int, upto: int) -> None:
        in_range = (failed_event.c.seq > after, failed_event.c.seq <= upto)
        await conn.execute(delete(failed_event).where(*in_range, failed_event.c.state != QUEUED))


class SearchRetention(RetentionPort):
    """The search projection: events that are not in it stay; its rows go after their events."""

    def __init__(self, position: Callable[[int], Awaitable[int]]) -> None:
        """`position` is the projection's in a shard, whichever process fills it."""
        self._position = position

    async def floor(self, _conn: AsyncConnection, shard: int) -> int | None:
        return await self._position(shard)

    async def remove_found(self, conn: AsyncConnection, *, upto: int, limit: int) -> int:
        return await search.remove(conn, upto=upto, limit=limit)


async def first(conn: AsyncConnection, *, after: int) -> int | None:
    """The number of the first event of a shard after a position in it."""
    is_after = (event.c.seq > after, event.c.seq <= end_of(shard_of(after)))
    query = select(event.c.seq).where(*is_after).order_by(event.c.seq).limit(1)
    seq: int | None = (await conn.execute(query)).scalar_one_or_none()
    return seq


async def removable(
    conn: AsyncConnection, ports: Sequence[RetentionPort], *, after: int, upto: int, limit: int
) -> list[StoredEvent]:
    """The first events of a range that no port needs, at most `limit`."""
    criteria = (event.c.seq > after, event.c.seq <= upto, *_unneeded(ports))
    return await events.selected(conn, criteria, limit=limit)


async def remove_events(
    conn: AsyncConnection,
    ports: Sequence[RetentionPort],
    *,
    after: int,
    upto: int,
    only: Collection[int] | None = None,
) -> int:
    """Remove the events of a range that no port needs, and the rows that go with them; the number of events.

    `only` are the numbers of those that may go; without it all may.
    """
    chosen = () if only is None else (event.c.seq.in_(sorted(only)),)
    async with AsyncExitStack() as accounts:
        for port in ports:
            await accounts.enter_async_context(port.around(conn, after=after, upto=upto))
        in_range = (event.c.seq > after, event.c.seq <= upto)
        removed = await conn.execute(delete(event).where(*in_range, *chosen, *_unneeded(ports)))
        for port in ports:
            await port.remove_with(conn, after=after, upto=upto)
    return removed.rowcount


def _unneeded(ports: Sequence[RetentionPort]) -> list[ColumnElement[bool]]:
    return [~port.needed for port in ports if port.needed is not None]
