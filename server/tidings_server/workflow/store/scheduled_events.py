"""Statements on scheduled events."""

import json
from base64 import b64decode, b64encode
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.bulk_insert import insert_rows
from tidings_server.storage.due_shares import DueShares
from tidings_server.storage.log.records import Api, EventRecord
from tidings_server.workflow.store.tables import scheduled_event


class DueEvent(NamedTuple):
    """A scheduled event, the instant (µs) at which it is due, and the position of the event that caused it."""

    record: EventRecord
    due_at: int
    cause_seq: int


async def add(conn: AsyncConnection, events: Sequence[DueEvent]) -> None:
    """Store scheduled events."""
    rows = [
        (each.record.tenant_id, each.record.event_id, each.due_at, each.cause_seq, _packed(each.record))
        for each in events
    ]
    await insert_rows(conn, scheduled_event, rows)


_SHARES: Final = DueShares(scheduled_event.c.tenant_id, scheduled_event.c.due_at)
NEXT_DUE: Final = select(func.min(scheduled_event.c.due_at))
"""The instant at which the next event is due, as a fact of the shared look."""


async def next_due(conn: AsyncConnection, *, without: Collection[int] = ()) -> int | None:
    """The instant at which the next event is due, `without` those of these tenants; None without events."""
    query = NEXT_DUE
    if without:
        query = query.where(scheduled_event.c.tenant_id.not_in(without))
    due_at: int | None = (await conn.execute(query)).scalar_one()
    return due_at


async def take(conn: AsyncConnection, *, now: int, limit: int, without: Collection[int] = ()) -> list[DueEvent]:
    """Remove and return due events `without` those of these tenants: of each an equal share, then the longest due.

    In the order in which they are due. Concurrent transactions take others.
    """
    table = scheduled_event.c
    due = select(scheduled_event).where(table.due_at <= now).order_by(table.due_at, table.event_id)
    if without:
        due = due.where(table.tenant_id.not_in(without))
    rows = await _SHARES.rows(conn, due.with_for_update(skip_locked=True), now=now, limit=limit, without=without)
    taken = sorted(map(_scheduled, rows), key=lambda each: (each.due_at, each.record.event_id))
    for tenant in {each.record.tenant_id for each in taken}:
        ids = [each.record.event_id for each in taken if each.record.tenant_id == tenant]
        await conn.execute(delete(scheduled_event).where(table.tenant_id == tenant, table.event_id.in_(ids)))
    return taken


async def postpone_first(
    conn: AsyncConnection, *, now: int, until: int, without: Collection[int] = ()
) -> tuple[int, str]:
    """Make the longest due event due at `until` (µs), `without` those of these tenants.

    Gives its tenant's number and its id, 0 and "" without one.
    """
    table = scheduled_event.c
    due = select(table.tenant_id, table.event_id).where(table.due_at <= now).order_by(table.due_at, table.event_id)
    if without:
        due = due.where(table.tenant_id.not_in(without))
    row = (await conn.execute(due.limit(1).with_for_update(skip_locked=True))).one_or_none()
    if row is None:
        return 0, ""
    is_it = (table.tenant_id == row.tenant_id, table.event_id == row.event_id)
    await conn.execute(update(scheduled_event).where(*is_it).values(due_at=until))
    return row.tenant_id, row.event_id


async def find(conn: AsyncConnection, tenant: int, event_ids: Collection[str]) -> list[DueEvent]:
    """The tenant's events of these ids (at most 1,000) that are not due yet."""
    conditions = scheduled_event.c.tenant_id == tenant, scheduled_event.c.event_id.in_(list(event_ids))
    return list(map(_scheduled, await conn.execute(select(scheduled_event).where(*conditions))))


def _packed(record: EventRecord) -> str:
    values: dict[str, Any] = record._asdict()
    return json.dumps({**values, "body_hash": _text(record.body_hash), "body": _text(record.body)})


def _scheduled(row: Row[Any]) -> DueEvent:
    values = json.loads(row.record)
    values |= {
        "api": Api(values["api"]),
        "body_hash": b64decode(values["body_hash"]),
        "body": b64decode(values["body"]),
    }
    return DueEvent(EventRecord(**values), row.due_at, row.cause_seq)


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()
