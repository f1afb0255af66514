"""SQL of notification jobs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.scheduling.store.job_tables import job


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredJob:
    """A notification job; fields are the table's columns."""

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


_COLUMNS: Final = tuple(job.c[each.name] for each in fields(StoredJob))


async def get(conn: AsyncConnection, tenant: int, job_id: str) -> StoredJob | None:
    """A tenant's job by id, deleted or not; None where there is none."""
    row = (await conn.execute(select(*_COLUMNS).where(*_is(tenant, job_id)))).one_or_none()
    return _stored(row) if row else None


async def count(conn: AsyncConnection, tenant: int) -> int:
    """Number of the tenant's jobs, deleted ones included."""
    query = select(func.count()).select_from(job).where(job.c.tenant_id == tenant)
    return int((await conn.execute(query)).scalar_one())


async def lock_notification(conn: AsyncConnection, tenant: int, notification: str) -> None:
    """Lock the tenant's jobs of one notification until the transaction ends, so that their runs write one by one."""
    query = select(job.c.id).where(job.c.tenant_id == tenant, job.c.notification == notification)
    await conn.execute(query.order_by(job.c.id).with_for_update())


async def list_live(conn: AsyncConnection, tenant: int, *, after: str) -> list[StoredJob]:
    """The tenant's jobs that are not deleted, by id; those `after` an id."""
    conditions = (job.c.tenant_id == tenant, job.c.deleted_at.is_(None), job.c.id > after)
    return list(map(_stored, await conn.execute(select(*_COLUMNS).where(*conditions).order_by(job.c.id))))


async def add(conn: AsyncConnection, stored: StoredJob) -> None:
    """Insert a job. Raises IntegrityError when its id is taken."""
    await conn.execute(insert(job).values(asdict(stored)))


async def change(conn: AsyncConnection, stored: StoredJob, values: Mapping[str, Any]) -> StoredJob | None:
    """Update columns of a job and increment its version; None when its version is no longer `stored.version`."""
    changed = update(job).where(*_is(stored.tenant_id, stored.id), job.c.version == stored.version)
    counted = changed.values(**values, version=stored.version + 1).returning(*_COLUMNS)
    row = (await conn.execute(counted)).one_or_none()
    return _stored(row) if row else None


def _stored(row: Row[Any]) -> StoredJob:
    return StoredJob(**row._mapping)  # noqa: SLF001 - the documented way to a row's names


def _is(tenant: int, job_id: str) -> tuple[Any, ...]:
    return job.c.tenant_id == tenant, job.c.id == job_id
