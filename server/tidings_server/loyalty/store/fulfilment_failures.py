"""Failed fulfilments in SQL."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store.tables import customer, loyalty_fulfilment_failure, loyalty_rule
from tidings_server.storage.bulk_insert import insert_rows
from tidings_server.storage.log.tables import event

_FAILURE = loyalty_fulfilment_failure.c


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
    """A failure with the public ids of its event, customer and rule."""

    event_id: str
    source_event_id: str
    customer_id: str
    rule_id: str
    reason: str
    failed_at: int
    retried_at: int | None


async def add(conn: AsyncConnection, failures: Sequence[StoredFailure]) -> None:
    """Insert failures."""
    await insert_rows(conn, loyalty_fulfilment_failure, failures)


async def find(conn: AsyncConnection, tenant: int, event_id: str) -> StoredFailure | None:
    """The failure with this errorAction event."""
    query = select(loyalty_fulfilment_failure).where(_FAILURE.tenant_id == tenant, _FAILURE.event_id == event_id)
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else StoredFailure._make(row)


async def not_retried(conn: AsyncConnection, event_seq: int) -> list[StoredFailure]:
    """The failures for an event that were not retried."""
    is_open = _FAILURE.event_seq == event_seq, _FAILURE.retried_at.is_(None)
    return [StoredFailure._make(row) for row in await conn.execute(select(loyalty_fulfilment_failure).where(*is_open))]


async def mark_retried(conn: AsyncConnection, tenant: int, event_id: str, *, at_us: int) -> bool:
    """Record that a failure is retried; false when it was retried before."""
    is_open = _FAILURE.tenant_id == tenant, _FAILURE.event_id == event_id, _FAILURE.retried_at.is_(None)
    changed = await conn.execute(update(loyalty_fulfilment_failure).where(*is_open).values(retried_at=at_us))
    return changed.rowcount == 1


async def page(conn: AsyncConnection, tenant: int, *, before_us: int, limit: int) -> list[ListedFailure]:
    """The tenant's failures before an instant, the newest first."""
    query = _listed().where(_FAILURE.tenant_id == tenant, _FAILURE.failed_at < before_us)
    rows = await conn.execute(query.order_by(_FAILURE.failed_at.desc()).limit(limit))
    return [ListedFailure._make(row) for row in rows]


async def listed(conn: AsyncConnection, tenant: int, event_id: str) -> ListedFailure:
    """One of the tenant's failures, which must exist."""
    query = _listed().where(_FAILURE.tenant_id == tenant, _FAILURE.event_id == event_id)
    return ListedFailure._make((await conn.execute(query)).one())


@lru_cache(maxsize=1)
def _listed() -> Select[Any]:
    return (
        select(
            _FAILURE.event_id,
            event.c.event_id.label("source_event_id"),
            customer.c.id.label("customer_id"),
            loyalty_rule.c.id.label("rule_id"),
            _FAILURE.reason,
            _FAILURE.failed_at,
            _FAILURE.retried_at,
        )
        .join(event, event.c.seq == _FAILURE.event_seq)
        .join(customer, customer.c.key == _FAILURE.customer_key)
        .join(loyalty_rule, loyalty_rule.c.key == _FAILURE.rule_key)
    )
