"""Run handler of notification jobs: one mail to each selected customer, about each cause once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.catalogue.queries import Catalogue
from tidings_server.catalogue.store import wishlists
from tidings_server.catalogue.store.wishlists import NotificationQuery
from tidings_server.identity.quotas import STORAGE_RETRY_S, Quotas
from tidings_server.mail.requests import email_requested
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Overloaded
from tidings_server.scheduling.jobs.notification_selection import Notification, NotificationSelection
from tidings_server.scheduling.schedules.run_handler import LeasedRun, RunCause, RunLease, RunOutcome, RunState
from tidings_server.scheduling.store import jobs
from tidings_server.scheduling.store.jobs import StoredJob
from tidings_server.storage.bisection import bisected, set_aside
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.storage.log.records import EventRecord

MAX_ROWS: Final = 400
"""Rows of one transaction: one for each mail, and one for each wishlist item in it."""

HEARTBEAT_S: Final = 10.0
"""A run that has nothing to write for so long extends its lease."""


class NotificationRunHandler:
    """Handles runs of jobs.

    Mails and the records of what was sent are stored together, in transactions of bounded size; one that the database
    refuses is left out. An interrupted run continues: customers that it has mailed are recorded with its id.
    """

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        selection: NotificationSelection,
        *,
        clock: Clock,
        quotas: Quotas | None = None,
    ) -> None:
        """A run of a tenant that `quotas` name as short of room goes on later."""
        self._quotas = quotas
        self._database = database
        self._catalogue = catalogue
        self._selection = selection
        self._clock = clock

    async def handle(self, run: LeasedRun, lease: RunLease) -> RunOutcome:
        async with self._database.read() as conn:
            job = await jobs.get(conn, run.tenant, run.subject)
        if job is None or job.deleted_at is not None:
            return RunOutcome(RunState.SKIPPED, note="the job was deleted")
        if run.cause is RunCause.TIME and not (job.is_active and job.is_scheduled):
            return RunOutcome(RunState.SKIPPED, note="the job was switched off")
        await self._catalogue.wait_until_current(job.tenant_id)
        return await self._write(run, lease, job)

    async def _write(self, run: LeasedRun, lease: RunLease, job: StoredJob) -> RunOutcome:
        query = self._selection.query(job)
        mailed, bad, written_at = 0, 0, self._clock.monotonic()
        unstored: list[str] = []

        async def write(notifications: Sequence[Notification]) -> None:
            nonlocal mailed
            transaction = _Transaction(run, query, notifications, at_us=self._clock.now_us())
            await lease.commit(transaction)
            mailed += transaction.written

        async def leave_out(notification: Notification, error: Exception) -> None:
            set_aside("notifications", error, run=run.id, tenant=run.tenant)
            unstored.append(notification.customer_id)

        async for page in self._selection.pages(job, query, run_id=run.id):
            mailed += page.mailed_before
            bad += page.bad_addresses
            for notifications in _batches(page.notifications):
                if self._quotas and (reason := self._quotas.shortage(run.tenant)):
                    raise Overloaded(reason, retry_after_s=STORAGE_RETRY_S)
                await bisected(notifications, write, refused=leave_out)
                written_at = self._clock.monotonic()
            if self._clock.monotonic() - written_at > HEARTBEAT_S:
                await lease.commit(_nothing)
                written_at = self._clock.monotonic()
        return RunOutcome(mailed=mailed, note=_note(bad, len(unstored)))


class _Transaction:
    """Stores mails and the records of what was sent; `written` is the number of mails.

    A mail with an item that another job of the same kind has notified meanwhile is left out; its other items are left
    to the next run.
    """

    def __init__(
        self, run: LeasedRun, query: NotificationQuery, notifications: Sequence[Notification], *, at_us: int
    ) -> None:
        self.written = 0
        self._run = run
        self._query = query
        self._mails = [(each, _record(run, each, at_us)) for each in notifications]
        self._at_us = at_us

    async def __call__(self, conn: AsyncConnection) -> None:
        await jobs.lock_notification(conn, self._query.tenant, self._query.kind)
        last = await wishlists.last_sent(conn, self._query, {each.customer_id for each, _ in self._mails})
        fresh = [(each, record) for each, record in self._mails if not self._is_stale(each, last)]
        sent = [record for each, _ in fresh for record in each.sent(self._query, self._run.id, self._at_us)]
        self.written = len(fresh)
        await wishlists.record_sent(conn, sent)
        await events.append_in(conn, [record for _, record in fresh])

    def _is_stale(self, notification: Notification, last: Mapping[tuple[str, str], tuple[int, int]]) -> bool:
        """Whether one of its items has been notified since it was selected."""
        for due in notification.items:
            seq, at = last.get((due.customer_id, due.item_id), (-1, -1))
            if at > self._query.mailed_before if self._query.kind == wishlists.REMINDER else seq >= due.seq:
                return True
        return False


def _note(bad: int, unstored: int) -> str:
    """Text about those who got no mail; empty where all did."""
    left_out = {"customers without a valid address": bad, "mails that could not be stored": unstored}
    return "; ".join(f"{what}: {count}" for what, count in left_out.items() if count)


def _record(run: LeasedRun, notification: Notification, at_us: int) -> EventRecord:
    source = f"{run.id}/{notification.customer_id}"
    return email_requested(notification.request, tenant_id=run.tenant, source=source, at_us=at_us, hops=run.hops)


async def _nothing(_conn: AsyncConnection) -> None:
    """A transaction that only extends the lease."""


def _batches(notifications: Sequence[Notification]) -> Iterator[list[Notification]]:
    """Notifications split by MAX_ROWS; one with more items than that is a batch of its own."""
    batch: list[Notification] = []
    rows = 0
    for notification in notifications:
        size = 1 + len(notification.items)
        if batch and rows + size > MAX_ROWS:
            yield batch
            batch, rows = [], 0
        batch.append(notification)
        rows += size
    if batch:
        yield batch
