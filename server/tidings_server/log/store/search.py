"""The search projection: narrow rows of integers, copied from the log, with the indexes that the log does without.

On SQLite it is a file of its own with a writer of its own; on PostgreSQL it stands beside the log.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.store.tables import search_cursor, search_event
from tidings_server.platform.errors import LostRace
from tidings_server.storage.bulk_insert import insert_rows
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.tables import event

HASH_BYTES: Final = 8


ABOUT: Final = func.coalesce(event.c.entity_id, event.c.entity_ref)
"""The entity as answers name it, and so as it is looked for: its id, else its name for people."""


class SearchRow(NamedTuple):
    """What of an event can be searched for; `entity` as `ABOUT` says."""

    seq: int
    tenant_id: int
    topic: str
    entity: str | None


class SearchCriteria(NamedTuple):
    """What to look for in one tenant's events. `topic` is exact, `family` a topic's first part; None is any."""

    tenant: int
    topic: str | None = None
    family: str | None = None
    entity_id: str | None = None


async def envelopes(conn: AsyncConnection, *, after: int, limit: int) -> list[SearchRow]:
    """Envelopes of the log after a position, in order."""
    columns = (event.c.seq, event.c.tenant_id, event.c.topic, ABOUT)
    query = select(*columns).where(event.c.seq > after).order_by(event.c.seq).limit(limit)
    return list(map(SearchRow._make, await conn.execute(query)))


def envelopes_of(events: Iterable[StoredEvent]) -> list[SearchRow]:
    """The envelopes of events that are at hand."""
    return [SearchRow(event.seq, event.tenant_id, event.topic, about(event)) for event in events]


def about(stored: StoredEvent) -> str | None:
    """The same of an event that is at hand."""
    return stored.entity_ref if stored.entity_id is None else stored.entity_id


async def position(conn: AsyncConnection) -> int:
    """The last event that the projection has taken in."""
    at: int = (await conn.execute(select(search_cursor.c.position))).scalar_one()
    return at


async def take_in(conn: AsyncConnection, taken: Sequence[SearchRow], *, old: int) -> None:
    """Add rows and move the cursor from `old` to the last. Raises LostRace when another process has moved it."""
    moved = update(search_cursor).where(search_cursor.c.position == old).values(position=taken[-1].seq)
    if (await conn.execute(moved)).rowcount != 1:
        raise LostRace
    await insert_rows(conn, search_event, list(map(_row, taken)))


async def rename(conn: AsyncConnection, entities: Mapping[int, str | None]) -> None:
    """Find events by other names of their entities from now on, by the events' positions."""
    for seq, entity in entities.items():
        hashed = None if entity is None else _hash(entity)
        await conn.execute(update(search_event).where(search_event.c.seq == seq).values(entity=hashed))


async def start_over(conn: AsyncConnection) -> None:
    """Forget everything; the projection is filled again from the log's beginning."""
    await conn.execute(delete(search_event))
    await conn.execute(update(search_cursor).values(position=0))


async def find(conn: AsyncConnection, wanted: SearchCriteria, *, after: int, upto: int, limit: int) -> list[int]:
    """Positions of the events that match, in order, after `after` and up to `upto`; one may match by its hash only."""
    query = select(search_event.c.seq).where(
        search_event.c.tenant_id == wanted.tenant,
        search_event.c.seq > after,
        search_event.c.seq <= upto,
        *criteria(wanted),
    )
    return list((await conn.execute(query.order_by(search_event.c.seq).limit(limit))).scalars())


async def forget(conn: AsyncConnection, *, upto: int, limit: int) -> int:
    """Remove rows of events that are no longer in the log, at most `limit`; how many there were."""
    gone = select(search_event.c.seq).where(search_event.c.seq <= upto).order_by(search_event.c.seq).limit(limit)
    return (await conn.execute(delete(search_event).where(search_event.c.seq.in_(gone)))).rowcount


def criteria(wanted: SearchCriteria) -> list[ColumnElement[bool]]:
    """The hashes that a row must have, as conditions that lead to the index to use."""
    topic: ColumnElement[int] = search_event.c.topic
    family: ColumnElement[int] = search_event.c.family
    conditions = []
    if wanted.entity_id is not None:
        conditions.append(search_event.c.entity == _hash(wanted.entity_id))
        topic, family = topic + 0, family + 0  # no column any more: the entity's index is used, whatever is guessed
    if wanted.topic is not None:
        conditions.append(topic == _hash(wanted.topic))
    if wanted.family is not None:
        conditions.append(family == _hash(wanted.family))
    return conditions


def _row(envelope: SearchRow) -> tuple[Any, ...]:
    seq, tenant, topic, entity = envelope
    return seq, tenant, *_topic_hashes(topic), None if entity is None else _hash(entity)


@lru_cache(maxsize=10_000)
def _topic_hashes(topic: str) -> tuple[int, int]:
    return _hash(topic.partition(".")[0]), _hash(topic)


def _hash(text: str) -> int:
    """64 bits of a text, as the signed integer that both databases store."""
    return int.from_bytes(blake2b(text.encode(), digest_size=HASH_BYTES).digest(), "big", signed=True)
