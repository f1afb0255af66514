"""The log: appending to it, and reading it by id, by position and by time."""

import json
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    String,
    Table,
    Update,
    bindparam,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.errors import Conflict
from tidings_server.storage.array_parameters import as_list, is_listed
from tidings_server.storage.bulk_insert import insert_rows
from tidings_server.storage.log.records import Api, Appended, EventRecord, StoredEvent
from tidings_server.storage.log.shards import MAX_SHARDS, by_shard, shard_of_tenant, start_of
from tidings_server.storage.log.staging import (
    APIS,
    OF_API,
    Append,
    StagedAppends,
    known_events,
    repeats,
    stored,
)
from tidings_server.storage.log.tables import event, head_of, log_head, shard_head

APPENDED = "tidings.appended"
"""Where a connection notes the rows (a list) that its transaction is about to commit."""

PAGE_BYTES = 4 << 20
"""Bodies that a page may hold, so that a reader's memory is bounded however large the events are."""

_FIND = select(event).where(*OF_API, event.c.event_id == bindparam("of_id", type_=String))
_FIRST = select(event.c.seq).where(event.c.seq > bindparam("after_seq")).order_by(event.c.seq).limit(1)
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
    .where(event.c.seq > bindparam("after_seq"), event.c.seq <= bindparam("upto_seq"))
    .order_by(event.c.seq)
    .limit(bindparam("rows"))
)


def of_tenant(table: Table, tenant: int | BindParameter[int]) -> ColumnElement[bool]:
    """A condition on the tenant of rows in a short range of a table's positions, by which no index is chosen.

    SQLite has no statistics here, and prefers an index of the tenant to the range: it read all rows of the tenant for
    each page.
    """
    return table.c.tenant_id + literal_column("0") == tenant


async def append_in(conn: AsyncConnection, events: Sequence[EventRecord]) -> list[int]:
    """Append events in a write transaction, and return their positions; a repeat keeps its first position.

    Call it last in the transaction: from here to the commit no other append to their shards can run. The events'
    `recorded_at` must be set. Raises Conflict, and stores none, when one of the ids is taken by another body.
    """
    if len({shard_of_tenant(record.tenant_id) for record in events}) > 1:
        return await _append_to_several(conn, events)
    [outcome] = await append_all(conn, [Append(events)], now_us=0)
    if isinstance(outcome, Conflict):
        raise outcome
    return [appended.seq for appended in outcome]


async def _append_to_several(conn: AsyncConnection, events: Sequence[EventRecord]) -> list[int]:
    """Append to the shards in their order, so that two who do so cannot wait for each other."""
    seqs: dict[int, int] = {}
    for _, placed in by_shard(enumerate(events), lambda each: shard_of_tenant(each[1].tenant_id)):
        found = await append_in(conn, [record for _, record in placed])
        seqs.update(zip((place for place, _ in placed), found, strict=True))
    return [seqs[place] for place in range(len(events))]


async def append_all(
    conn: AsyncConnection, appends: Sequence[Append], *, now_us: int
) -> list[list[Appended] | Conflict]:
    """Store several callers' events, all of one shard, in order.

    For each caller the outcome of its events, or why none was stored.
    """
    lock_head, move_head = _head_statements(appends[0].shard)
    last = (await conn.execute(lock_head)).one()
    known = await known_events(conn, appends)
    staged = StagedAppends(last.seq, last.recorded_at, known)
    outcomes = [staged.add(append, now_us) for append in appends]
    if staged.rows:
        await insert_rows(conn, event, staged.rows)
        await conn.execute(move_head, {"to_seq": staged.seq, "to_recorded_at": staged.recorded_at})
        conn.info.setdefault(APPENDED, []).extend(staged.rows)
    return outcomes


async def head(conn: AsyncConnection, shard: int) -> int:
    """The position of the last event of a shard; the shard's start where there is none."""
    return int((await conn.execute(head_of(shard))).one().seq)


async def head_for(conn: AsyncConnection, tenant: int) -> int:
    """The position of the last event of the shard of a tenant."""
    return await head(conn, shard_of_tenant(tenant))


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
    query = repeats(conn.dialect.name)
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


async def selected(conn: AsyncConnection, criteria: Sequence[ColumnElement[bool]], *, limit: int) -> list[StoredEvent]:
    """Events that meet conditions, in order, at most `limit`; a page ends where its bodies pass PAGE_BYTES."""
    return list(map(stored, await conn.execute(_in_order(criteria), {"rows": limit, "max_bytes": PAGE_BYTES})))


async def headers(conn: AsyncConnection, *, after: int, upto: int, limit: int) -> list[StoredEvent]:
    """Events of a range in order, at most `limit`: their ids, topics, entities and types alone.

    All other fields are empty: of 25 columns the driver and SQLAlchemy make a row in 2.7 µs, of these in about 1.
    """
    rows = await conn.execute(_HEADERS, {"after_seq": after, "upto_seq": upto, "rows": limit})
    return [
        StoredEvent(seq, tenant, APIS.get(api, api), event_id, topic, None, entity_id, entity_ref, type=type_)
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


async def locate(conn: AsyncConnection, time_us: int, shard: int) -> int:
    """The position in a shard before its first event recorded at `time_us` or later; its head when there is none.

    `recorded_at` never falls along a shard, so this is a binary search on the key: about 20 single-row reads for a
    million events.
    """
    top = await head(conn, shard)  # first: an event stored between the two reads comes after what this gives
    first = (await conn.execute(_FIRST, {"after_seq": start_of(shard)})).scalar_one_or_none()
    if first is None or first > top:
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


@lru_cache(maxsize=MAX_SHARDS)
def _head_statements(shard: int) -> tuple[Select[Any], Update]:
    """Locks the head of a shard, and moves it."""
    to: dict[str, Any] = {"seq": bindparam("to_seq"), "recorded_at": bindparam("to_recorded_at")}
    if not shard:
        return head_of(shard).with_for_update(), update(log_head).values(to)
    return head_of(shard).with_for_update(), update(shard_head).where(shard_head.c.shard == shard).values(to)


@lru_cache(maxsize=8)
def _at(dialect_name: str) -> Select[Any]:
    return _in_order([is_listed(event.c.seq, dialect_name, "seqs")])


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
        bounds.append(of_tenant(event, bindparam("of_tenant", type_=Integer)))
    return _in_order(bounds)
