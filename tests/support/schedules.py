"""A scheduler over a database: start schedules, advance the clock, read the runs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.requested_deliveries import EMAIL_REQUESTED
from tidings_server.identity.quotas import Quotas
from tidings_server.log.server_events import facts_of
from tidings_server.mail.requests import EmailRequest, email_of, email_requested
from tidings_server.platform.clock import Clock, Ids, ManualClock, from_us, to_us
from tidings_server.scheduling.schedules import schedule_store
from tidings_server.scheduling.schedules.firing import ScheduleFirer
from tidings_server.scheduling.schedules.policy import Policy
from tidings_server.scheduling.schedules.run_executor import RunExecutor
from tidings_server.scheduling.schedules.run_handler import LeasedRun, RunLease, RunOutcome, ScheduleKind
from tidings_server.scheduling.schedules.runs import Runs
from tidings_server.scheduling.schedules.timing import Every, Timing
from tidings_server.scheduling.store.runs import RunRecord
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.tables import event as event_table

TENANT = 1
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTELY = Every(60_000_000, to_us(NOW))


class RecordingHandler:
    """Handler that records its runs and returns what `do` gives."""

    def __init__(self) -> None:
        self.runs: list[LeasedRun] = []
        self.do: Callable[[LeasedRun], RunOutcome] = lambda _run: RunOutcome()

    async def handle(self, run: LeasedRun, lease: RunLease) -> RunOutcome:
        async def nothing(_conn: AsyncConnection) -> None:
            pass

        await lease.commit(nothing)
        self.runs.append(run)
        return self.do(run)


class Scheduling:
    """One process's scheduler."""

    def __init__(
        self, database: Database, clock: Clock, *, max_concurrency: int = 200, quotas: Quotas | None = None
    ) -> None:
        self.database = database
        self.clock = clock
        self.handler = RecordingHandler()
        self.executor = RunExecutor(
            database,
            {ScheduleKind.EVENT: self.handler, ScheduleKind.JOB: self.handler},
            clock,
            max_concurrency=max_concurrency,
            quotas=quotas,
        )
        self.firer = ScheduleFirer(database, clock, on_fired=self.executor.wake)
        self.runs = Runs(database, clock, Ids(clock), exhausted=quotas.exhausted if quotas else None)

    def mailing(self, run: LeasedRun) -> RunOutcome:
        """Outcome with one mail request."""
        request = EmailRequest(to="ada@example.com", subject="Hi", text=run.id)
        return RunOutcome(
            mailed=1, records=[email_requested(request, tenant_id=1, source=run.id, at_us=run.started_at)]
        )

    async def start(
        self, timing: Timing | None = MINUTELY, *, kind: ScheduleKind = ScheduleKind.EVENT, **policy: object
    ) -> int:
        """A schedule of tenant 1."""
        values = {"tenant": TENANT, "subject": "1/1", "timing": timing, "policy": Policy(**policy)}  # type: ignore[arg-type]  # of a test
        return await self.database.write_queue.run(
            lambda conn: schedule_store.start(conn, kind, **values, now_us=self.clock.now_us())  # type: ignore[arg-type]  # as above
        )

    async def pass_time(self, delta: timedelta) -> None:
        """Advance the clock while no scheduler runs; then do all that is due."""
        assert isinstance(self.clock, ManualClock)
        self.clock.advance(delta)
        await self.settle()

    async def settle(self) -> None:
        while await self.firer.run_once() or await self.executor.run_once():
            pass

    async def records(self, key: int) -> list[RunRecord]:
        """The runs of a schedule, oldest first."""
        return (await self.runs.page(TENANT, key)).runs[::-1]

    async def states(self, key: int) -> list[str]:
        """Each run as `12:01 DONE`, oldest first."""
        return [f"{from_us(run.scheduled_at):%H:%M} {run.state}" for run in await self.records(key)]

    async def event_attributes(self, topic: str) -> list[dict[str, str]]:
        """Attributes of the events of a topic."""
        return [facts_of(event.body) for event in await self._events(topic)]

    async def mailed(self) -> list[EmailRequest]:
        """Mail requests in the log."""
        return [email_of(event) for event in await self._events(EMAIL_REQUESTED)]

    async def _events(self, topic: str) -> list[StoredEvent]:
        async with self.database.read() as conn:
            seqs = (await conn.execute(select(event_table.c.seq).where(event_table.c.topic == topic))).scalars()
            return await events.at(conn, list(seqs))
