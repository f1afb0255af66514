"""The workflow API served in this process, and gRPC callers: of the account, of two retailers, of another tenant."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.json_format import ParseDict
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status

from tests.support.hub import AUDIT_IDS, Hub
from tests.support.installation import Installation
from tests.support.waiting import PATIENCE_S
from tidings.orchestration.v1 import events_pb2 as pb
from tidings.orchestration.v1.events_pb2_grpc import EventServiceStub
from tidings_server.identity.store import tenants
from tidings_server.log.events import EventLog
from tidings_server.workflow.api.search import SearchLimits
from tidings_server.workflow.api.service import WorkflowEventService
from tidings_server.workflow.event_queries import RecordQueries
from tidings_server.workflow.search_projection import RecordProjection
from tidings_server.workflow.submission import EventSubmission
from tidings_server.workflow.trace import Traces


@dataclass(frozen=True)
class Refusal:
    """A failed call as gRPC clients read it; `fields` are those of BadRequest."""

    code: grpc.StatusCode
    message: str
    reason: str
    domain: str
    fields: dict[str, str]


@dataclass
class World:
    """`metadata` has what each caller sends: `account`, `retailer` (1), `neighbour` (2) and `stranger`."""

    hub: Hub
    stub: Any
    projection: RecordProjection
    metadata: Mapping[str, tuple[tuple[str, str], ...]]

    async def call(self, name: str, message: Any, *, by: str = "retailer", timeout_s: float = PATIENCE_S) -> Any:
        return await getattr(self.stub, name)(message, metadata=self.metadata[by], timeout=timeout_s)

    async def create(self, **event: Any) -> str:
        """Sends an async event as retailer 1's user; its id."""
        return str((await self.call("CreateAsyncEvent", asynchronous(**event))).id)

    async def waited(self, call: Awaitable[Any]) -> Any:
        """The answer to a sync event, which runs while its caller waits."""
        waiting = asyncio.ensure_future(call)
        while not waiting.done():
            await self.hub.run()
            await asyncio.sleep(0)
        return await waiting

    async def search(self, *, by: str = "retailer", **criteria: Any) -> pb.SearchEventsResponse:
        while await self.projection.runner.run_once():
            pass
        request = ParseDict(criteria, pb.SearchEventsRequest())
        found: pb.SearchEventsResponse = await self.call("SearchEvents", request, by=by)
        return found


def new(**changed: Any) -> pb.NewEvent:
    """An event about order ON-1 of the caller's retailer."""
    about = {"name": "Start", "entityType": "order", "entityRef": "ON-1"}
    return ParseDict({**about, **changed}, pb.NewEvent())


def asynchronous(**changed: Any) -> pb.CreateAsyncEventRequest:
    return pb.CreateAsyncEventRequest(event=new(**changed))


def synchronous(**changed: Any) -> pb.CreateSyncEventRequest:
    return pb.CreateSyncEventRequest(event=new(**changed))


async def refusal_of(call: Awaitable[Any]) -> Refusal:
    """The refusal of a call that must fail."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        status = Status.FromString(dict(error.trailing_metadata() or ())["grpc-status-details-bin"])
        info, bad = ErrorInfo(), BadRequest()
        for detail in status.details:
            detail.Unpack(info)
            detail.Unpack(bad)
        fields = {violation.field: violation.description for violation in bad.field_violations}
        return Refusal(error.code(), error.details() or "", info.reason, info.domain, fields)
    raise AssertionError("The call succeeded.")


@asynccontextmanager
async def serving(installation: Installation) -> AsyncIterator[World]:
    """The services on a database; events run when a test calls `run`."""
    database, clock = installation.database, installation.clock
    hub, projection = Hub(database, clock), RecordProjection(database, clock)
    records = RecordQueries(database, projection, AUDIT_IDS)
    events = EventSubmission(database, EventLog(database), hub.waiters)
    service = WorkflowEventService(
        events, records, Traces(database, records), limits=SearchLimits(), clock=clock, ids=installation.ids
    )
    metadata = await _log_in(installation)
    async with installation.serving(service) as channel:
        yield World(hub, EventServiceStub(channel), projection, metadata)


async def _log_in(installation: Installation) -> dict[str, tuple[tuple[str, str], ...]]:
    demo = installation.demo
    clients = {
        "account": (demo["client_id"], demo["client_secret"]),
        "stranger": (installation.other.client_id, installation.other.client_secret),
    }
    await installation.database.write_queue.run(lambda conn: tenants.add_retailer(conn, 1, "2", name="The neighbour"))
    for name, retailer_id in (("retailer", "1"), ("neighbour", "2")):
        made = await installation.tenants.create_client(demo["tenant"], grants=(), retailer_id=retailer_id)
        clients[name] = (made.client_id, made.client_secret)
    tokens = {name: await installation.token_of(*client) for name, client in clients.items()}
    return {name: (("authorization", f"Bearer {token}"),) for name, token in tokens.items()}
