"""Events that are about to be appended: what is known of their ids, and the rows that they become."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Integer, Select, SmallInteger, bindparam, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.errors import Conflict
from tidings_server.storage.array_parameters import texts_listed_by
from tidings_server.storage.log.records import Api, Appended, EventRecord, StoredEvent
from tidings_server.storage.log.shards import shard_of_tenant
from tidings_server.storage.log.tables import event

EventKey = tuple[Any, ...]
"""(tenant number, API, event id): what is unique in the log."""
StoredRow = tuple[Any, ...]
"""The columns of the log in order; a `StoredEvent` is made of one only for who needs it."""

APIS = {int(api): api for api in Api}
"""An event of an API that this version does not know keeps its number: whoever needs to read it fails on it alone."""
_RECORDED = EventRecord._fields.index("recorded_at")

OF_API = (
    event.c.tenant_id == bindparam("of_tenant", type_=Integer),
    event.c.api == bindparam("of_api", type_=SmallInteger),
)


class Append(NamedTuple):
    """Events that are stored all or none, of tenants of one shard.

    `is_fresh`: the server has just made all these ids, so nothing is looked up. `first_wins`: an id that is taken by
    another body answers the stored event instead of Conflict.
    """

    events: Sequence[EventRecord]
    is_fresh: bool = False
    first_wins: bool = False

    @property
    def shard(self) -> int:
        """The shard of its events."""
        return shard_of_tenant(self.events[0].tenant_id) if self.events else 0


class StagedAppends:
    """Rows of a batch as they get their positions."""

    def __init__(self, seq: int, recorded_at: int, known: dict[EventKey, StoredRow]) -> None:
        self.seq = seq
        self.recorded_at = recorded_at
        self.rows: list[StoredRow] = []
        self._known = known

    def add(self, append: Append, now_us: int) -> list[Appended] | Conflict:
        """Stage one caller's events; on a conflict none of them."""
        before = self.seq, self.recorded_at, len(self.rows)
        outcome = []
        for record in append.events:
            key = record[:3]
            existing = self._known.get(key)
            if existing is None:
                self.seq += 1
                self.recorded_at = max(self.recorded_at, record.recorded_at or now_us)
                head = (self.seq, record.tenant_id, int(record.api))  # drivers are slow with an IntEnum
                row = (*head, *record[2:_RECORDED], self.recorded_at, *record[_RECORDED + 1 :])
                self._known[key] = row
                self.rows.append(row)
                outcome.append(Appended(self.seq, self.recorded_at, None))
                continue
            first = stored(existing)
            if not append.first_wins and first.body_hash != record.body_hash:
                self._undo(*before)
                return Conflict("The id is taken by another event.")
            outcome.append(Appended(first.seq, first.recorded_at, first))
        return outcome

    def _undo(self, seq: int, recorded_at: int, rows: int) -> None:
        for row in self.rows[rows:]:
            del self._known[row[1:4]]
        del self.rows[rows:]
        self.seq, self.recorded_at = seq, recorded_at


async def known_events(conn: AsyncConnection, appends: Sequence[Append]) -> dict[EventKey, StoredRow]:
    """The events already in the log under the ids of these appends."""
    ids: dict[tuple[int, int], list[str]] = {}
    for append in appends:
        if not append.is_fresh:
            for record in append.events:
                ids.setdefault((record.tenant_id, int(record.api)), []).append(record.event_id)
    known: dict[EventKey, StoredRow] = {}
    query = repeats(conn.dialect.name)
    for (tenant, api), event_ids in ids.items():
        rows = await conn.execute(query, {"of_tenant": tenant, "of_api": api, "ids": json.dumps(event_ids)})
        known.update((row[1:4], row) for row in map(tuple, rows))
    return known


@lru_cache(maxsize=64)
def repeats(dialect_name: str) -> Select[Any]:
    """One tenant's events of one API whose ids are in a JSON list: one parameter, however many ids.

    PostgreSQL is made to look up each id with the whole key: of a table without statistics it takes the tenant for rare
    enough to read all of its events.
    """
    ids = texts_listed_by(dialect_name, "ids")
    if dialect_name != "postgresql":
        return select(event).where(*OF_API, event.c.event_id.in_(ids))
    wanted = ids.distinct().subquery("wanted")
    one = select(event).where(*OF_API, event.c.event_id == wanted.c.value).limit(1).lateral("one")
    return select(one).select_from(wanted.join(one, true()))


def stored(row: Sequence[Any]) -> StoredEvent:
    """The event in a row."""
    seq, tenant, api, *rest = row
    return StoredEvent(seq, tenant, APIS.get(api, api), *rest)
