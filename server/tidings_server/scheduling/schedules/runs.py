"""Listing the runs of a schedule, and running it now."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import NotFound
from tidings_server.scheduling.schedules.misfires import run_id
from tidings_server.scheduling.store import runs as schedule_runs
from tidings_server.scheduling.store.runs import NewRun, RunCause, RunRecord, RunState
from tidings_server.storage.database import Database

MAX_PAGE = 100
WAITS_FOR_QUOTA: Final = "waits: a quota of the tenant is used up"
WAITS_FOR_ANOTHER: Final = "waits for an earlier run of the same schedule"


@dataclass(frozen=True, slots=True)
class RunPage:
    """Runs, newest first. `next` is the `before` of the following page, None on the last page."""

    runs: list[RunRecord]
    next: int | None


class Runs:
    """Use cases of runs."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: Ids,
        *,
        on_created: Callable[[], None] | None = None,
        exhausted: Callable[[], frozenset[int]] | None = None,
    ) -> None:
        """`on_created` is called for each run that a client requests; `exhausted` gives the tenants whose runs wait."""
        self._exhausted = exhausted
        self._database = database
        self._clock = clock
        self._ids = ids
        self._on_created = on_created

    async def page(
        self, tenant: int, schedule_key: int, *, before: int | None = None, limit: int = MAX_PAGE
    ) -> RunPage:
        """A page of the schedule's runs. The caller has checked that the schedule belongs to the tenant."""
        async with self._database.read() as conn:
            records = await schedule_runs.page(conn, schedule_key, before=before, limit=limit + 1)
            is_any_waiting = any(record.state is RunState.WAITING for record in records)
            first = await schedule_runs.first_active(conn, schedule_key) if is_any_waiting else None
        explained = [self._explained(tenant, record, first) for record in records[:limit]]
        return RunPage(explained, records[limit - 1].key if len(records) > limit else None)

    def _explained(self, tenant: int, run: RunRecord, first: int | None) -> RunRecord:
        """The run with the reason that it waits, where the run itself has none."""
        if run.state is not RunState.WAITING or run.note:
            return run
        if self._exhausted is not None and tenant in self._exhausted():
            return run._replace(note=WAITS_FOR_QUOTA)
        is_behind = first is not None and first < run.key and run.cause is not RunCause.EVENT
        return run._replace(note=WAITS_FOR_ANOTHER) if is_behind else run

    async def run_now(self, tenant: int, schedule_key: int, *, reserved_id: str | None = None) -> RunRecord:
        """Create a run that starts as soon as earlier runs of its schedule have ended.

        `reserved_id` is the id of the request's Idempotency-Key: a repeated request returns the same run. Raises
        NotFound if retention has deleted it.
        """
        request_id = reserved_id or self._ids.uuid7()
        number = int.from_bytes(sha256(request_id.encode()).digest()[:8]) >> 1
        now = self._clock.now_us()
        new = NewRun(
            id=run_id(schedule_key, RunCause.MANUAL, number),
            tenant_id=tenant,
            schedule_key=schedule_key,
            cause=RunCause.MANUAL.value,
            cause_number=number,
            scheduled_at=now,
            state=RunState.WAITING.value,
            due_at=now,
        )

        async def transaction(conn: AsyncConnection) -> RunRecord | None:
            await schedule_runs.add(conn, [new])
            return await schedule_runs.find(conn, schedule_key, RunCause.MANUAL, number)

        stored = await self._database.write_queue.run(transaction)
        if stored is None:
            raise NotFound("There is no such run.")
        if self._on_created is not None:
            self._on_created()
        return stored
