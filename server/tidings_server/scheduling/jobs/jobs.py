"""Notification jobs: made, changed, switched, deleted; each with a schedule of its own. Source: WIRE.md 000."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import Conflict, InvalidInput, LimitExceeded, LostRace, NotFound, VersionMismatch
from tidings_server.platform.scope import Scope
from tidings_server.scheduling.schedules import schedule_store
from tidings_server.scheduling.schedules.policy import CatchUp, Overlap, Policy
from tidings_server.scheduling.schedules.run_handler import ScheduleKind
from tidings_server.scheduling.schedules.timing import Cron, Timing, next_times
from tidings_server.scheduling.store import jobs as table
from tidings_server.scheduling.store.jobs import StoredJob
from tidings_server.storage.database import Database

MAX_PER_TENANT: Final = 1_000
"""Jobs of one tenant, deleted ones too."""

NEXT_RUNS: Final = 5

Versions = frozenset[int] | None
"""The versions that `If-Match` allows; None allows any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDraft:
    """A job as a client asks for it, checked for form, defaults filled in; fields are those of `StoredJob`.

    `id` empty: made by the server. `request_hash` is SHA-256 of the message as the client sent it.
    """

    id: str = ""
    notification: str = ""
    is_active: bool = True
    is_scheduled: bool = False
    number_of_items: int = -1
    template_id: str = ""
    utm_medium: str = ""
    campaign_id: str = ""
    schedule: str = ""
    schedule_expression: str = ""
    time_zone: str = "UTC"
    catch_up: str = "latest"
    catch_up_window_s: int = 86_400
    overlap: str = "skip"
    jitter_s: int = 0
    request_hash: bytes = b""


class Jobs:
    """The use cases. Another tenant's job is NotFound, as an unknown one is."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, *, max_per_tenant: int = MAX_PER_TENANT) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._max_per_tenant = max_per_tenant

    async def create(self, scope: Scope, draft: JobDraft) -> tuple[StoredJob, bool]:
        """Makes a job; whether it was there before, by the same request.

        Raises Conflict when the id is taken by another body, InvalidInput for a schedule that is none, LimitExceeded
        when the tenant has too many.
        """
        timing = _timing(draft)
        now = self._clock.now_us()
        stored = self._initial(scope, draft, now)

        async def unit(conn: AsyncConnection) -> tuple[StoredJob, bool]:
            existing = await table.get(conn, scope.tenant, stored.id)
            if existing:
                return _repeated(existing, draft), True
            if await table.count(conn, scope.tenant) >= self._max_per_tenant:
                raise LimitExceeded(f"A tenant may have {self._max_per_tenant:,} jobs.")
            key = await schedule_store.start(
                conn,
                ScheduleKind.JOB,
                tenant=scope.tenant,
                subject=stored.id,
                timing=timing,
                policy=_policy(draft),
                now_us=now,
            )
            made = replace(stored, schedule_key=key)
            await table.add(conn, made)
            return made, False

        return await self._database.write_queue.run(unit)

    async def update(
        self, scope: Scope, job_id: str, changes: Mapping[str, Any], *, if_match: Versions = None
    ) -> StoredJob:
        """Writes the fields of `JobDraft` that are given; the others stay.

        Raises NotFound, also for a deleted job, VersionMismatch, and InvalidInput for a schedule that is none.
        """
        async with self._database.read() as conn:
            stored = _existing(await table.get(conn, scope.tenant, job_id), job_id, if_match)
        draft = replace(draft_of(stored), **changes)
        timing = _timing(draft)
        now = self._clock.now_us()
        values = {**_columns(draft), "updated_at": now, "updated_by": scope.actor}

        async def unit(conn: AsyncConnection) -> StoredJob:
            changed = await table.change(conn, stored, values)
            if changed is None:
                raise LostRace
            if _firing(changed) != _firing(stored):
                await schedule_store.change(conn, stored.schedule_key, timing=timing, policy=_policy(draft), now_us=now)
            return changed

        return await self._database.write_queue.run(unit)

    async def delete(self, scope: Scope, job_id: str, *, if_match: Versions = None) -> None:
        """Marks a job as deleted; nothing fires it any more. Does nothing to one that is. Raises NotFound."""
        stored = await self.get(scope, job_id)
        if stored.deleted_at is not None:
            return
        _existing(stored, job_id, if_match)
        now = self._clock.now_us()
        gone = {"deleted_at": now, "updated_at": now, "updated_by": scope.actor}

        async def unit(conn: AsyncConnection) -> None:
            if await table.change(conn, stored, gone) is None:
                raise LostRace
            policy = _policy(draft_of(stored))
            await schedule_store.change(conn, stored.schedule_key, timing=None, policy=policy, now_us=now)

        await self._database.write_queue.run(unit)

    async def get(self, scope: Scope, job_id: str) -> StoredJob:
        """The job, deleted or not. Raises NotFound."""
        async with self._database.read() as conn:
            stored = await table.get(conn, scope.tenant, job_id)
        if stored is None:
            raise _unknown(job_id)
        return stored

    async def existing(self, scope: Scope, job_id: str) -> StoredJob:
        """The job. Raises NotFound, also for a deleted one."""
        return _existing(await self.get(scope, job_id), job_id, None)

    async def listed(self, scope: Scope) -> list[StoredJob]:
        """The tenant's jobs that are not deleted, by id."""
        async with self._database.read() as conn:
            return await table.listed(conn, scope.tenant)

    def next_runs(self, stored: StoredJob) -> list[int]:
        """The next fire times (µs), at most five; none of a job that does not run by itself."""
        timing = None if stored.deleted_at is not None else _timing(draft_of(stored))
        return next_times(timing, after_us=self._clock.now_us(), count=NEXT_RUNS) if timing else []

    def _initial(self, scope: Scope, draft: JobDraft, now: int) -> StoredJob:
        return StoredJob(
            **_columns(draft),
            id=draft.id or scope.reserved_id or self._ids.uuid7(),
            request_hash=draft.request_hash,
            tenant_id=scope.tenant,
            schedule_key=0,
            version=1,
            deleted_at=None,
            created_at=now,
            created_by=scope.actor,
            updated_at=now,
            updated_by=scope.actor,
        )


