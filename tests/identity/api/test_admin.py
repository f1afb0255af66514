"""The operator's API: tenants, clients, parked events, health, version."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, cast

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.installation import Installation, failure_of
from tidings.admin.v1 import operations_pb2 as ops
from tidings.admin.v1 import tenants_pb2 as pb
from tidings.admin.v1.operations_pb2_grpc import OperationsServiceStub
from tidings.admin.v1.tenants_pb2_grpc import TenantServiceStub
from tidings_server.composition.public_base import PublicBase
from tidings_server.identity.api.operations import OperationsService
from tidings_server.identity.api.tenants import TenantService
from tidings_server.identity.store import tenants
from tidings_server.identity.tenant_quotas import TenantQuotas
from tidings_server.log.dead_letters import DeadLetters
from tidings_server.log.event_counts import event_counts_runner
from tidings_server.log.server_state import ServerState
from tidings_server.log.shard_runners import ShardRunners
from tidings_server.log.store import failed_events
from tidings_server.platform.heartbeats import Heartbeats
from tidings_server.rpc.dialects import BY_SERVICE
from tidings_server.rpc.health import Health
from tidings_server.rpc.server import make_server
from tidings_server.settings import Settings
from tidings_server.storage.log import events
from tidings_server.storage.log.records import Api, EventRecord

Metadata = tuple[tuple[str, str], ...]


class Disk:
    """Whether the server is able to serve."""

    is_fine = True


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def health(installation: Installation, disk: Disk) -> Health:
    return Health(installation.clock, is_able=lambda: disk.is_fine, workers=Heartbeats(installation.clock))


@pytest.fixture
async def channel(installation: Installation, health: Health) -> AsyncIterator[grpc.aio.Channel]:
    letters = DeadLetters(installation.database, installation.clock, tenants.tenant_ids)
    database, clock = installation.database, installation.clock
    counters = ShardRunners(database.shards, partial(event_counts_runner, database, clock))
    state = ServerState(database, {"event_counts": counters})
    operations = OperationsService(health, letters, state, PublicBase(Settings()), version="1.2.3", schema="0001")
    async with installation.serving(
        TenantService(installation.tenants, TenantQuotas(installation.database, installation.tenants)), operations
    ) as channel:
        yield channel


@pytest.fixture
def operator(installation: Installation) -> Metadata:
    return (("authorization", f"Bearer {installation.demo['operator_token']}"),)


async def test_a_tenant_is_created_read_and_listed(channel: grpc.aio.Channel, operator: Metadata) -> None:
    stub = TenantServiceStub(channel)
    call = stub.CreateTenant(pb.CreateTenantRequest(name="third"), metadata=operator)
    made = await call
    assert dict(await call.trailing_metadata())["location"] == f"/admin/v1/tenants/{made.id}"
    assert (made.name, made.number, made.state) == ("third", 3, "ACTIVE")
    assert await stub.GetTenant(pb.GetTenantRequest(id=made.id), metadata=operator) == made
    first = await stub.ListTenants(pb.ListTenantsRequest(page_size=2), metadata=operator)
    last = await stub.ListTenants(pb.ListTenantsRequest(page_size=2, after=first.next), metadata=operator)
    assert [tenant.name for tenant in (*first.tenants, *last.tenants)] == ["demo", "other-tenant", "third"]
    assert (first.next, last.HasField("next")) == (2, False)


async def test_a_client_is_created_and_its_secret_shown_once(
    installation: Installation, channel: grpc.aio.Channel, operator: Metadata
) -> None:
    stub = TenantServiceStub(channel)
    request = pb.CreateClientRequest(tenant_id="demo", grants=["events:write"], retailer_id="1")
    made = await stub.CreateClient(request, metadata=operator)
    assert (made.tenant_id, list(made.grants), made.retailer_id) == (
        installation.demo["tenant_id"],
        ["events:write"],
        "1",
    )
    scope = await installation.credentials.bearer(await installation.token_of(made.client_id, made.client_secret))
    assert (scope.tenant_name, scope.retailer_id, scope.grants) == ("demo", "1", frozenset({"events:write"}))


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (pb.CreateTenantRequest(), 400),
        (pb.CreateTenantRequest(name="a b"), 400),
        (pb.CreateTenantRequest(name="demo"), 409),
        (pb.ListTenantsRequest(page_size=-1), 400),
        (pb.ListTenantsRequest(page_size=501), 400),
        (pb.GetTenantRequest(id="nosuch"), 404),
        (pb.CreateClientRequest(tenant_id="nosuch"), 404),
        (pb.CreateClientRequest(tenant_id="demo", grants=["admin"]), 400),
        (pb.CreateClientRequest(tenant_id="demo", retailer_id="2"), 400),
    ],
)
async def test_bad_input_is_refused(
    channel: grpc.aio.Channel, operator: Metadata, request_: object, status: int
) -> None:
    call = getattr(TenantServiceStub(channel), type(request_).__name__.removesuffix("Request"))
    assert (await failure_of(call(request_, metadata=operator))).status == status


async def test_only_the_operator_is_authorized(installation: Installation, channel: grpc.aio.Channel) -> None:
    for shown in ("", await installation.token(), installation.demo["client_secret"]):
        bad = (("authorization", f"Bearer {shown}"),)
        failures = [
            await failure_of(TenantServiceStub(channel).ListTenants(pb.ListTenantsRequest(), metadata=bad)),
            await failure_of(
                OperationsServiceStub(channel).ListParkedEvents(ops.ListParkedEventsRequest(), metadata=bad)
            ),
        ]
        assert [failure.status for failure in failures] == [401, 401]
        assert [failure.content_type for failure in failures] == ["application/problem+json"] * 2


async def test_health_and_version_need_no_credentials(channel: grpc.aio.Channel, health: Health, disk: Disk) -> None:
    stub = OperationsServiceStub(channel)
    assert (await stub.GetVersion(ops.GetVersionRequest())) == ops.Version(
        version="1.2.3", schema="0001", grpc_port=50051, grpc_tls=False
    )
    assert (await failure_of(stub.GetHealth(ops.GetHealthRequest()))).status == 503
    await health.open()
    assert (await stub.GetHealth(ops.GetHealthRequest())).status == "SERVING"
    disk.is_fine = False
    assert (await failure_of(stub.GetHealth(ops.GetHealthRequest()))).status == 503
    disk.is_fine = True
    await health.close()
    assert (await failure_of(stub.GetHealth(ops.GetHealthRequest()))).status == 503


async def test_grpc_s_own_health_service_follows(health: Health, disk: Disk) -> None:
    server = make_server([], interceptors=[], max_concurrent_rpcs=10)
    health.register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    statuses = HealthCheckResponse
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub: Any = HealthStub(channel)  # its type stubs have no methods
        await health.run_once()
        watched = stub.Watch(HealthCheckRequest(service="tidings.collector.v1.EventService"))
        seen = [(await watched.read()).status]
        await health.open()
        seen.append((await watched.read()).status)
        disk.is_fine = False
        await health.run_once()
        seen.append((await watched.read()).status)
        watched.cancel()
        reflection: Any = ServerReflectionStub(cast("grpc.Channel", channel))
        services = reflection.ServerReflectionInfo(iter([ServerReflectionRequest(list_services="")]))
        listed = {service.name for service in (await services.read()).list_services_response.service}
    await server.stop(None)
    assert seen == [statuses.NOT_SERVING, statuses.SERVING, statuses.NOT_SERVING]
    assert set(BY_SERVICE) < listed


async def test_dead_letters_are_listed_and_retried(
    installation: Installation, channel: grpc.aio.Channel, operator: Metadata
) -> None:
    await _park(installation, count=3)
    stub = OperationsServiceStub(channel)
    first = await stub.ListParkedEvents(ops.ListParkedEventsRequest(page_size=2), metadata=operator)
    last = await stub.ListParkedEvents(ops.ListParkedEventsRequest(page_size=2, after=first.next), metadata=operator)
    parked = [*first.events, *last.events]
    assert [one.event_id for one in parked] == ["e-0", "e-1", "e-2"]
    assert not last.HasField("next")
    assert parked[0] == ops.ParkedEvent(
        id=parked[0].id,
        reactor="router",
        key="k-0",
        tenant_id=installation.demo["tenant_id"],
        event_id="e-0",
        attempts=8,
        error="ValueError: bad",
    )
    await stub.RetryParkedEvent(ops.RetryParkedEventRequest(id=parked[0].id), metadata=operator)
    left = await stub.ListParkedEvents(ops.ListParkedEventsRequest(), metadata=operator)
    assert [one.event_id for one in left.events] == ["e-1", "e-2"]


@pytest.mark.parametrize("bad", ["0", "-1", "x", "9" * 30, "", "１"])
async def test_an_unknown_dead_letter_is_not_found(channel: grpc.aio.Channel, operator: Metadata, bad: str) -> None:
    call = OperationsServiceStub(channel).RetryParkedEvent(ops.RetryParkedEventRequest(id=bad), metadata=operator)
    assert (await failure_of(call)).status == 404


@pytest.mark.parametrize(
    "request_",
    [
        ops.ListParkedEventsRequest(after="x"),
        ops.ListParkedEventsRequest(after="-1"),
        ops.ListParkedEventsRequest(page_size=-1),
        ops.ListParkedEventsRequest(page_size=501),
    ],
)
async def test_a_bad_page_of_dead_letters_is_refused(
    channel: grpc.aio.Channel, operator: Metadata, request_: ops.ListParkedEventsRequest
) -> None:
    call = OperationsServiceStub(channel).ListParkedEvents(request_, metadata=operator)
    assert (await failure_of(call)).status == 400


async def _park(installation: Installation, *, count: int) -> None:
    """Events whose last retry in the consumer `router` has failed."""
    now = installation.clock.now_us()

    async def transaction(conn: AsyncConnection) -> None:
        rows = []
        for index in range(count):
            nothing: dict[str, Any] = dict.fromkeys(EventRecord._fields)
            known = {
                "tenant_id": 1,
                "api": Api.COLLECTOR,
                "event_id": f"e-{index}",
                "topic": "order.created",
                "hops": 0,
            }
            times = {"occurred_at": now, "recorded_at": now, "body_hash": b"h" * 32, "body": b""}
            [seq] = await events.append_in(conn, [EventRecord(**{**nothing, **known, **times})])
            rows.append(
                {
                    "consumer": "router",
                    "key": f"k-{index}",
                    "seq": seq,
                    "tenant_id": 1,
                    "attempts": 7,
                    "due_at": now,
                    "error": "",
                }
            )
        await failed_events.add(conn, rows)
        for failed in await failed_events.due(conn, "router", now=now, limit=10):
            await failed_events.give_up(conn, failed, now=now, error="ValueError: bad")

    await installation.database.write_queue.run(transaction)
    await asyncio.sleep(0)


async def test_the_state_names_the_lag_of_each_consumer_and_what_is_stored(
    installation: Installation, channel: grpc.aio.Channel, operator: Metadata
) -> None:
    stub = OperationsServiceStub(channel)
    await _park(installation, count=2)
    [behind] = (await stub.GetServerState(ops.GetServerStateRequest(), metadata=operator)).consumers
    assert (behind.name, behind.lag > 1) == ("event_counts", True)
    assert behind.behind_since > "2000"
    counter = event_counts_runner(installation.database, installation.clock)
    while await counter.run_once():
        pass
    state = await stub.GetServerState(ops.GetServerStateRequest(), metadata=operator)
    assert (state.consumers[0].lag, state.consumers[0].HasField("behind_since")) == (0, False)
    assert state.storage.used_bytes > 0
    assert not state.storage.is_low
