"""Statements of the pull of events: newest first, by offset. Source: WIRE.md 002 (b), /event/pull.

Comparisons that the search projection has an index for are answered there. All others (see `EVENT_FIELDS`) are searched
in the log among the newest `MAX_SCANNED` events of those, so that no statement takes longer than a reader may.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Select, Text, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.store import search
from tidings_server.log.store.tables import search_event
from tidings_server.log.topics import RESERVED
from tidings_server.push.store.filters import Comparison, FieldType, FilterField, FilterFields, json_elements
from tidings_server.push.store.pages import OffsetPage, fetch_page
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.tables import event
from tidings_server.storage.text_hashes import hashed

MAX_SCANNED: Final = 20_000
MAX_BYTES: Final = 12 << 20
"""Bodies of the events of one page together, about; a page of larger ones ends early."""
READ_AT_ONCE: Final = 16
"""Events that are read together: each may have 256 KiB."""

PING: Final = "application.ping"
_BUSINESS: Final[tuple[ColumnElement[bool], ...]] = (
    search_event.c.family.not_in([hashed(entity) for entity in sorted(RESERVED)]),
    search_event.c.topic != hashed(PING),
)
"""Conditions that leave out what a subscription to `*` does not get either."""

EVENT_FIELDS: Final = FilterFields(
    {
        "id": FilterField(func.replace(event.c.event_id, "-", ""), FieldType.GUID),
        "topic": FilterField(event.c.topic),
        "entityId": FilterField(search.ENTITY),
        "correlationId": FilterField(event.c.correlation_id),
        "siteId": FilterField(event.c.site_id, FieldType.NUMBER),
        "createBy": FilterField(event.c.actor),
        "createDate": FilterField(event.c.recorded_at, FieldType.INSTANT),
    }
)


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Query of the projection: events that match `criteria`, after one position and up to another, in an order."""

    criteria: search.SearchCriteria
    after: int
    upto: int
    is_oldest_first: bool = False
    has_reserved: bool = False
    """Whether topics are found that a subscription must name, and pings."""


async def find_page(conn: AsyncConnection, query: EventQuery, *, offset: int, limit: int) -> OffsetPage[int]:
    """Positions of one page of events; a few may match by their hash only. `conn` reads the projection."""
    numbers = await fetch_page(conn, _select(query), order_by=[_order(query)], offset=offset, limit=limit)
    return OffsetPage([row.seq for row in numbers.items], numbers.total, numbers.is_lower_bound)


async def newest(conn: AsyncConnection, query: EventQuery) -> list[int]:
    """Positions of the newest events, at most `MAX_SCANNED`. `conn` reads the projection."""
    newest_first = _select(query).order_by(search_event.c.seq.desc()).limit(MAX_SCANNED)
    return list((await conn.execute(newest_first)).scalars())


async def filter_page(
    conn: AsyncConnection,
    seqs: Sequence[int],
    query: EventQuery,
    *,
    comparisons: Sequence[Comparison],
    site_id: int | None,
    offset: int,
    limit: int,
) -> OffsetPage[int]:
    """Positions of one page of those events of `seqs` that match. `conn` reads the log."""
    listed = json_elements(literal(json.dumps(list(seqs)), Text)).table_valued("value")
    statement = (
        select(event.c.seq)
        .join(listed, event.c.seq == cast(listed.c.value, BigInteger))
        .where(*EVENT_FIELDS.where(comparisons))
    )
    if site_id is not None:
        statement = statement.where(event.c.site_id == site_id)
    order = event.c.seq.asc() if query.is_oldest_first else event.c.seq.desc()
    matching = await fetch_page(conn, statement, order_by=[order], offset=offset, limit=limit)
    is_lower_bound = matching.is_lower_bound or len(seqs) == MAX_SCANNED
    return OffsetPage([row.seq for row in matching.items], matching.total, is_lower_bound)


async def read(conn: AsyncConnection, seqs: Sequence[int]) -> tuple[dict[int, StoredEvent], int]:
    """The events at the first of these positions, and how many positions that are: fewer where the events are large.

    One that retention has removed is missing.
    """
    found: dict[int, StoredEvent] = {}
    done = size = 0
    while done < len(seqs) and size < MAX_BYTES:
        events = await log.at(conn, set(seqs[done : done + READ_AT_ONCE]), max_bytes=MAX_BYTES)
        size += sum(len(stored.body) for stored in events)
        found |= {stored.seq: stored for stored in events}
        done = min(len(seqs), done + READ_AT_ONCE)
    return found, done


def matches(stored: StoredEvent, criteria: search.SearchCriteria) -> bool:
    """Whether an event matches exactly: the projection compares hashes only."""
    return (
        stored.tenant_id == criteria.tenant and criteria.topic in (None, stored.topic) and criteria.has_entity(stored)
    )


def _select(query: EventQuery) -> Select[Any]:
    return select(search_event.c.seq).where(
        search_event.c.tenant_id == query.criteria.tenant,
        search_event.c.seq > query.after,
        search_event.c.seq <= query.upto,
        *search.conditions_of(query.criteria),
        *(() if query.has_reserved else _BUSINESS),
    )


def _order(query: EventQuery) -> Any:
    return search_event.c.seq.asc() if query.is_oldest_first else search_event.c.seq.desc()
