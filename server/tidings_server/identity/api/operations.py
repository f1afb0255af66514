"""The running server, for the operator."""

from typing import Protocol

from tidings.admin.v1 import operations_pb2 as pb
from tidings.admin.v1.operations_pb2_grpc import OperationsServiceServicer
from tidings_server.log.dead_letters import DeadLetter, DeadLetters
from tidings_server.log.server_state import ConsumerLag, ServerState
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.platform.errors import InvalidInput, NotFound, Unavailable
from tidings_server.platform.texts import whole_number
from tidings_server.rpc.answer_size import fitting
from tidings_server.rpc.health import Health
from tidings_server.rpc.metadata import Context

DEFAULT_PAGE = 50
MAX_PAGE = 500
MAX_KEY = 2**63 - 1
MAX_COUNT = 2**32 - 1


class GrpcPort(Protocol):
    """The server's port for gRPC clients: 0 until it is known."""

    @property
    def grpc_port(self) -> int: ...

    @property
    def has_tls(self) -> bool: ...


class OperationsService(OperationsServiceServicer):
    """State of the server. `schema` is the revision of its database."""

    def __init__(
        self,
        health: Health,
        letters: DeadLetters,
        state: ServerState,
        grpc_port: GrpcPort,
        *,
        version: str,
        schema: str,
    ) -> None:
        self._health = health
        self._letters = letters
        self._state = state
        self._grpc_port = grpc_port
        self._version = version
        self._schema = schema

    async def GetHealth(self, request: pb.GetHealthRequest, context: Context) -> pb.Health:
        if not self._health.is_serving:
            raise Unavailable(self._health.reason)
        return pb.Health(status="SERVING")

    async def GetVersion(self, request: pb.GetVersionRequest, context: Context) -> pb.Version:
        port = self._grpc_port
        return pb.Version(
            version=self._version, schema=self._schema, grpc_port=port.grpc_port or None, grpc_tls=port.has_tls
        )

    async def GetServerState(self, request: pb.GetServerStateRequest, context: Context) -> pb.ServerState:
        size = await self._state.storage()
        storage = pb.StorageState(
            used_bytes=size.used_bytes, free_bytes=size.free_bytes, is_low=self._state.is_storage_low
        )
        return pb.ServerState(consumers=map(_consumer, await self._state.consumers()), storage=storage)

    async def ListParkedEvents(
        self, request: pb.ListParkedEventsRequest, context: Context
    ) -> pb.ListParkedEventsResponse:
        if not 0 <= request.page_size <= MAX_PAGE:
            raise InvalidInput.of("pageSize", f"must be 1 to {MAX_PAGE}", "a number")
        size = request.page_size or DEFAULT_PAGE
        after = _key(request.after or "0")
        if after is None:
            raise InvalidInput.of("after", "must be `next` of a page")
        found = await self._letters.page(after=after, limit=size + 1)
        page = fitting(map(_message, found[:size]))
        more = str(found[len(page) - 1].id) if len(found) > len(page) else None
        return pb.ListParkedEventsResponse(events=page, next=more)

    async def RetryParkedEvent(
        self, request: pb.RetryParkedEventRequest, context: Context
    ) -> pb.RetryParkedEventResponse:
        key = _key(request.id)
        if key is None:
            raise NotFound("There is no such parked event.")
        await self._letters.retry(key)
        return pb.RetryParkedEventResponse()


def _key(text: str) -> int | None:
    return whole_number(text, most=MAX_KEY)


def _consumer(lag: ConsumerLag) -> pb.ConsumerState:
    return pb.ConsumerState(
        name=lag.name,
        lag=min(lag.lag, MAX_COUNT),
        behind_since=None if lag.behind_since is None else rfc3339_ms(lag.behind_since),
        retrying=min(lag.retrying, MAX_COUNT),
        parked=min(lag.dead, MAX_COUNT),
    )


def _message(letter: DeadLetter) -> pb.ParkedEvent:
    return pb.ParkedEvent(
        id=str(letter.id),
        reactor=letter.consumer,
        key=letter.key,
        tenant_id=letter.tenant_id,
        event_id=letter.event_id,
        attempts=letter.attempts,
        error=letter.error,
    )
