"""The event that the log gets for each run that ends."""

from collections.abc import Mapping
from typing import Final

from tidings_server.log.server_events import operation_event
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.scheduling.store.runs import MAX_NOTE, LeasedRun, NewRun, RunState
from tidings_server.scheduling.store.schedules import ScheduleKind
from tidings_server.storage.log.records import EventRecord

TOPICS: Final[Mapping[ScheduleKind, str]] = {
    ScheduleKind.EVENT: "schedule.fired",
    ScheduleKind.JOB: "notification.sent",
}
SUBJECTS: Final[Mapping[ScheduleKind, str]] = {ScheduleKind.EVENT: "scheduledEventId", ScheduleKind.JOB: "jobId"}


def run_event(
    run: LeasedRun | NewRun,
    *,
    kind: ScheduleKind,
    subject: str,
    tenant: int,
    state: RunState,
    mailed: int = 0,
    note: str = "",
    at: int,
) -> EventRecord:
    """The event of a run that ended at `at` (µs). Its id is the run's, since a run ends once."""
    attributes = {
        SUBJECTS[kind]: subject,
        "runId": run.id,
        "cause": str(run.cause),
        "scheduledAt": rfc3339_ms(run.scheduled_at),
        "state": str(state),
        "mailed": str(mailed),
        "note": note[:MAX_NOTE],
    }
    return operation_event(
        TOPICS[kind],
        tenant_id=tenant,
        entity_id=subject,
        subscription_id=None,
        facts={name: value for name, value in attributes.items() if value},
        event_id=run.id,
        at_us=at,
        correlation_id=run.cause_id,
        hops=run.hops,
    )
