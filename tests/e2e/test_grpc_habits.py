"""What tools for gRPC expect of a server: reflection in both versions, down to methods, and compressed requests."""

from collections.abc import AsyncIterator
from uuid import uuid4

import grpc
import grpc.aio
import pytest
import pytest_asyncio
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse

from tests.e2e.instances import Instance
from tests.support.waiting import PATIENCE_S
from tidings.collector.v1.events_pb2 import CreateEventRequest, Event
from tidings.collector.v1.events_pb2_grpc import EventServiceStub
from tidings.identity.v1.tokens_pb2 import IssueTokenRequest
from tidings.identity.v1.tokens_pb2_grpc import TokenServiceStub

VERSIONS = ("grpc.reflection.v1", "grpc.reflection.v1alpha")
SYMBOLS = (
    "tidings.collector.v1.EventService",
    "tidings.collector.v1.EventService.CreateEvent",
    "tidings.collector.v1.Event",
    "tidings.collector.v1.Event.entity_id",
    "tidings.collector.v1.Event.EventType",
    "tidings.collector.v1.Event.EventType.FAULT",
)


@pytest_asyncio.fixture
async def channel(system: Instance) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(system.grpc, compression=grpc.Compression.Gzip) as channel:
        yield channel


async def ask(channel: grpc.aio.Channel, version: str, request: ServerReflectionRequest) -> ServerReflectionResponse:
    call = channel.stream_stream(
        f"/{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=ServerReflectionRequest.SerializeToString,
        response_deserializer=ServerReflectionResponse.FromString,
    )(iter([request]))
    answer: ServerReflectionResponse = await anext(aiter(call))
    call.cancel()
    return answer


@pytest.mark.parametrize("version", VERSIONS)
async def test_services_are_listed(channel: grpc.aio.Channel, version: str) -> None:
    answer = await ask(channel, version, ServerReflectionRequest(list_services=""))
    names = {one.name for one in answer.list_services_response.service}
    assert {"tidings.collector.v1.EventService", *(f"{one}.ServerReflection" for one in VERSIONS)} <= names


@pytest.mark.parametrize("symbol", [*SYMBOLS, *(f"{one}.ServerReflection" for one in VERSIONS)])
@pytest.mark.parametrize("version", VERSIONS)
async def test_symbols_are_described(channel: grpc.aio.Channel, version: str, symbol: str) -> None:
    answer = await ask(channel, version, ServerReflectionRequest(file_containing_symbol=symbol))
    [*files] = map(FileDescriptorProto.FromString, answer.file_descriptor_response.file_descriptor_proto)
    assert any(symbol.startswith(f"{file.package}.") for file in files), answer.error_response


async def test_an_unknown_symbol_is_not_found(channel: grpc.aio.Channel) -> None:
    for symbol in ("tidings.collector.v1.EventService.NoSuch", "nosuch", ""):
        answer = await ask(channel, VERSIONS[0], ServerReflectionRequest(file_containing_symbol=symbol))
        assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]


async def test_a_call_at_the_port_of_rest_is_told_of_the_other_one(system: Instance) -> None:
    async with grpc.aio.insecure_channel(system.rest.removeprefix("http://")) as channel:
        with pytest.raises(grpc.aio.AioRpcError, match="TIDINGS_GRPC_PORT") as refused:
            await TokenServiceStub(channel).IssueToken(IssueTokenRequest(), timeout=PATIENCE_S)
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_compressed_requests_are_taken(channel: grpc.aio.Channel, system: Instance) -> None:
    demo = system.demo
    health = await HealthStub(channel).Check(HealthCheckRequest())  # type: ignore[attr-defined]  # the stubs leave it out
    assert health.status == HealthCheckResponse.SERVING
    credentials = {name: demo[name] for name in ("client_id", "client_secret")}
    token = await TokenServiceStub(channel).IssueToken(
        IssueTokenRequest(grant_type="client_credentials", **credentials)
    )
    metadata = (("authorization", f"Bearer {token.access_token}"), ("x-twc-tenant", "demo"))
    event = Event(id=uuid4().hex, event_type=Event.FAULT, entity_id="x" * 1_000)
    stored = await EventServiceStub(channel).CreateEvent(CreateEventRequest(event=event), metadata=metadata)
    assert stored == event


async def test_a_compressed_bomb_is_refused(channel: grpc.aio.Channel, system: Instance) -> None:
    demo = system.demo
    credentials = {name: demo[name] for name in ("client_id", "client_secret")}
    request = IssueTokenRequest(grant_type="client_credentials", **credentials)
    token = await TokenServiceStub(channel).IssueToken(request)
    metadata = (("authorization", f"Bearer {token.access_token}"), ("x-twc-tenant", "demo"))
    bomb = CreateEventRequest(event=Event(event_type=Event.FAULT, entity_id="x" * (12 << 20)))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await EventServiceStub(channel).CreateEvent(bomb, metadata=metadata)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "larger than allowed" in str(refused.value.details())
