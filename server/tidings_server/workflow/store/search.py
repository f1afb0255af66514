"""Searching workflow events and their audit records: narrow rows of integers, as in `search`, newest first.

An event's row comes from the log and gets its state from the outcome; the rows of its records come from the outcome
alone. Both are read in the order of their commits, so nothing is passed over.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, bindparam, delete, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.store.search import CURSORS as SEARCH_CURSORS
from tidings_server.storage.array_parameters import as_list, is_listed
from tidings_server.storage.bulk_insert import insert_new_rows, upsert_rows
from tidings_server.storage.log.shards import end_of, in_shard, shard_of, start_of
from tidings_server.storage.log.tables import event
from tidings_server.storage.text_hashes import hashed
from tidings_server.workflow.store import outcomes
from tidings_server.workflow.store.tables import search_record

CONSUMER: Final = "workflow_search"
OUTCOMES: Final = "workflow_search.outcomes"
"""Its cursor along the outcomes; the other one is along the log."""
CURSORS: Final = SEARCH_CURSORS
PLACES: Final = 4_096
"""Rows that one event may have: itself and the records of its run."""

TYPES: Final[Mapping[str, int]] = {
    name: number
    for number, name in enumerate(
        ("ORCHESTRATION", "ORCHESTRATION_AUDIT", "API", "INTEGRATION", "SECURITY", "GENERAL"), 1
    )
}
STATUSES: Final[Mapping[str, int]] = {
    name: number for number, name in enumerate(("PENDING", "SCHEDULED", "NO_MATCH", "SUCCESS", "FAILED", "COMPLETE"), 1)
}
"""Types and statuses that a search may name, with their numbers in the columns."""


class SearchableEvent(NamedTuple):
    """The searchable columns of an event of the log; `occurred_at` is in µs."""

    seq: int
    tenant_id: int
    api: int
    retailer_id: str | None
    type: str | None
    category: str | None
    name: str | None
    entity_type: str | None
    entity_id: str | None
    entity_ref: str | None
    root_type: str | None
    root_id: str | None
    root_ref: str | None
    occurred_at: int


AuditHeading = tuple[str, str, str, int]
"""Category, name, status and instant (µs) of one record of a run."""


class RecordPosition(NamedTuple):
    """One row: the event at `seq`, or the record at `step` of its run, from 0 (None: the event itself)."""

    seq: int
    step: int | None


class ProjectionCursor(NamedTuple):
    """A position of the projection: the last event of the log, and the last outcome by its number."""

    event: int
    outcome: int


class RecordFilter(NamedTuple):
    """Filter on one tenant's records. Instants in µs, inclusive; empty collections and None are any."""

    tenant: int
    since: int
    until: int
    retailer: str | None = None
    types: Collection[str] = ()
    statuses: Collection[str] = ()
    categories: Collection[str] = ()
    names: Collection[str] = ()
    entity_type: str | None = None
    entity_id: str | None = None
    entity_ref: str | None = None
    root_type: str | None = None
    root_id: str | None = None
    root_ref: str | None = None


QueryShape = tuple[tuple[str, int], ...]
"""The columns that a search names, and how many values it allows of each."""

_COLUMNS: Final = tuple(event.c[name] for name in SearchableEvent._fields)
_FROM_RUN: Final = ("status", "entity_id", "entity_ref", "root_id", "root_ref")
"""Columns of an event's row that the run of the event may change; its entity has names from then on."""
_DRIVING: Final = ("entity_id", "entity_ref", "root_id", "root_ref", "name", "category", "status")
"""Columns that have an index, the most telling first; without any of them the index by time is used."""


async def envelopes_at(conn: AsyncConnection, seqs: Collection[int]) -> dict[int, SearchableEvent]:
    """Envelopes at these positions; those that are no longer in the log are left out."""
    query = select(*_COLUMNS).where(is_listed(event.c.seq, conn.dialect.name, "seqs"))
    rows = await conn.execute(query, {"seqs": as_list(seqs)})
    return {row.seq: SearchableEvent._make(row) for row in rows}


