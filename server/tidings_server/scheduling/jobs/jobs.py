"""Use cases of notification jobs, each of which has a schedule of its own. Source: WIRE.md 000."""

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
"""Jobs of one tenant, deleted ones included."""

NEXT_RUNS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDraft:
    """A job as a client sends it, validated, with defaults; fields are those of `StoredJob`.

    An empty `id` is replaced by the server's. `request_hash` is the SHA-256 of the message as the client sent it.
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
    """Use cases of jobs. Another tenant's job is NotFound, as an unknown one is.

    `if_match` holds the versions that the client allows, None for any.
    """

    def __init__(self, database: Database, clock: Clock, ids: Ids, *, max_per_tenant: int = MAX_PER_TENANT) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._max_per_tenant = max_per_tenant

    async def create(self, scope: Scope, draft: JobDraft) -> tuple[StoredJob, bool]:
        """Create a job; the boolean is true when an earlier, equal request has created it.

        Raises Conflict when the id belongs to a different job, InvalidInput for an invalid schedule, LimitExceeded when
        the tenant has too many jobs.
        """
        timing = _timing(draft)
        now = self._clock.now_us()
        stored = self._initial(scope, draft, now)

        async def transaction(conn: AsyncConnection) -> tuple[StoredJob, bool]:
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
            created = replace(stored, schedule_key=key)
            await table.add(conn, created)
            return created, False

        return await self._database.write_queue.run(transaction)

    async def update(
        self, scope: Scope, job_id: str, changes: Mapping[str, Any], *, if_match: frozenset[int] | None = None
    ) -> StoredJob:
        """Update the fields of `JobDraft` in `changes`.

        Raises NotFound, also for a deleted job, VersionMismatch, and InvalidInput for an invalid schedule.
        """
        async with self._database.read() as conn:
            stored = _existing(await table.get(conn, scope.tenant, job_id), if_match)
        draft = replace(draft_of(stored), **changes)
        timing = _timing(draft)
        now = self._clock.now_us()
        values = {**_columns(draft), "updated_at": now, "updated_by": scope.actor}

        async def transaction(conn: AsyncConnection) -> StoredJob:
            changed = await table.change(conn, stored, values)
            if changed is None:
                raise LostRace
            if _schedule_of(changed) != _schedule_of(stored):
                await schedule_store.change(conn, stored.schedule_key, timing=timing, policy=_policy(draft), now_us=now)
            return changed

        return await self._database.write_queue.run(transaction)

    async def delete(self, scope: Scope, job_id: str, *, if_match: frozenset[int] | None = None) -> None:
        """Mark a job as deleted and stop its schedule; no effect on a deleted job. Raises NotFound, VersionMismatch."""
        stored = await self.get(scope, job_id)
        if stored.deleted_at is not None:
            return
        _existing(stored, if_match)
        now = self._clock.now_us()
        deletion = {"deleted_at": now, "updated_at": now, "updated_by": scope.actor}

        async def transaction(conn: AsyncConnection) -> None:
            if await table.change(conn, stored, deletion) is None:
                raise LostRace
            policy = _policy(draft_of(stored))
            await schedule_store.change(conn, stored.schedule_key, timing=None, policy=policy, now_us=now)

        await self._database.write_queue.run(transaction)

    async def get(self, scope: Scope, job_id: str) -> StoredJob:
        """The job, deleted or not. Raises NotFound."""
        async with self._database.read() as conn:
            stored = await table.get(conn, scope.tenant, job_id)
        if stored is None:
            raise _unknown()
        return stored

    async def existing(self, scope: Scope, job_id: str) -> StoredJob:
        """The job. Raises NotFound, also for a deleted job."""
        return _existing(await self.get(scope, job_id), None)

    async def list_live(self, scope: Scope, *, after: str = "") -> list[StoredJob]:
        """The tenant's jobs that are not deleted, by id; those `after` an id."""
        async with self._database.read() as conn:
            return await table.list_live(conn, scope.tenant, after=after)

    def next_runs(self, stored: StoredJob) -> list[int]:
        """The next fire times (µs), at most five; none for a job that is not scheduled."""
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
    """The draft that a stored job corresponds to."""
    return JobDraft(**{each.name: getattr(stored, each.name) for each in fields(JobDraft)})


def _columns(draft: JobDraft) -> dict[str, Any]:
    """Columns that a client can change."""
    names = (each.name for each in fields(JobDraft) if each.name not in {"id", "request_hash"})
    return {name: getattr(draft, name) for name in names}


def _timing(draft: JobDraft) -> Timing | None:
    """The job's timing, None where it is not scheduled. Both expressions are checked even if unused.

    Raises InvalidInput on `schedule`, `scheduleExpression` or `time_zone`.
    """
    expressions = (("schedule", draft.schedule), ("scheduleExpression", draft.schedule_expression))
    timings = [
        Cron.checked(text, draft.time_zone, field=name, zone_field="time_zone") for name, text in expressions if text
    ]
    if not timings and draft.time_zone != "UTC":
        Cron.checked("0 0 * * *", draft.time_zone, field="schedule", zone_field="time_zone")
    if draft.is_scheduled and not timings:
        raise InvalidInput.of("schedule", "is required where is_scheduled is true")
    return timings[-1] if draft.is_scheduled and draft.is_active else None


def _policy(draft: JobDraft) -> Policy:
    return Policy(CatchUp(draft.catch_up), draft.catch_up_window_s, Overlap(draft.overlap), draft.jitter_s)


def _schedule_of(stored: StoredJob) -> tuple[Any, ...]:
    """Timing and policy of a job: a change of other fields leaves its schedule untouched."""
    draft = draft_of(stored)
    return (_timing(draft), _policy(draft))


def _existing(stored: StoredJob | None, if_match: frozenset[int] | None) -> StoredJob:
    if stored is None or stored.deleted_at is not None:
        raise _unknown()
    if if_match is not None and stored.version not in if_match:
        raise VersionMismatch
    return stored


def _repeated(existing: StoredJob, draft: JobDraft) -> StoredJob:
    if existing.deleted_at is None and existing.request_hash == draft.request_hash:
        return existing
    raise Conflict(f"The id {existing.id} is taken by another job.")


def _unknown() -> NotFound:
    return NotFound("There is no such job.")
