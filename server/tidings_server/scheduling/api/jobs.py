"""JobService of document 000 and its extensions. Source: WIRE.md 000."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from tidings.collector.v1 import jobs_pb2 as pb
from tidings.collector.v1 import jobs_pb2_grpc
from tidings_server.log.positions import Positions
from tidings_server.mail.message import MailMessage
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.platform.errors import InvalidInput
from tidings_server.rpc.answer_size import fitting, fitting_with_next
from tidings_server.rpc.bare_lists import bare_list_next
from tidings_server.rpc.field_mapper import FieldMapper
from tidings_server.rpc.field_rules import Check, FieldRules, between, identifier, matching, text, whole_seconds
from tidings_server.rpc.json_values import struct_of
from tidings_server.rpc.metadata import Context, etag_of, if_match, scope_of, set_rest_response
from tidings_server.scheduling.jobs.jobs import JobDraft, Jobs
from tidings_server.scheduling.jobs.preview import JobPreviews
from tidings_server.scheduling.schedules.policy import DAY_S, MAX_JITTER_S
from tidings_server.scheduling.schedules.runs import Runs
from tidings_server.scheduling.store.jobs import StoredJob
from tidings_server.scheduling.store.runs import RunRecord

JOBS: Final = "/api/v1/jobs"
DEFAULT_PAGE: Final = 20
MAX_PAGE: Final = 100
MAX_ITEMS: Final = 2**31 - 1

PATH_NAME: Final = "active"
"""Path segment after /api/v1/jobs/ with a meaning of its own; the runs of a job with this id would have no URL."""

_OF_A_PATH: Final = f"an id other than {PATH_NAME}, which is the name of a path"
_TEMPLATE: Final = re.compile(r"[A-Za-z0-9._-]{0,128}")
_FIELDS: Final[Mapping[str, Check | FieldRules]] = {
    "id": lambda value: _OF_A_PATH if value == PATH_NAME else identifier(value),
    "template_id": matching(_TEMPLATE, "at most 128 of A-Z a-z 0-9 . _ -"),
    "number_of_items_in_email": between(-1, MAX_ITEMS),
    "time_zone": text(128),
    "catch_up_window": whole_seconds(1, 366 * DAY_S),
    "jitter": whole_seconds(0, MAX_JITTER_S),
    "job_parameters": FieldRules(pb.JobParameters),
}
_NEW: Final = FieldRules(pb.Job, _FIELDS, required=("notification",))
_CHANGED: Final = FieldRules(pb.Job, _FIELDS)
_RENAMED: Final = {
    "number_of_items_in_email": "number_of_items",
    "catch_up_window": "catch_up_window_s",
    "jitter": "jitter_s",
}
_LOWER: Final = ("catch_up", "overlap")
"""Enums that are stored in lower case, as document 004 spells them."""

_BY_HAND: Final = ("deleted", "job_parameters", *_LOWER)
_DEFAULTS: Final = JobDraft()
_UNSET: Final = {name: getattr(_DEFAULTS, name) for name in ("time_zone", "catch_up_window_s", "jitter_s")}
"""Extensions that a response omits where they have their default value."""

REQUEST: Final = FieldMapper(pb.Job, JobDraft, rename=_RENAMED, by_hand=_BY_HAND)
RESPONSE: Final = FieldMapper(pb.Job, StoredJob, rename=_RENAMED, by_hand=_BY_HAND, unset=_UNSET)
_RUN: Final = FieldRules(pb.ListJobRunsRequest, {"page_size": between(1, MAX_PAGE)})
_PREVIEW: Final = FieldRules(pb.PreviewJobRequest, {"page_size": between(1, MAX_PAGE)})


class JobService(jobs_pb2_grpc.JobServiceServicer):
    """Notification jobs of the caller's tenant."""

    def __init__(self, jobs: Jobs, runs: Runs, previews: JobPreviews, positions: Positions) -> None:
        self._jobs = jobs
        self._runs = runs
        self._previews = previews
        self._positions = positions

    async def CreateJob(self, request: pb.CreateJobRequest, context: Context) -> pb.Job:
        stored, is_repeat = await self._jobs.create(scope_of(context), _load(request.job))
        set_rest_response(
            context,
            code=200 if is_repeat else None,
            location=f"{JOBS}/{stored.id}",
            etag=etag_of(stored.version),
        )
        return _dump(stored)

    async def UpdateJob(self, request: pb.UpdateJobRequest, context: Context) -> pb.Job:
        changes = _load_changes(request.job, request.id)
        versions = if_match(context)
        return await _response(
            await self._jobs.update(scope_of(context), request.id, changes, if_match=versions), context
        )

    async def DeleteJob(self, request: pb.DeleteJobRequest, context: Context) -> pb.DeleteJobResponse:
        await self._jobs.delete(scope_of(context), request.id, if_match=if_match(context))
        return pb.DeleteJobResponse()

    async def ListJobs(self, request: pb.ListJobsRequest, context: Context) -> pb.ListJobsResponse:
        stored = await self._jobs.list_live(scope_of(context), after=request.after)
        listed = fitting_with_next(list(map(_dump, stored)), lambda last: last.id)
        return pb.ListJobsResponse(items=listed.messages, next=bare_list_next(context, JOBS, listed))

    async def GetJob(self, request: pb.GetJobRequest, context: Context) -> pb.Job:
        return await _response(await self._jobs.get(scope_of(context), request.id), context)

    async def SetJobActive(self, request: pb.SetJobActiveRequest, context: Context) -> pb.Job:
        if not request.HasField("is_active"):
            raise InvalidInput.of("is_active", "is required, in the query")
        changes = {"is_active": request.is_active}
        versions = if_match(context)
        return await _response(
            await self._jobs.update(scope_of(context), request.id, changes, if_match=versions), context
        )

    async def ListJobRuns(self, request: pb.ListJobRunsRequest, context: Context) -> pb.ListJobRunsResponse:
        _RUN.check(request)
        scope = scope_of(context)
        stored = await self._jobs.get(scope, request.id)
        before = self._positions.parse(scope.tenant, request.after) if request.after else None
        limit = request.page_size if request.HasField("page_size") else DEFAULT_PAGE
        page = await self._runs.page(scope.tenant, stored.schedule_key, before=before, limit=limit)
        following = self._positions.print(scope.tenant, page.next) if page.next is not None else ""
        return pb.ListJobRunsResponse(runs=map(_dump_run, page.runs), next=following)

    async def PreviewJob(self, request: pb.PreviewJobRequest, context: Context) -> pb.PreviewJobResponse:
        _PREVIEW.check(request)
        stored = await self._jobs.get(scope_of(context), request.id)
        limit = request.page_size if request.HasField("page_size") else DEFAULT_PAGE
        mails: list[MailMessage] = []
        async for mail in self._previews.mails(stored):
            mails.append(mail)
            if len(mails) > limit:
                break
        shown = fitting(_dump_mails(mails[:limit]))
        return pb.PreviewJobResponse(
            next_runs=map(rfc3339_ms, self._jobs.next_runs(stored)), mails=shown, has_more=len(mails) > len(shown)
        )

    async def RunJob(self, request: pb.RunJobRequest, context: Context) -> pb.JobRun:
        scope = scope_of(context)
        stored = await self._jobs.existing(scope, request.id)
        run = await self._runs.run_now(scope.tenant, stored.schedule_key, reserved_id=scope.reserved_id)
        return _dump_run(run)


