"""What a run of a scheduled event does: it asks for the mails of its action, all of them as the run ends."""

from collections.abc import Mapping
from typing import Any, Final

from tidings_server.mail.requests import email_requested
from tidings_server.mail.templates import RenderFailed
from tidings_server.platform.clock import Clock
from tidings_server.scheduling.scheduled_events import actions
from tidings_server.scheduling.scheduled_events.actions import ActionType
from tidings_server.scheduling.scheduled_events.mail_composer import NO_EVENT, ActionContext, MailComposer
from tidings_server.scheduling.schedules.run_handler import LeasedRun, RunCause, RunLease, RunResult
from tidings_server.scheduling.store import scheduled_events
from tidings_server.scheduling.store.scheduled_events import StoredScheduledEvent
from tidings_server.storage.database import Database
from tidings_server.storage.log import events

NOTHING: Final = "there was nothing to report"


class ScheduledEventRunHandler:
    """The port `Work` for scheduled events."""

    def __init__(self, database: Database, composer: MailComposer, clock: Clock) -> None:
        self._database = database
        self._composer = composer
        self._clock = clock

    async def carry_out(self, run: LeasedRun, turn: RunLease) -> RunResult:  # noqa: ARG002 - all it stores is stored with its end
        stored = await self._stored(run)
        if stored is None:
            return RunResult(is_skipped=True, note="the scheduled event was removed")
        event = await self._event(run)
        if event is None:
            return RunResult(is_skipped=True, note="the event is not kept any more")
        occasion = context_of(stored, scheduled_at=run.scheduled_at, event=event)
        try:
            mails = await self._composer.mails(action_of(stored), occasion)
        except RenderFailed as error:
            return RunResult(is_failed=True, note=error.message)
        records = [
            email_requested(
                mail,
                tenant_id=run.tenant,
                source=f"run/{run.id}",
                at_us=self._clock.now_us(),
                correlation_id=run.cause_id,
                hops=run.hops,
            )
            for mail in mails
        ]
        return RunResult(mailed=len(records), records=records, note="" if records else NOTHING)

    async def _stored(self, run: LeasedRun) -> StoredScheduledEvent | None:
        store_id, _, event_id = run.subject.partition("/")
        async with self._database.read() as conn:
            stored = await scheduled_events.get(conn, run.tenant, int(store_id), int(event_id))
        return stored if stored is not None and stored.deleted_at is None else None

    async def _event(self, run: LeasedRun) -> Mapping[str, Any] | None:
        """The event that caused the run, as templates see it; nothing where it has another cause."""
        if run.cause is not RunCause.EVENT:
            return NO_EVENT
        async with self._database.read() as conn:
            found = await events.at(conn, [run.cause_number])
        return self._composer.seen(found[0]) if found else None


def action_of(stored: StoredScheduledEvent) -> actions.ScheduledAction:
    """The action that was checked when it was stored."""
    return actions.read(ActionType(stored.action_type), stored.action)


def context_of(
    stored: StoredScheduledEvent, *, scheduled_at: int, event: Mapping[str, Any] = NO_EVENT
) -> ActionContext:
    """Why a scheduled event asks for its mails."""
    zone = stored.trigger.get("timezone") or "UTC"
    return ActionContext(stored.tenant_id, stored.store_id, scheduled_at, zone, event)
