"""`tidings schedules` of document 004 and `tidings jobs` of document 000: list, preview, run."""

import time
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from tidings.collector.v1 import jobs_pb2
from tidings.collector.v1.jobs_pb2_grpc import JobServiceStub
from tidings.scheduling.v1 import events_pb2 as pb
from tidings.scheduling.v1.events_pb2_grpc import ScheduledEventServiceStub
from tidings_cli.context import File, Limit, Session, Yes, confirm, read_message, session_of
from tidings_cli.failures import CommandFailed
from tidings_cli.printing import as_row

schedules = typer.Typer(no_args_is_help=True, help="What a store has done when, or whenever something happens (004).")
jobs = typer.Typer(no_args_is_help=True, help="Notification jobs: who is written to when (000).")

COLUMNS = ("id", "triggerType", "trigger", "actionType", "createdName")
JOB_COLUMNS = ("id", "notification", "is_active", "is_scheduled", "schedule", "time_zone")
RUN_COLUMNS = ("id", "state", "cause", "scheduledAt", "endedAt", "mailed", "note")
OVER = frozenset({"DONE", "SKIPPED", "FAILED"})
POLL_S = 0.5

Schedule = Annotated[str, typer.Argument(help="Id of the scheduled event.")]
Job = Annotated[str, typer.Argument(help="Id of the job.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until the run is over.")]


@schedules.command("list")
def list_schedules(context: typer.Context) -> None:
    """List the store's scheduled events, oldest first."""
    session = session_of(context)
    request = pb.ListScheduledEventsRequest()
    found = session.whole(ScheduledEventServiceStub, "ListScheduledEvents", request, "events")
    if session.printer.is_table:
        rows = [{**as_row(one), "trigger": _short(as_row(one).get("trigger"))} for one in found]
        session.printer.many(rows, COLUMNS)
    else:
        session.printer.many(found, COLUMNS)


@schedules.command("put")
def put(context: typer.Context, *, file: File) -> None:
    """Add a scheduled event from a file."""
    session = session_of(context)
    request = pb.CreateScheduledEventRequest(event=read_message(pb.ScheduledEvent, file))
    session.printer.one(session.call(ScheduledEventServiceStub, "CreateScheduledEvent", request))


@schedules.command("preview")
def preview(context: typer.Context, schedule: Schedule) -> None:
    """Show when it fires next, and what it would send now. Nothing is sent."""
    session = session_of(context)
    request = pb.PreviewScheduledEventRequest(id=schedule)
    session.printer.one(session.call(ScheduledEventServiceStub, "PreviewScheduledEvent", request))


@schedules.command("run")
def run(context: typer.Context, schedule: Schedule, *, wait: Wait = True) -> None:
    """Carry it out now, beside its trigger."""
    session = session_of(context)
    begun = session.call(ScheduledEventServiceStub, "RunScheduledEvent", pb.RunScheduledEventRequest(id=schedule))

    def current() -> Any:
        return next((one for one in _runs(session, schedule) if one.id == begun.id), begun)

    _until_over(session, begun, current, wait=wait)


@schedules.command("runs")
def runs(context: typer.Context, schedule: Schedule, *, limit: Limit = 100) -> None:
    """List the runs of a scheduled event, newest first."""
    session = session_of(context)
    session.printer.many(_runs(session, schedule, limit=limit), RUN_COLUMNS)


@schedules.command("delete")
def delete(context: typer.Context, schedule: Schedule, *, yes: Yes = False) -> None:
    """Remove a scheduled event."""
    confirm(f"Delete the scheduled event {schedule}?", yes=yes)
    session = session_of(context)
    session.call(ScheduledEventServiceStub, "DeleteScheduledEvent", pb.DeleteScheduledEventRequest(id=schedule))
    session.printer.done(f"The scheduled event {schedule} is deleted.")


@jobs.command("list")
def list_jobs(context: typer.Context) -> None:
    """List notification jobs that are not deleted."""
    session = session_of(context)
    found = session.whole(JobServiceStub, "ListJobs", jobs_pb2.ListJobsRequest(), "items")
    session.printer.many(found, JOB_COLUMNS)


@jobs.command("put")
def put_job(
    context: typer.Context,
    job: Annotated[str, typer.Argument(help="Id of the job to change; by default a new one is made.")] = "",
    *,
    file: File,
) -> None:
    """Make a job, or change one: what the file leaves out stays as it is."""
    session = session_of(context)
    given = read_message(jobs_pb2.Job, file)
    if job:
        request = jobs_pb2.UpdateJobRequest(id=job, job=given)
        session.printer.one(session.call(JobServiceStub, "UpdateJob", request))
    else:
        session.printer.one(session.call(JobServiceStub, "CreateJob", jobs_pb2.CreateJobRequest(job=given)))


@jobs.command("preview")
def preview_job(context: typer.Context, job: Job) -> None:
    """Show when a job runs next, and whom it would write to now. Nothing is sent."""
    session = session_of(context)
    session.printer.one(session.call(JobServiceStub, "PreviewJob", jobs_pb2.PreviewJobRequest(id=job)))


@jobs.command("run")
def run_job(context: typer.Context, job: Job, *, wait: Wait = True) -> None:
    """Run a job now, whatever its schedule says. Mails go out."""
    session = session_of(context)
    begun = session.call(JobServiceStub, "RunJob", jobs_pb2.RunJobRequest(id=job))

    def current() -> Any:
        return next((one for one in _job_runs(session, job) if one.id == begun.id), begun)

    _until_over(session, begun, current, wait=wait)


@jobs.command("runs")
def job_runs(context: typer.Context, job: Job, *, limit: Limit = 100) -> None:
    """List the runs of a job, newest first."""
    session = session_of(context)
    session.printer.many(_job_runs(session, job, limit=limit), RUN_COLUMNS)


@jobs.command("delete")
def delete_job(context: typer.Context, job: Job, *, yes: Yes = False) -> None:
    """Delete a job: it never runs again."""
    confirm(f"Delete the job {job}?", yes=yes)
    session = session_of(context)
    session.call(JobServiceStub, "DeleteJob", jobs_pb2.DeleteJobRequest(id=job))
    session.printer.done(f"The job {job} is deleted.")


def _runs(session: Session, schedule: str, *, limit: int | None = None) -> Iterator[Any]:
    request = pb.ListScheduledEventRunsRequest(id=schedule)
    return session.pages(ScheduledEventServiceStub, "ListScheduledEventRuns", request, "runs", limit=limit)


def _job_runs(session: Session, job: str, *, limit: int | None = None) -> Iterator[Any]:
    return session.pages(JobServiceStub, "ListJobRuns", jobs_pb2.ListJobRunsRequest(id=job), "runs", limit=limit)


def _until_over(session: Session, begun: Any, current: Any, *, wait: bool) -> None:
    """Show a run, once it is over. Raises CommandFailed for one that has failed."""
    last = begun
    state = begun.State.Name(begun.state)
    while wait and state not in OVER:
        session.printer.progress(f"The run is {state.lower()} …")
        time.sleep(POLL_S)
        last = current()
        state = last.State.Name(last.state)
    session.printer.end_progress()
    session.printer.one(last)
    if state == "FAILED":
        raise CommandFailed(f"the run failed: {last.note}", reason="RUN_FAILED")


def _short(trigger: Any) -> str:
    return ", ".join(f"{name} {value}" for name, value in (trigger or {}).items())