def _load(message: pb.Job) -> JobDraft:
    """The draft of a message. Raises InvalidInput with all violations of its form."""
    _NEW.check(message)
    request_hash = sha256(message.SerializeToString(deterministic=True)).digest()
    return JobDraft(**_values(message), request_hash=request_hash)


def _load_changes(message: pb.Job, job_id: str) -> dict[str, Any]:
    """The changed fields of a message. Raises InvalidInput as `_load`, and for the id of another job."""
    _CHANGED.check(message)
    if message.id not in {"", job_id}:
        raise InvalidInput.of("id", "must be that of the path")
    return {name: value for name, value in _values(message).items() if name != "id"}


def _values(message: pb.Job) -> dict[str, Any]:
    """The fields of a draft that the message sets."""
    values = REQUEST.load(message)
    parameters = message.job_parameters
    values |= {name: getattr(parameters, name) for name in ("campaign_id", "utm_medium") if parameters.HasField(name)}
    if message.HasField("catch_up"):
        values["catch_up"] = pb.Job.CatchUp.Name(message.catch_up).lower()
    if message.HasField("overlap"):
        values["overlap"] = pb.Job.Overlap.Name(message.overlap).lower()
    return values


def _dump(stored: StoredJob) -> pb.Job:
    message = RESPONSE.dump(stored)
    message.deleted = stored.deleted_at is not None
    message.job_parameters.campaign_id = stored.campaign_id
    message.job_parameters.utm_medium = stored.utm_medium
    if stored.catch_up != _DEFAULTS.catch_up:
        message.catch_up = pb.Job.CatchUp.Value(stored.catch_up.upper())
    if stored.overlap != _DEFAULTS.overlap:
        message.overlap = pb.Job.Overlap.Value(stored.overlap.upper())
    return message


async def _response(stored: StoredJob, context: Context) -> pb.Job:
    set_rest_response(context, etag=etag_of(stored.version))
    return _dump(stored)


def _dump_run(run: RunRecord) -> pb.JobRun:
    return pb.JobRun(
        id=run.id,
        cause=pb.JobRun.Cause.Value(run.cause),
        state=pb.JobRun.State.Value(run.state),
        scheduled_at=rfc3339_ms(run.scheduled_at),
        started_at=None if run.started_at is None else rfc3339_ms(run.started_at),
        ended_at=None if run.ended_at is None else rfc3339_ms(run.ended_at),
        mailed=run.mailed,
        note=run.note,
        next_attempt_at=None if run.next_attempt_at is None else rfc3339_ms(run.next_attempt_at),
    )


def _dump_mails(mails: Sequence[MailMessage]) -> list[pb.JobLetter]:
    return [
        pb.JobLetter(
            to=mail.to,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            template_id=mail.template_id,
            data=struct_of(mail.data),
        )
        for mail in mails
    ]
