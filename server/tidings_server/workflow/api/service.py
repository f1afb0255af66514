"""WorkflowEventService of document 001; what the document does not have is an Extension of the contract."""

from collections.abc import Callable
from functools import partial
from typing import Final

from tidings.orchestration.v1 import events_pb2 as pb
from tidings.orchestration.v1 import events_pb2_grpc
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import InvalidInput
from tidings_server.platform.worker_threads import off_loop
from tidings_server.rpc.answer_size import fitting
from tidings_server.rpc.json_values import text_or_null
from tidings_server.rpc.metadata import Context, scope_of, set_rest_response
from tidings_server.storage.log.records import EventRecord
from tidings_server.workflow.api import event_messages, search
from tidings_server.workflow.api.search import SearchLimits
from tidings_server.workflow.api.trace import dump_trace
from tidings_server.workflow.audits import EventStatus
from tidings_server.workflow.event_by_id import find_by_id
from tidings_server.workflow.event_queries import RecordQueries
from tidings_server.workflow.submission import EventSubmission, SubmissionResult
from tidings_server.workflow.trace import Traces

PAGE_BYTES: Final = 4 << 20
"""Size of the attributes of an answer, at most: their number says nothing of how nested they are."""
_HTTP_CODES: Final = {EventStatus.NO_MATCH: 404, EventStatus.PENDING: 202}
"""Status codes other than 200. Source: WIRE.md 001, call 4; PENDING is an Extension."""


class WorkflowEventService(events_pb2_grpc.EventServiceServicer):
    """Events of the caller's tenant and, where it belongs to one, of its retailer alone."""

    def __init__(
        self,
        events: EventSubmission,
        records: RecordQueries,
        traces: Traces,
        *,
        limits: SearchLimits,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._events = events
        self._records = records
        self._traces = traces
        self._limits = limits
        self._clock = clock
        self._ids = ids

    async def GetEvent(self, request: pb.GetEventRequest, context: Context) -> pb.Event:
        scope = scope_of(context)
        found = await self._records.get(scope, request.event_id)
        dump = partial(event_messages.dump, found, scope.tenant_name)
        return await off_loop(dump, tenant=scope.tenant, size=PAGE_BYTES)

    async def SearchEvents(self, request: pb.SearchEventsRequest, context: Context) -> pb.SearchEventsResponse:
        scope = scope_of(context)
        count = request.count if request.HasField("count") else None
        page = search.page_range(request.start, count, self._limits.max_count)
        criteria = search.record_filter(
            request, scope.tenant, self._clock.now_us(), has_window_bounds=self._limits.has_window_bounds
        )
        sources = search.sources(request)
        if request.event_id:
            found = await find_by_id(
                self._records,
                scope,
                request.event_id,
                criteria._replace(since=0) if search.is_of_any_time(request) else criteria,
                sources=sources,
                start=page.start,
            )
        else:
            found = await self._records.find(scope, criteria, sources=sources, start=page.start, count=page.size)
        results = await off_loop(
            lambda: fitting(event_messages.dump_all(found.records, scope.tenant_name)),
            tenant=scope.tenant,
            size=PAGE_BYTES,
        )
        is_cut = found.is_cut or len(results) < len(found.records)
        count = len(results) if is_cut else page.size
        return pb.SearchEventsResponse(
            start=page.start, count=count, has_more=found.has_more or is_cut, results=results
        )

    async def CreateAsyncEvent(
        self, request: pb.CreateAsyncEventRequest, context: Context
    ) -> pb.CreateAsyncEventResponse:
        record, is_fresh = await self._load(request.event, context, is_sync=False)
        await self._events.submit(record, is_fresh=is_fresh)
        return pb.CreateAsyncEventResponse(id=record.event_id)

    async def CreateSyncEvent(self, request: pb.CreateSyncEventRequest, context: Context) -> pb.CreateSyncEventResponse:
        record, is_fresh = await self._load(request.event, context, is_sync=True)
        result = await self._events.submit_and_wait(record, is_fresh=is_fresh, deadline_s=context.time_remaining())
        set_rest_response(context, code=_HTTP_CODES.get(result.status))
        return _dump_result(result)

    async def TraceEvent(self, request: pb.TraceEventRequest, context: Context) -> pb.EventTrace:
        scope = scope_of(context)
        if request.after < 0:
            raise InvalidInput.of("after", "must be the `next` of a trace of this event")
        trace = await self._traces.of(scope, request.event_id, after=request.after)
        return await off_loop(lambda: dump_trace(trace, scope), tenant=scope.tenant, size=PAGE_BYTES)

    async def _load(self, event: pb.NewEvent, context: Context, *, is_sync: bool) -> tuple[EventRecord, bool]:
        """The record, and whether its id was created just now."""
        scope = scope_of(context)
        is_fresh = not (event.id or scope.reserved_id)
        new_id: Callable[[], str] = self._ids.uuid7
        now_us = self._clock.now_us()
        record = await off_loop(
            lambda: event_messages.load(event, scope, new_id=new_id, now_us=now_us, is_sync=is_sync),
            tenant=scope.tenant,
            size=event.ByteSize(),
        )
        return record, is_fresh


def _dump_result(result: SubmissionResult) -> pb.CreateSyncEventResponse:
    return pb.CreateSyncEventResponse(
        event_id=result.event_id,
        entity_id=text_or_null(result.entity_id),
        event_status=pb.Event.EventStatus.Value(result.status.value),
    )
