"""The search projection: narrow rows of integers, copied from the log, with the indexes that the log does without.

On SQLite it is a file of its own with a writer of its own; on PostgreSQL it stands beside the log.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.store.cursors import CursorTable
from tidings_server.log.store.tables import search_cursor, search_event
from tidings_server.storage.bulk_insert import insert_new_rows
from tidings_server.storage.log.events import head
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.shards import end_of, in_shard, shard_of, start_of
from tidings_server.storage.log.tables import event
from tidings_server.storage.text_hashes import hashed

HASH_BYTES: Final = 8
CONSUMER: Final = "search"
ENTITY: Final = func.coalesce(event.c.entity_id, event.c.entity_ref)
"""The entity of a row of the log, as `entity_of` has it."""
CURSORS: Final = CursorTable(search_cursor)


class EntityAlias(NamedTuple):
    """Another name of an entity, which its events may bear; its type and its retailer, empty for none."""

    entity_type: str
    retailer_id: str
    name: str


class SearchCriteria(NamedTuple):
    """Criteria of a search in one tenant's events. `topic` is exact, `family` a topic's first part; None is any.

    `aliases` are other names of entities with the name `entity_id`.
    """

    tenant: int
    topic: str | None = None
    family: str | None = None
    entity_id: str | None = None
    aliases: frozenset[EntityAlias] = frozenset()

    def has_entity(self, stored: StoredEvent) -> bool:
        """Whether an event is about the entity, by whichever of its names."""
        name = entity_of(stored)
        if self.entity_id is None or name == self.entity_id:
            return True
        return EntityAlias(stored.entity_type or "", stored.retailer_id or "", name or "") in self.aliases


def entity_of(stored: StoredEvent) -> str | None:
    """An event's entity as answers name it, and so as it is searched for: its id, else its name for people."""
    return stored.entity_ref if stored.entity_id is None else stored.entity_id


async def add(conn: AsyncConnection, events: Sequence[StoredEvent]) -> None:
    """Add the rows of events; a repeat changes nothing."""
    await insert_new_rows(conn, search_event, list(map(_row, events)))


async def is_ahead(projection: AsyncConnection, log: AsyncConnection, shard: int) -> bool:
    """Whether the projection has passed the end of a shard, and so was made from another log."""
    position = await CURSORS.position(projection, in_shard(CONSUMER, shard))
    return position is not None and position > await head(log, shard)


async def rename(conn: AsyncConnection, entities: Mapping[int, str | None]) -> None:
    """Change the entities under which events are found; `entities` is by the events' numbers."""
    for seq, entity in entities.items():
        renamed = update(search_event).where(search_event.c.seq == seq)
        await conn.execute(renamed.values(entity=None if entity is None else hashed(entity)))


async def start_over(conn: AsyncConnection, shard: int) -> None:
    """Remove every row of a shard; the projection is filled again from its start."""
    await conn.execute(delete(search_event).where(search_event.c.seq.between(start_of(shard), end_of(shard))))
    await CURSORS.restart(conn, in_shard(CONSUMER, shard), at=start_of(shard))


async def find(conn: AsyncConnection, criteria: SearchCriteria, *, after: int, upto: int, limit: int) -> list[int]:
    """Positions of the events that match, in order, after `after` and up to `upto`; one may match by its hash only."""
    query = select(search_event.c.seq).where(
        search_event.c.tenant_id == criteria.tenant,
        search_event.c.seq > after,
        search_event.c.seq <= upto,
        *conditions_of(criteria),
    )
    return list((await conn.execute(query.order_by(search_event.c.seq).limit(limit))).scalars())


async def remove(conn: AsyncConnection, *, upto: int, limit: int) -> int:
    """Remove rows of events of a shard up to `upto`, which are no longer in the log, at most `limit`; their number."""
    is_gone = search_event.c.seq.between(start_of(shard_of(upto)), upto)
    gone = select(search_event.c.seq).where(is_gone).order_by(search_event.c.seq).limit(limit)
    return (await conn.execute(delete(search_event).where(search_event.c.seq.in_(gone)))).rowcount


def conditions_of(criteria: SearchCriteria) -> list[ColumnElement[bool]]:
    """Conditions on the hashes of a row, written so that the narrowest index is used."""
    topic: ColumnElement[int] = search_event.c.topic
    family: ColumnElement[int] = search_event.c.family
    conditions = []
    if criteria.entity_id is not None:
        names = sorted({hashed(criteria.entity_id), *(hashed(alias.name) for alias in criteria.aliases)})
        entity = search_event.c.entity
        conditions.append(entity.in_(names) if len(names) > 1 else entity == names[0])
        topic, family = topic + 0, family + 0  # no column any more: the entity's index is used, whatever is guessed
    if criteria.topic is not None:
        conditions.append(topic == hashed(criteria.topic))
    if criteria.family is not None:
        conditions.append(family == hashed(criteria.family))
    return conditions


def _row(stored: StoredEvent) -> tuple[Any, ...]:
    entity = entity_of(stored)
    return stored.seq, stored.tenant_id, *_topic_hashes(stored.topic), None if entity is None else hashed(entity)


@lru_cache(maxsize=10_000)
def _topic_hashes(topic: str) -> tuple[int, int]:
    return hashed(topic.partition(".")[0]), hashed(topic)
