"""Assessments in SQL: which rules matched which events."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store.tables import customer, loyalty_assessment
from tidings_server.storage.bulk_insert import insert_rows
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


async def page(conn: AsyncConnection, rule_key: int, *, before: int, limit: int) -> list[ListedAssessment]:
    """The assessments of a rule for events numbered below `before`, the newest first."""
    row = loyalty_assessment.c
    query = (
        select(row.event_seq, event.c.event_id, customer.c.id, row.is_test, row.points, row.assessed_at)
        .join(event, event.c.seq == row.event_seq)
        .join(customer, customer.c.key == row.customer_key)
        .where(row.rule_key == rule_key, row.event_seq < before)
    )
    rows = await conn.execute(query.order_by(row.event_seq.desc()).limit(limit))
    return [ListedAssessment._make(each) for each in rows]
