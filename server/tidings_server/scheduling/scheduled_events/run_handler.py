"""Run handler of scheduled events: requests the mails of the action in the transaction that completes the run."""

from collections.abc import Mapping
from typing import Any, Final

from tidings_server.mail.requests import email_requested
from tidings_server.mail.templates import RenderFailed
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import InvalidInput
from tidings_server.scheduling.scheduled_events import actions
from tidings_server.scheduling.scheduled_events.actions import ActionType
from tidings_server.scheduling.scheduled_events.chains import RUN_SOURCE
from tidings_server.scheduling.scheduled_events.mail_composer import NO_EVENT, ActionContext, MailComposer
from tidings_server.scheduling.scheduled_events.triggers import zone_of
from tidings_server.scheduling.schedules.run_handler import LeasedRun, RunCause, RunLease, RunOutcome, RunState
from tidings_server.scheduling.store import scheduled_events
from tidings_server.scheduling.store.scheduled_events import StoredScheduledEvent
from tidings_server.storage.database import Database
from tidings_server.storage.log import events

NOTHING_TO_REPORT: Final = "there was nothing to report"


class ScheduledEventRunHandler:
    """Handles runs of scheduled events."""

    def __init__(self, database: Database, composer: MailComposer, clock: Clock) -> None:
        self._database = database
        self._composer = composer
        self._clock = clock

    async def handle(self, run: LeasedRun, lease: RunLease) -> RunOutcome:  # noqa: ARG002 - all writes are in the result
        stored = await self._stored(run)
        if stored is None:
            return RunOutcome(RunState.SKIPPED, note="the scheduled event was removed")
        event = await self._event(run)
        if event is None:
            return RunOutcome(RunState.SKIPPED, note="the event is not kept any more")
        context = context_of(stored, scheduled_at=run.scheduled_at, event=event)
        try:
            mails = await self._composer.mails(action_of(stored), context)
        except (InvalidInput, RenderFailed) as error:  # what was stored before it was checked as it is now
            return RunOutcome(RunState.FAILED, note=error.message)
        records = [
            email_requested(
                mail,
                tenant_id=run.tenant,
                source=f"{RUN_SOURCE}{run.id}",
                at_us=self._clock.now_us(),
                correlation_id=run.cause_id,
                hops=run.hops,
            )
            for mail in mails
        ]
        return RunOutcome(mailed=len(records), records=records, note="" if records else NOTHING_TO_REPORT)

    async def _stored(self, run: LeasedRun) -> StoredScheduledEvent | None:
        store_id, _, event_id = run.subject.partition("/")
        async with self._database.read() as conn:
            stored = await scheduled_events.get(conn, run.tenant, int(store_id), int(event_id))
        return stored if stored is not None and stored.deleted_at is None else None

    async def _event(self, run: LeasedRun) -> Mapping[str, Any] | None:
        """Template variable of the event that caused the run; None when the log no longer has it."""
        if run.cause is not RunCause.EVENT:
            return NO_EVENT
        async with self._database.read() as conn:
            stored = await events.at(conn, [run.cause_number])
        return self._composer.template_event(stored[0]) if stored else None


def action_of(stored: StoredScheduledEvent) -> actions.ScheduledAction:
    """The action of a stored scheduled event."""
    return actions.read(ActionType(stored.action_type), stored.action, is_stored=True)


def context_of(
    stored: StoredScheduledEvent, *, scheduled_at: int, event: Mapping[str, Any] = NO_EVENT
) -> ActionContext:
    """The context of one execution of a scheduled event's action."""
    try:
        zone = zone_of(stored.trigger)
    except InvalidInput:  # stored before zones were checked for every trigger
        zone = "UTC"
    return ActionContext(stored.tenant_id, stored.store_id, scheduled_at, zone, event)
