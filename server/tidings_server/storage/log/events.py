"""The log: appending to it, and reading it by id, by position and by time."""

import json
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    SmallInteger,
    String,
    Text,
    bindparam,
    cast,
    func,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.errors import Conflict
from tidings_server.storage.array_parameters import as_list, listed_by
from tidings_server.storage.bulk_insert import insert_rows
from tidings_server.storage.log.records import Api, Appended, EventRecord, StoredEvent
from tidings_server.storage.log.tables import event, log_head

EventKey = tuple[Any, ...]
"""(tenant number, API, event id): what is unique in the log."""
StoredRow = tuple[Any, ...]
"""The columns of the log in order; a `StoredEvent` is made of one only for who needs it."""

APPENDED = "tidings.appended"
"""Where a connection notes the rows (a list) that its transaction is about to commit."""

PAGE_BYTES = 4 << 20
"""Bodies that a page may hold, so that a reader's memory is bounded however large the events are."""

_APIS = {int(api): api for api in Api}
"""An event of an API that this version does not know keeps its number: whoever needs to read it fails on it alone."""
_RECORDED = EventRecord._fields.index("recorded_at")

_LOCK_HEAD = select(log_head.c.seq, log_head.c.recorded_at).with_for_update()
_MOVE_HEAD = update(log_head).values(seq=bindparam("to_seq"), recorded_at=bindparam("to_recorded_at"))
_KEY = (
    event.c.tenant_id == bindparam("of_tenant", type_=Integer),
    event.c.api == bindparam("of_api", type_=SmallInteger),
)
_FIND = select(event).where(*_KEY, event.c.event_id == bindparam("of_id", type_=String))
_FIRST = select(event.c.seq).order_by(event.c.seq).limit(1)
_FROM = (
    select(event.c.seq, event.c.recorded_at).where(event.c.seq >= bindparam("from_seq")).order_by(event.c.seq).limit(1)
)

_HEADERS = (
    select(
        event.c.seq,
        event.c.tenant_id,
        event.c.api,
        event.c.event_id,
        event.c.topic,
        event.c.entity_id,
        event.c.entity_ref,
        event.c.type,
    )
    .where(event.c.seq > bindparam("after_seq"))
    .order_by(event.c.seq)
    .limit(bindparam("rows"))
)


class Append(NamedTuple):
    """Events that are stored all or none.

    `is_fresh`: the server has just made all these ids, so nothing is looked up. `first_wins`: an id that is taken by
    another body answers the stored event instead of Conflict.
    """

    events: Sequence[EventRecord]
    is_fresh: bool = False
    first_wins: bool = False


async def append_in(conn: AsyncConnection, events: Sequence[EventRecord]) -> list[int]:
    """Append events in a write transaction, and return their positions; a repeat keeps its first position.

    Call it last in the transaction: from here to the commit no other append can run. The events' `recorded_at` must
    be set. Raises Conflict, and stores none, when one of the ids is taken by another body.
    """
    [outcome] = await append_all(conn, [Append(events)], now_us=0)
    if isinstance(outcome, Conflict):
        raise outcome
    return [appended.seq for appended in outcome]


async def append_all(
    conn: AsyncConnection, appends: Sequence[Append], *, now_us: int
) -> list[list[Appended] | Conflict]:
    """Store several callers' events in order; for each caller the outcome of its events, or why none was stored."""
    last = (await conn.execute(_LOCK_HEAD)).one()
    known = await known_events(conn, appends)
    staged = StagedAppends(last.seq, last.recorded_at, known)
    outcomes = [staged.add(append, now_us) for append in appends]
    if staged.rows:
        await insert_rows(conn, event, staged.rows)
        await conn.execute(_MOVE_HEAD, {"to_seq": staged.seq, "to_recorded_at": staged.recorded_at})
        conn.info.setdefault(APPENDED, []).extend(staged.rows)
    return outcomes


async def head(conn: AsyncConnection) -> int:
    """The position of the last event; 0 in an empty log."""
    return int((await conn.execute(select(log_head.c.seq))).scalar_one())


async def find(conn: AsyncConnection, tenant: int, api: Api, *, event_id: str) -> StoredEvent | None:
    """One tenant's event by its id, or None."""
    row = (await conn.execute(_FIND, {"of_tenant": tenant, "of_api": int(api), "of_id": event_id})).one_or_none()
    return None if row is None else stored(row)


async def find_any(conn: AsyncConnection, tenant: int, *event_ids: str) -> StoredEvent | None:
    """One tenant's event with one of the ids, of whichever API; the first that was stored. None: there is none."""
    is_it = event.c.tenant_id == tenant, event.c.api.in_(map(int, Api)), event.c.event_id.in_(event_ids)
    return next(map(stored, await conn.execute(select(event).where(*is_it).order_by(event.c.seq).limit(1))), None)


async def find_all(conn: AsyncConnection, tenant: int, api: Api, *, event_ids: Sequence[str]) -> list[StoredEvent]:
    """One tenant's events of these ids (at most 1,000), in any order; ids without an event are left out."""
    query = _repeats(conn.dialect.name)
    rows = await conn.execute(query, {"of_tenant": tenant, "of_api": int(api), "ids": json.dumps(list(event_ids))})
    return list(map(stored, rows))


