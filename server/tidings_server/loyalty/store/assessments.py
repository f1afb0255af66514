"""Which rules matched which events, and whose fulfilments failed."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store.tables import customer, loyalty_assessment, loyalty_failure, loyalty_rule
from tidings_server.storage.bulk_insert import insert_rows
from tidings_server.storage.log.tables import event


class NewAssessment(NamedTuple):
    """A rule that matched an event; fields are the table's columns in order."""

    event_seq: int
    rule_key: int
    customer_key: int
    is_test: bool
    points: int
    at: int


class StoredAssessment(NamedTuple):
    """The same as its reader sees it."""

    event_seq: int
    event_id: str
    customer_id: str
    is_test: bool
    points: int
    at: int


class StoredFailure(NamedTuple):
    """One row; fields are the table's columns in order."""

    tenant_id: int
    event_id: str
    event_seq: int
    rule_key: int
    customer_key: int
    fulfilments: str
    reason: str
    failed_at: int
    retried_at: int | None


class ListedFailure(NamedTuple):
    """A failure as its reader sees it."""

    event_id: str
    source_event_id: str
    customer_id: str
    rule_id: str
    reason: str
    failed_at: int
    retried_at: int | None


async def add(conn: AsyncConnection, assessments: Sequence[NewAssessment]) -> None:
    """Store what matched."""
    await insert_rows(conn, loyalty_assessment, assessments)


async def page(conn: AsyncConnection, rule_key: int, *, before: int, limit: int) -> list[StoredAssessment]:
    """The events that a rule matched, those numbered below `before`, the newest first."""
    made = loyalty_assessment
    query = (
        select(made.c.event_seq, event.c.event_id, customer.c.id, made.c.is_test, made.c.points, made.c.at)
        .join(event, event.c.seq == made.c.event_seq)
        .join(customer, customer.c.key == made.c.customer_key)
        .where(made.c.rule_key == rule_key, made.c.event_seq < before)
    )
    rows = await conn.execute(query.order_by(made.c.event_seq.desc()).limit(limit))
    return [StoredAssessment._make(row) for row in rows]


async def fail(conn: AsyncConnection, failures: Sequence[StoredFailure]) -> None:
    """Store failures."""
    await insert_rows(conn, loyalty_failure, failures)


async def failure(conn: AsyncConnection, tenant: int, event_id: str) -> StoredFailure | None:
    """One failure by the id of its errorAction event."""
    is_it = loyalty_failure.c.tenant_id == tenant, loyalty_failure.c.event_id == event_id
    row = (await conn.execute(select(loyalty_failure).where(*is_it))).one_or_none()
    return None if row is None else StoredFailure._make(row)


async def open_failures(conn: AsyncConnection, event_seq: int) -> list[StoredFailure]:
    """What failed for an event and was not retried."""
    is_open = loyalty_failure.c.event_seq == event_seq, loyalty_failure.c.retried_at.is_(None)
    return [StoredFailure._make(row) for row in await conn.execute(select(loyalty_failure).where(*is_open))]


async def retry(conn: AsyncConnection, tenant: int, event_id: str, *, at_us: int) -> bool:
    """Note that a failure is retried; false when it was before."""
    changed = await conn.execute(
        update(loyalty_failure)
        .where(
            loyalty_failure.c.tenant_id == tenant,
            loyalty_failure.c.event_id == event_id,
            loyalty_failure.c.retried_at.is_(None),
        )
        .values(retried_at=at_us)
    )
    return changed.rowcount == 1


async def failures(conn: AsyncConnection, tenant: int, *, before_us: int, limit: int) -> list[ListedFailure]:
    """The tenant's failures before an instant, the newest first."""
    query = _listed().where(loyalty_failure.c.tenant_id == tenant, loyalty_failure.c.failed_at < before_us)
    rows = await conn.execute(query.order_by(loyalty_failure.c.failed_at.desc()).limit(limit))
    return [ListedFailure._make(row) for row in rows]


async def listed(conn: AsyncConnection, tenant: int, event_ids: Collection[str]) -> list[ListedFailure]:
    """Some of the tenant's failures."""
    query = _listed().where(loyalty_failure.c.tenant_id == tenant, loyalty_failure.c.event_id.in_(list(event_ids)))
    return [ListedFailure._make(row) for row in await conn.execute(query)]


@lru_cache(maxsize=1)
def _listed() -> Select[Any]:
    failed = loyalty_failure.c
    return (
        select(
            failed.event_id,
            event.c.event_id.label("source_event_id"),
            customer.c.id.label("customer_id"),
            loyalty_rule.c.id.label("rule_id"),
            failed.reason,
            failed.failed_at,
            failed.retried_at,
        )
        .join(event, event.c.seq == failed.event_seq)
        .join(customer, customer.c.key == failed.customer_key)
        .join(loyalty_rule, loyalty_rule.c.key == failed.rule_key)
    )
