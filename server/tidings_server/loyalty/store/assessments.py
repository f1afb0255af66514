"""Assessments in SQL: which rules matched which events."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store.tables import customer, loyalty_assessment
from tidings_server.storage.array_parameters import as_list, is_listed
from tidings_server.storage.bulk_insert import insert_rows, upsert_rows
from tidings_server.storage.log.tables import event


class AssessmentRow(NamedTuple):
    """A rule that matched an event; fields are the table's columns in order."""

    event_seq: int
    rule_key: int
    customer_key: int
    is_test: bool
    points: int
    assessed_at: int


class ListedAssessment(NamedTuple):
    """An assessment with the public ids of its event and customer."""

    event_seq: int
    event_id: str
    customer_id: str
    is_test: bool
    points: int
    assessed_at: int


async def add(conn: AsyncConnection, assessments: Sequence[AssessmentRow]) -> None:
    """Insert assessments."""
    await insert_rows(conn, loyalty_assessment, assessments)


async def put(conn: AsyncConnection, assessments: Sequence[AssessmentRow]) -> None:
    """Insert assessments, or update those that are stored."""
    changed = ("is_test", "points")
    await upsert_rows(conn, loyalty_assessment, assessments, key="event_seq, rule_key", changed=changed)


async def points_of(conn: AsyncConnection, event_seqs: Collection[int]) -> dict[int, dict[int, int]]:
    """The points of the rules that have matched these events, by event and rule; without the rules in TEST."""
    found: dict[int, dict[int, int]] = {}
    for seq, rule_key, points in await conn.execute(_points(conn.dialect.name), {"events": as_list(event_seqs)}):
        found.setdefault(seq, {})[rule_key] = points
    return found


async def page(conn: AsyncConnection, rule_key: int, *, before: int, limit: int) -> list[ListedAssessment]:
    """The assessments of a rule for events numbered below `before`, the newest first."""
    row = loyalty_assessment.c
    query = (
        select(row.event_seq, event.c.event_id, customer.c.id, row.is_test, row.points, row.assessed_at)
        .join(event, event.c.seq == row.event_seq)
        .join(customer, customer.c.key == row.customer_key)
        .where(row.rule_key == rule_key, row.event_seq < before, row.points >= 0)
    )
    rows = await conn.execute(query.order_by(row.event_seq.desc()).limit(limit))
    return [ListedAssessment._make(each) for each in rows]


@lru_cache(maxsize=2)
def _points(dialect_name: str) -> Select[Any]:
    row = loyalty_assessment.c
    listed = is_listed(row.event_seq, dialect_name, "events")
    return select(row.event_seq, row.rule_key, row.points).where(listed, row.is_test.is_(False))