async def page(
    conn: AsyncConnection,
    *,
    after: int,
    limit: int,
    upto: int | None = None,
    tenant: int | None = None,
    max_bytes: int = PAGE_BYTES,
) -> list[StoredEvent]:
    """Events after the position `after` in order, at most `limit`, at most to `upto`, of one tenant or of all.

    A page ends with the event whose body takes it past `max_bytes`. With a tenant give `upto` too: the rows of others
    between are read and dropped.
    """
    query = _page(has_upto=upto is not None, has_tenant=tenant is not None)
    values = {"after_seq": after, "upto_seq": upto, "of_tenant": tenant, "rows": limit, "max_bytes": max_bytes}
    return list(map(stored, await conn.execute(query, values)))


async def headers(conn: AsyncConnection, *, after: int, limit: int) -> list[StoredEvent]:
    """Events after the position `after` in order, at most `limit`: their ids, topics, entities and types alone.

    All other fields are empty: of 25 columns the driver and SQLAlchemy make a row in 2.7 µs, of these in about 1.
    """
    rows = await conn.execute(_HEADERS, {"after_seq": after, "rows": limit})
    return [
        StoredEvent(seq, tenant, _APIS.get(api, api), event_id, topic, None, entity_id, entity_ref, type=type_)
        for seq, tenant, api, event_id, topic, entity_id, entity_ref, type_ in rows
    ]


async def at(conn: AsyncConnection, seqs: Collection[int], *, max_bytes: int = PAGE_BYTES) -> list[StoredEvent]:
    """The events at these positions (at most 1,000), in order; positions without an event are left out.

    The list ends with the event whose body takes it past `max_bytes`.
    """
    values = {"seqs": as_list(seqs), "rows": len(seqs), "max_bytes": max_bytes}
    return list(map(stored, await conn.execute(_at(conn.dialect.name), values)))


async def ids_at(conn: AsyncConnection, seqs: Collection[int]) -> dict[int, str]:
    """The ids of the events at these positions (at most 1,000); positions without an event are left out."""
    rows = await conn.execute(select(event.c.seq, event.c.event_id).where(event.c.seq.in_(list(seqs))))
    return {row.seq: row.event_id for row in rows}


async def locate(conn: AsyncConnection, time_us: int) -> int:
    """The position before the first event recorded at `time_us` or later; the head when there is none.

    `recorded_at` never falls along the log, so this is a binary search on its key: about 20 single-row reads for a
    million events.
    """
    top = await head(conn)  # first: an event stored between the two reads comes after what this gives
    first = (await conn.execute(_FIRST)).scalar_one_or_none()
    if first is None:
        return top
    low: int = first - 1
    high = top
    while low < high:
        middle = (low + high + 1) // 2
        row = (await conn.execute(_FROM, {"from_seq": middle})).one_or_none()
        if row is not None and row.seq <= high and row.recorded_at < time_us:
            low = row.seq
        else:
            high = middle - 1
    return low


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
    query = _repeats(conn.dialect.name)
    for (tenant, api), event_ids in ids.items():
        rows = await conn.execute(query, {"of_tenant": tenant, "of_api": api, "ids": json.dumps(event_ids)})
        known.update((row[1:4], row) for row in map(tuple, rows))
    return known


@lru_cache(maxsize=64)
def _repeats(dialect_name: str) -> Select[Any]:
    """One tenant's events of one API whose ids are in a JSON list: one parameter, however many ids."""
    listed = bindparam("ids", type_=Text)
    unfold = (
        func.json_array_elements_text(cast(listed, JSON)) if dialect_name == "postgresql" else func.json_each(listed)
    )
    return select(event).where(*_KEY, event.c.event_id.in_(select(unfold.table_valued("value").c.value)))


@lru_cache(maxsize=8)
def _at(dialect_name: str) -> Select[Any]:
    return _in_order([event.c.seq.in_(listed_by(dialect_name, "seqs"))])


def _in_order(criteria: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Matching events in order; a first pass over their sizes, which reads no body, finds where to stop."""
    size = func.length(event.c.body)
    before = (func.sum(size).over(order_by=event.c.seq) - size).label("before")
    most = bindparam("rows", type_=Integer)
    sizes = select(event.c.seq, before).where(*criteria).order_by(event.c.seq).limit(most).subquery()
    is_within = sizes.c.before < bindparam("max_bytes", type_=Integer)
    last = select(func.max(sizes.c.seq)).where(is_within).scalar_subquery()
    return select(event).where(*criteria, event.c.seq <= last).order_by(event.c.seq)


@lru_cache(maxsize=4)
def _page(*, has_upto: bool, has_tenant: bool) -> Select[Any]:
    """Events after a position; composed once, since that takes longer than a short page does."""
    bounds: list[ColumnElement[bool]] = [event.c.seq > bindparam("after_seq", type_=BigInteger)]
    if has_upto:
        bounds.append(event.c.seq <= bindparam("upto_seq", type_=BigInteger))
    if has_tenant:
        bounds.append(event.c.tenant_id == bindparam("of_tenant", type_=Integer))
    return _in_order(bounds)


def stored(row: Sequence[Any]) -> StoredEvent:
    """The event in a row."""
    seq, tenant, api, *rest = row
    return StoredEvent(seq, tenant, _APIS.get(api, api), *rest)