def draft_of(stored: StoredJob) -> JobDraft:
    """What a client would ask for to get this job."""
    return JobDraft(**{each.name: getattr(stored, each.name) for each in fields(JobDraft)})


def _columns(draft: JobDraft) -> dict[str, Any]:
    """What a client can change."""
    names = (each.name for each in fields(JobDraft) if each.name not in {"id", "request_hash"})
    return {name: getattr(draft, name) for name in names}


def _timing(draft: JobDraft) -> Timing | None:
    """When the job runs by itself. Both expressions are checked, whether or not they count at present.

    Raises InvalidInput on `schedule`, `scheduleExpression` or `time_zone`.
    """
    given = (("schedule", draft.schedule), ("scheduleExpression", draft.schedule_expression))
    timings = [Cron.checked(text, draft.time_zone, field=name, zone_field="time_zone") for name, text in given if text]
    if not timings and draft.time_zone != "UTC":
        Cron.checked("0 0 * * *", draft.time_zone, field="schedule", zone_field="time_zone")
    if draft.is_scheduled and not timings:
        raise InvalidInput.of("schedule", "is required where is_scheduled is true")
    return timings[-1] if draft.is_scheduled and draft.is_active else None


def _policy(draft: JobDraft) -> Policy:
    return Policy(CatchUp(draft.catch_up), draft.catch_up_window_s, Overlap(draft.overlap), draft.jitter_s)


def _firing(stored: StoredJob) -> tuple[Any, ...]:
    """What its schedule is made of: a change of anything else leaves that alone."""
    draft = draft_of(stored)
    return (_timing(draft), _policy(draft))


def _existing(stored: StoredJob | None, job_id: str, if_match: Versions) -> StoredJob:
    if stored is None or stored.deleted_at is not None:
        raise _unknown(job_id)
    if if_match is not None and stored.version not in if_match:
        raise VersionMismatch
    return stored


def _repeated(existing: StoredJob, draft: JobDraft) -> StoredJob:
    if existing.deleted_at is None and existing.request_hash == draft.request_hash:
        return existing
    raise Conflict(f"The id {existing.id} is taken by another job.")


def _unknown(job_id: str) -> NotFound:
    return NotFound(f"There is no job {job_id}.")
