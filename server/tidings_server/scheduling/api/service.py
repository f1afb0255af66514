"""ScheduledEventService and AccountService: document 004 and its extensions."""

from collections.abc import Sequence
from typing import Final

from tidings.scheduling.v1 import accounts_pb2, accounts_pb2_grpc, events_pb2_grpc
from tidings.scheduling.v1 import events_pb2 as pb
from tidings_server.identity.store_login import StoreLogin
from tidings_server.log.positions import Positions
from tidings_server.platform.errors import InvalidInput
from tidings_server.platform.worker_threads import off_loop
from tidings_server.rpc.answer_size import fitting_with_next
from tidings_server.rpc.metadata import Context, call_of, scope_of
from tidings_server.scheduling.api import messages
from tidings_server.scheduling.scheduled_events.scheduled_events import ScheduledEvents
from tidings_server.scheduling.store.scheduled_events import StoredScheduledEvent

ACCEPTED: Final = 202
MAX_PAGE: Final = 100
MAX_DIGITS: Final = 9


class ScheduledEventService(events_pb2_grpc.ScheduledEventServiceServicer):
    """Scheduled events of the caller's store."""

    def __init__(self, events: ScheduledEvents, positions: Positions) -> None:
        self._events = events
        self._positions = positions

    async def ListScheduledEvents(
        self, request: pb.ListScheduledEventsRequest, context: Context
    ) -> pb.ScheduledEventsResponse:
        return _listed(await self._events.of_store(scope_of(context), after=_after(request.after)))

    async def ListUserScheduledEvents(
        self, request: pb.ListUserScheduledEventsRequest, context: Context
    ) -> pb.ScheduledEventsResponse:
        return _listed(await self._events.of_user(scope_of(context), after=_after(request.after)))

    async def CreateScheduledEvent(
        self, request: pb.CreateScheduledEventRequest, context: Context
    ) -> pb.ScheduledEvent:
        scope, event = scope_of(context), request.event
        draft = await off_loop(lambda: messages.load(event), tenant=scope.tenant, size=event.ByteSize())
        stored = await self._events.create(scope, draft)
        return messages.dump(stored)

    async def DeleteScheduledEvent(
        self, request: pb.DeleteScheduledEventRequest, context: Context
    ) -> pb.DeleteScheduledEventResponse:
        await self._events.remove(scope_of(context), request.id)
        return pb.DeleteScheduledEventResponse()

    async def PreviewScheduledEvent(
        self, request: pb.PreviewScheduledEventRequest, context: Context
    ) -> pb.PreviewScheduledEventResponse:
        return messages.dump_preview(await self._events.preview(scope_of(context), request.id))

    async def RunScheduledEvent(self, request: pb.RunScheduledEventRequest, context: Context) -> pb.ScheduledEventRun:
        run = await self._events.run_now(scope_of(context), request.id)
        return messages.dump_run(run)

    async def ListScheduledEventRuns(
        self, request: pb.ListScheduledEventRunsRequest, context: Context
    ) -> pb.ListScheduledEventRunsResponse:
        limit = request.limit if request.HasField("limit") else MAX_PAGE
        if not 1 <= limit <= MAX_PAGE:
            raise InvalidInput.of("limit", f"must be 1 to {MAX_PAGE}", "a number")
        scope = scope_of(context)
        before = self._positions.parse(scope.tenant, request.before, field="before") if request.before else None
        page = await self._events.runs(scope, request.id, before=before, limit=limit)
        following = None if page.next is None else self._positions.print(scope.tenant, page.next)
        return pb.ListScheduledEventRunsResponse(runs=map(messages.dump_run, page.runs), next=following)


def _listed(stored: Sequence[StoredScheduledEvent]) -> pb.ScheduledEventsResponse:
    shown = fitting_with_next(list(map(messages.dump, stored)), lambda last: str(last.id))
    return pb.ScheduledEventsResponse(events=shown.messages, next=shown.next)


def _after(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS):
        raise InvalidInput.of("after", "must be the id of a scheduled event")
    return int(text)


class AccountService(accounts_pb2_grpc.AccountServiceServicer):
    """Login of users of a store. Needs no credentials but those in the request."""

    def __init__(self, login: StoreLogin) -> None:
        self._login = login

    async def LogIn(self, request: accounts_pb2.LogInRequest, context: Context) -> accounts_pb2.LogInResponse:
        call, credentials = call_of(context), request.credentials
        user = await self._login.log_in(
            call.metadata.get("store", ""), username=credentials.username, password=credentials.password
        )
        call.rest_response["cache-control"] = "no-store"
        return accounts_pb2.LogInResponse(user_id=user.user_id, user_token=user.token)