async def outcome_cursor(conn: AsyncConnection, shard: int) -> int | None:
    """The number of the last outcome of a shard that the projection has; None if it never had one."""
    return await CURSORS.position(conn, in_shard(OUTCOMES, shard))


async def move_outcome_cursor(conn: AsyncConnection, shard: int, *, old: int | None, new: int) -> None:
    """Move the cursor of the outcomes of a shard. Raises LostRace when another process has moved it."""
    name, start = in_shard(OUTCOMES, shard), start_of(shard)
    if old is None:
        await CURSORS.start(conn, name, at=start)
    await CURSORS.move(conn, name, old=old or start, new=new)


async def add(conn: AsyncConnection, *, events: Sequence[tuple[Any, ...]], runs: Sequence[tuple[Any, ...]]) -> None:
    """Add rows of events, which change none that is there, and rows of runs, which change its status and its names."""
    await insert_new_rows(conn, search_record, events)
    await upsert_rows(conn, search_record, runs, key="position", changed=_FROM_RUN)


async def is_ahead(projection: AsyncConnection, log: AsyncConnection, shard: int) -> bool:
    """Whether the projection has passed the end of a shard or of its outcomes, and so belongs to another log."""
    position = await CURSORS.position(projection, in_shard(CONSUMER, shard))
    at = position or 0, await outcome_cursor(projection, shard) or 0
    last_event, last_outcome = await outcomes.ends(log, shard)
    return at[0] > last_event or at[1] > last_outcome


async def rename(conn: AsyncConnection, seq: int, *, old: Mapping[str, str | None], new: Mapping[str, str]) -> None:
    """Find an event and the records of its run by other texts from now on: those of the columns in `new`."""
    position = search_record.c.position
    for name, text in new.items():
        before = search_record.c[name] == _hash(old[name] or "")
        rows = update(search_record).where(position.between(seq * PLACES, (seq + 1) * PLACES - 1), before)
        await conn.execute(rows.values({name: _hash(text)}))


async def start_over(conn: AsyncConnection, shard: int) -> None:
    """Remove every row of a shard; the projection is filled again from its start and from its first outcome."""
    first, last = start_of(shard) * PLACES, (end_of(shard) + 1) * PLACES - 1
    await conn.execute(delete(search_record).where(search_record.c.position.between(first, last)))
    await CURSORS.restart(conn, in_shard(CONSUMER, shard), at=start_of(shard))
    await CURSORS.restart(conn, in_shard(OUTCOMES, shard), at=start_of(shard))


async def remove(conn: AsyncConnection, *, upto: int, limit: int) -> int:
    """Remove rows of events of a shard up to `upto`, no longer in the log, at most `limit`; how many there were."""
    position = search_record.c.position
    is_gone = position.between(start_of(shard_of(upto)) * PLACES, (upto + 1) * PLACES - 1)
    gone = select(position).where(is_gone).order_by(position).limit(limit)
    return (await conn.execute(delete(search_record).where(position.in_(gone)))).rowcount


async def find(conn: AsyncConnection, filters: RecordFilter, *, offset: int, limit: int) -> list[RecordPosition]:
    """Rows that match, newest first; one may match by its hash only."""
    criteria = _criteria(filters)
    query = _query(tuple((name, len(values)) for name, values in criteria.items()))
    values = {_parameter(name, index): value for name, values in criteria.items() for index, value in enumerate(values)}
    within = {"of_tenant": filters.tenant, "since": filters.since, "until": filters.until}
    rows = await conn.execute(query, {**values, **within, "from_row": offset, "rows": limit})
    return [_place(row.position) for row in rows]


def row(of: SearchableEvent, status: str) -> tuple[Any, ...]:
    """The row of an event."""
    category, name = _hash(of.category or ""), _hash(of.name or "")
    return (of.seq * PLACES, of.tenant_id, of.occurred_at, _type(of), STATUSES[status], category, name, *_about(of))


