"""Notification jobs: statements."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.store.job_tables import job


class StoredJob(NamedTuple):
    """One job; fields are the table's columns."""

    tenant_id: int
    id: str
    schedule_key: int
    version: int
    deleted_at: int | None
    is_active: bool
    is_scheduled: bool
    notification: str
    number_of_items: int
    template_id: str
    utm_medium: str
    campaign_id: str
    schedule: str
    schedule_expression: str
    time_zone: str
    catch_up: str
    catch_up_window_s: int
    overlap: str
    jitter_s: int
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str
    request_hash: bytes


_COLUMNS: Final = tuple(job.c[name] for name in StoredJob._fields)


async def get(conn: AsyncConnection, tenant: int, job_id: str) -> StoredJob | None:
    """The tenant's job of that id, deleted or not."""
    row = (await conn.execute(select(*_COLUMNS).where(*_is(tenant, job_id)))).one_or_none()
    return StoredJob._make(row) if row else None


async def hold(conn: AsyncConnection, tenant: int, notification: str) -> None:
    """Let the tenant's jobs of one kind write one after the other: until the unit ends, no other's unit gets here."""
    query = select(job.c.id).where(job.c.tenant_id == tenant, job.c.notification == notification)
    await conn.execute(query.order_by(job.c.id).with_for_update())


async def page(conn: AsyncConnection, tenant: int, *, after: str, limit: int) -> list[StoredJob]:
    """The tenant's jobs that are not deleted, by id, those above `after`."""
    wanted = (job.c.tenant_id == tenant, job.c.id > after, job.c.deleted_at.is_(None))
    rows = await conn.execute(select(*_COLUMNS).where(*wanted).order_by(job.c.id).limit(limit))
    return list(map(StoredJob._make, rows))


async def add(conn: AsyncConnection, stored: StoredJob) -> None:
    """Stores a new job. IntegrityError when its id is taken."""
    await conn.execute(insert(job).values(stored._asdict()))


async def change(conn: AsyncConnection, stored: StoredJob, values: Mapping[str, Any]) -> StoredJob | None:
    """Writes these columns into a job as it was read, and counts its version up; None when it has changed since."""
    changed = update(job).where(*_is(stored.tenant_id, stored.id), job.c.version == stored.version)
    counted = changed.values(**values, version=stored.version + 1).returning(*_COLUMNS)
    row = (await conn.execute(counted)).one_or_none()
    return StoredJob._make(row) if row else None


def _is(tenant: int, job_id: str) -> tuple[Any, ...]:
    return job.c.tenant_id == tenant, job.c.id == job_id
