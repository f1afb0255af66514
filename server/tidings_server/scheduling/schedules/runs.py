"""The runs of a schedule as people see them, and a run that somebody asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import NotFound
from tidings_server.scheduling.schedules.misfires import run_id
from tidings_server.scheduling.store import runs as schedule_runs
from tidings_server.scheduling.store.runs import NewRun, RunCause, RunRecord, RunState
from tidings_server.storage.database import Database

MAX_PAGE = 100


@dataclass(frozen=True, slots=True)
class RunPage:
    """Runs, newest first. `next` is what to ask with for the runs before them; None at the end."""

    runs: list[RunRecord]
    next: int | None


class Runs:
    """Lists runs, and makes one now."""

    def __init__(
        self, database: Database, clock: Clock, ids: Ids, *, on_asked: Callable[[], None] | None = None
    ) -> None:
        """`on_asked` hears of every run that somebody asks for."""
        self._database = database
        self._clock = clock
        self._ids = ids
        self._on_asked = on_asked

    async def page(self, schedule_key: int, *, before: int | None = None, limit: int = MAX_PAGE) -> RunPage:
        """A page of the schedule's runs; the caller has seen to it that the schedule is the tenant's."""
        async with self._database.read() as conn:
            found = await schedule_runs.page(conn, schedule_key, before=before, limit=limit + 1)
        return RunPage(found[:limit], found[limit - 1].key if len(found) > limit else None)

    async def run_now(self, tenant: int, schedule_key: int, *, reserved_id: str | None = None) -> RunRecord:
        """A run that waits for nothing but earlier runs of its schedule, whatever its timing says.

        `reserved_id` is the id kept for the request's Idempotency-Key: asked for again, it is the same run.
        """
        asked = reserved_id or self._ids.uuid7()
        number = int.from_bytes(sha256(asked.encode()).digest()[:8]) >> 1
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

        async def unit(conn: AsyncConnection) -> RunRecord | None:
            await schedule_runs.add(conn, [new])
            return await schedule_runs.find(conn, schedule_key, RunCause.MANUAL, number)

        stored = await self._database.write_queue.run(unit)
        if stored is None:
            raise NotFound("There is no such run.")
        if self._on_asked is not None:
            self._on_asked()
        return stored