def rows_of_run(of: SearchableEvent, steps: Iterable[AuditHeading]) -> Iterator[tuple[Any, ...]]:
    """The rows of the records of an event's run: their own columns, and the context that they share with the event."""
    kind, about = _type(of), _about(of)
    for position, (category, name, status, at) in enumerate(steps, of.seq * PLACES + 1):
        yield (position, of.tenant_id, at, kind, STATUSES[status], _hash(category), _hash(name), *about)


@lru_cache(maxsize=256)
def _query(shape: QueryShape) -> Any:
    """The statement for criteria of these columns, each with so many values, which are its parameters.

    One index gives the rows in their order already; of several values each does, and the database merges them.
    """
    counts = dict(shape)
    driving = next((name for name in _DRIVING if name in counts), None)
    filters = [_filter(name, count) for name, count in shape if name != driving]
    branches = [_branch(driving, index, filters) for index in range(counts[driving] if driving else 1)]
    merged: Any = branches[0] if len(branches) == 1 else union_all(*branches)
    columns = merged.selected_columns
    ordered = merged.order_by(columns.at.desc(), columns.position.desc())
    return ordered.offset(bindparam("from_row", type_=Integer)).limit(bindparam("rows", type_=Integer))


def _branch(driving: str | None, index: int, filters: Sequence[ColumnElement[bool]]) -> Select[Any]:
    columns = search_record.c
    within = [
        columns.tenant_id == bindparam("of_tenant", type_=Integer),
        columns.at >= bindparam("since", type_=BigInteger),
        columns.at <= bindparam("until", type_=BigInteger),
    ]
    if driving is not None:
        within.append(columns[driving] == _value(driving, index))
    return select(columns.position, columns.at).where(*within, *filters)


def _filter(name: str, count: int) -> ColumnElement[bool]:
    column = search_record.c[name] + 0  # no column any more: the driving index is used, whatever is guessed
    values = [_value(name, index) for index in range(count)]
    return column == values[0] if count == 1 else column.in_(values)


def _value(name: str, index: int) -> ColumnElement[int]:
    return bindparam(_parameter(name, index), type_=BigInteger)


def _parameter(name: str, index: int) -> str:
    """Of one value; SQLAlchemy itself names what it binds `name_1`."""
    return f"of_{name}_{index}"


def _criteria(filters: RecordFilter) -> dict[str, list[int]]:
    """The allowed values of each column that the filter restricts, by its name."""
    single = {
        "retailer": filters.retailer,
        "entity_type": filters.entity_type,
        "entity_id": filters.entity_id,
        "entity_ref": filters.entity_ref,
        "root_type": filters.root_type,
        "root_id": filters.root_id,
        "root_ref": filters.root_ref,
    }
    criteria = {name: [_hash(text)] for name, text in single.items() if text is not None}
    several = {
        "name": [_hash(text) for text in filters.names],
        "category": [_hash(text) for text in filters.categories],
        "type": [TYPES[name] for name in filters.types],
        "status": [STATUSES[name] for name in filters.statuses],
    }
    return criteria | {name: sorted(set(values)) for name, values in several.items() if values}


def _type(of: SearchableEvent) -> int:
    return TYPES.get(of.type or "", 0)


def _about(of: SearchableEvent) -> tuple[int | None, ...]:
    """Hashes of the event's retailer, entity and root, the last columns."""
    names = (of.entity_id, of.entity_ref, of.root_type, of.root_id, of.root_ref)
    hashes = (None if name is None else _hash(name) for name in names)
    return (_hash(of.retailer_id or ""), _hash(of.entity_type or ""), *hashes)


def _place(position: int) -> RecordPosition:
    seq, place = divmod(position, PLACES)
    return RecordPosition(seq, place - 1 if place else None)


@lru_cache(maxsize=20_000)
def _hash(text: str) -> int:
    return hashed(text)
