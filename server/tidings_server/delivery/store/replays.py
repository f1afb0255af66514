"""Ranges of the log that are still to be routed to one subscription once more."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store import newest_first
from tidings_server.delivery.store.tables import replay, subscription
from tidings_server.platform.errors import LostRace
from tidings_server.storage.conflicts import insert_into

RUNNING: Final = "RUNNING"
DONE: Final = "DONE"
FAILED: Final = "FAILED"

PAGE: Final = 500
"""Replays that are read at once."""


class Replay(NamedTuple):
    """Events after `position` up to `to_seq` wait for it. `is_start`: the backlog of `startFrom`.

    `failures` are those of its steps so far, `reason` the kind of the last one.
    """

    id: str
    tenant_id: int
    subscription_key: int
    is_start: bool
    from_seq: int
    position: int
    to_seq: int
    created_at: int
    finished_at: int | None = None
    state: str = RUNNING
    failures: int = 0
    reason: str = ""


_COLUMNS = tuple(replay.c[name] for name in Replay._fields)


async def add(conn: AsyncConnection, values: Replay) -> None:
    """Adds a replay; one that exists under this id stays as it is."""
    await conn.execute(insert_into(replay, conn.dialect.name).values(values._asdict()).on_conflict_do_nothing())


HAS_UNFINISHED: Final = select(exists().where(replay.c.finished_at.is_(None)))
"""Whether there is a replay that is not done, as a fact of the shared look."""


async def unfinished(conn: AsyncConnection, *, page: int = PAGE) -> Sequence[Replay]:
    """Those that are not done, of subscriptions that are not stopped, in the order of these and of their ids.

    Read in pages of so many, so that nobody else waits for all of them.
    """
    goes_on = or_(subscription.c.is_active, subscription.c.deleted_at.is_not(None))
    query = select(*_COLUMNS).join(subscription, subscription.c.key == replay.c.subscription_key)
    query = query.where(replay.c.finished_at.is_(None), goes_on)
    query = query.order_by(replay.c.subscription_key, replay.c.id).limit(page)
    found: list[Replay] = []
    following = query
    while rows := [Replay._make(row) for row in await conn.execute(following)]:
        found += rows
        if len(rows) < page:
            break
        last = rows[-1]
        is_later = or_(replay.c.subscription_key > last.subscription_key, replay.c.id > last.id)
        following = query.where(replay.c.subscription_key >= last.subscription_key, is_later)
    return found


async def count_requested(conn: AsyncConnection, tenant: int, *, beside: str, most: int) -> int:
    """Replays that clients of a tenant have requested and that are not done, `beside` this one; at most `most`."""
    is_one = (replay.c.tenant_id == tenant, replay.c.finished_at.is_(None), ~replay.c.is_start, replay.c.id != beside)
    few = select(replay.c.id).where(*is_one).limit(most).subquery()
    return int((await conn.execute(select(func.count()).select_from(few))).scalar_one())


async def of_subscription(
    conn: AsyncConnection, tenant: int, subscription_key: int, *, after: str, limit: int
) -> Sequence[Replay]:
    """Replays of a subscription that clients have requested, newest first, older than the one with the id `after`.

    Raises InvalidInput where there is none with that id.
    """
    is_listed = (replay.c.tenant_id == tenant, replay.c.subscription_key == subscription_key, ~replay.c.is_start)
    query = select(*_COLUMNS).where(*is_listed)
    return [Replay._make(row) for row in await newest_first.page(conn, query, replay, after=after, limit=limit)]


async def note_failure(conn: AsyncConnection, stored: Replay, *, reason: str, finished_at: int | None) -> None:
    """Count a step that has failed; with `finished_at` the last one, after which the replay has FAILED."""
    values: Mapping[str, Any] = {
        "failures": stored.failures + 1,
        "reason": reason,
        "finished_at": finished_at,
        "state": RUNNING if finished_at is None else FAILED,
    }
    is_open = (replay.c.id == stored.id, replay.c.finished_at.is_(None))
    await conn.execute(update(replay).where(*is_open).values(values))


async def move(conn: AsyncConnection, stored: Replay, *, position: int, finished_at: int | None) -> None:
    """Moves a replay on. LostRace when another process has moved it since it was read."""
    values: Mapping[str, Any] = {
        "position": position,
        "finished_at": finished_at,
        "state": RUNNING if finished_at is None else DONE,
    }
    is_as_read = (replay.c.position == stored.position, replay.c.finished_at.is_(None))
    moved = await conn.execute(update(replay).where(replay.c.id == stored.id, *is_as_read).values(values))
    if moved.rowcount != 1:
        raise LostRace
