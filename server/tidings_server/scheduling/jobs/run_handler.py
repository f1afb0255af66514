"""What a run of a notification job does: write to each customer who has something to hear of, each fact once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.catalogue.queries import Catalogue
from tidings_server.catalogue.store import wishlists
from tidings_server.catalogue.store.wishlists import NotificationQuery
from tidings_server.mail.requests import email_requested
from tidings_server.platform.clock import Clock
from tidings_server.scheduling.jobs.notification_selection import Notification, NotificationSelection
from tidings_server.scheduling.schedules.run_handler import LeasedRun, RunCause, RunLease, RunResult
from tidings_server.scheduling.store import jobs
from tidings_server.scheduling.store.jobs import StoredJob
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.storage.log.records import EventRecord

MAX_ROWS: Final = 400
"""Rows of one unit: a mail is one, and each wish that it tells of."""

SIGN_OF_LIFE_S: Final = 10.0
"""A run that finds nothing to write for so long says that it is still at work."""


class NotificationRunHandler:
    """Carries out the runs of jobs.

    Mails and what they tell are stored together, in units of their own. A run that was cut short goes on: the
    customers that it has written to are known by its id.
    """

    def __init__(self, database: Database, shop: Catalogue, notices: NotificationSelection, clock: Clock) -> None:
        self._database = database
        self._shop = shop
        self._notices = notices
        self._clock = clock

    async def carry_out(self, run: LeasedRun, turn: RunLease) -> RunResult:
        async with self._database.read() as conn:
            job = await jobs.get(conn, run.tenant, run.subject)
        if job is None or job.deleted_at is not None:
            return RunResult(is_skipped=True, note="the job was deleted")
        if run.cause is RunCause.TIME and not (job.is_active and job.is_scheduled):
            return RunResult(is_skipped=True, note="the job was switched off")
        await self._shop.settled()
        return await self._write(run, turn, job)

    async def _write(self, run: LeasedRun, turn: RunLease, job: StoredJob) -> RunResult:
        search = self._notices.search(job)
        mailed, bad, seen_at = 0, 0, self._clock.monotonic()
        async for page in self._notices.pages(job, search, run_id=run.id):
            mailed += page.mailed_before
            bad += page.bad_addresses
            for notices in _units(page.notices):
                unit = _Unit(run, search, notices, at_us=self._clock.now_us())
                await turn.commit(unit)
                mailed += unit.written
                seen_at = self._clock.monotonic()
            if self._clock.monotonic() - seen_at > SIGN_OF_LIFE_S:
                await turn.commit(_nothing)
                seen_at = self._clock.monotonic()
        return RunResult(mailed=mailed, note=f"customers without a valid address: {bad}" if bad else "")


class _Unit:
    """Stores some mails and what they tell; `written` is how many of them.

    Another job of the same kind may have told somebody meanwhile: that mail is left out, and what else it would have
    told is left to the next run.
    """

    def __init__(
        self, run: LeasedRun, search: NotificationQuery, notices: Sequence[Notification], *, at_us: int
    ) -> None:
        self.written = 0
        self._run = run
        self._search = search
        self._mails = [(notice, _record(run, notice, at_us)) for notice in notices]
        self._at_us = at_us

    async def __call__(self, conn: AsyncConnection) -> None:
        await jobs.lock_notification(conn, self._search.tenant, self._search.kind)
        last = await wishlists.last_sent(conn, self._search, {notice.customer_id for notice, _ in self._mails})
        fresh = [(notice, record) for notice, record in self._mails if not self._is_stale(notice, last)]
        facts = [fact for notice, _ in fresh for fact in notice.facts(self._search, self._run.id, self._at_us)]
        self.written = len(fresh)
        await wishlists.record_sent(conn, facts)
        await events.append_in(conn, [record for _, record in fresh])

    def _is_stale(self, notice: Notification, last: Mapping[tuple[str, str], tuple[int, int]]) -> bool:
        """Whether any of it has been told since it was selected."""
        for due in notice.told:
            seq, at = last.get((due.customer_id, due.item_id), (-1, -1))
            if at > self._search.mailed_before if self._search.kind == wishlists.REMINDER else seq >= due.seq:
                return True
        return False


def _record(run: LeasedRun, notice: Notification, at_us: int) -> EventRecord:
    source = f"{run.id}/{notice.customer_id}"
    return email_requested(notice.request, tenant_id=run.tenant, source=source, at_us=at_us, hops=run.hops)


async def _nothing(_conn: AsyncConnection) -> None:
    """A unit that only keeps the run ours."""


def _units(notices: Sequence[Notification]) -> Iterator[list[Notification]]:
    """Mails cut into units; one with more wishes than fit takes a unit of its own."""
    unit: list[Notification] = []
    rows = 0
    for notice in notices:
        size = 1 + len(notice.told)
        if unit and rows + size > MAX_ROWS:
            yield unit
            unit, rows = [], 0
        unit.append(notice)
        rows += size
    if unit:
        yield unit
