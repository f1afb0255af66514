"""The configurations of the guide, before a running server, with the proxies themselves.

Debian: nginx-light, haproxy, caddy; Traefik comes by `make test-deploy`.
"""

import asyncio
import io
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import grpc
import pytest
import pytest_asyncio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.e2e.instances import Instance, instance
from tests.e2e.rest import Rest, demo_rest, token
from tests.proxies.programs import AUTHORITY, PROXIES, Ports, before, running, start_nginx
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S
from tidings.admin.v1.tenants_pb2 import CreateTenantRequest
from tidings.admin.v1.tenants_pb2_grpc import TenantServiceStub
from tidings.collector.v1.events_pb2 import WatchEventsRequest
from tidings.collector.v1.events_pb2_grpc import EventServiceStub

pytestmark = pytest.mark.toolchain

EVENTS = "/api/v1/events"
GUESSES = 5
HOSTS = count(2)
FORGED = {"x-forwarded-for": "203.0.113.9"}
DEFAULTS = "server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{rest}; }} }}"
"""Configuration of nginx's own first page: it speaks HTTP/1.0 to the server."""


@pytest.fixture(scope="module")
def server() -> Iterator[Instance]:
    with instance(proxy_networks="127.0.0.1/32", failed_logins_per_minute=str(GUESSES)) as started:
        yield started


@pytest.fixture(scope="module", params=PROXIES)
def ports(
    request: pytest.FixtureRequest, server: Instance, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ports]:
    with before(server, request.param, tmp_path_factory.mktemp(request.param)) as taken:
        yield taken


class Caller:
    """A caller from an address of its own, which nobody else has."""

    def __init__(self, rest: Rest, address: str) -> None:
        self.rest = rest
        self.address = address


class Callers:
    """Callers of one proxy; closed together."""

    def __init__(self, stack: AsyncExitStack, ports: Ports, own: Rest) -> None:
        self._stack = stack
        self._base = f"https://127.0.0.1:{ports.rest}"
        self._headers = own.headers

    async def new(self, headers: dict[str, str] | None = None) -> Caller:
        address = f"127.0.0.{next(HOSTS)}"
        trusted = ssl.create_default_context(cadata=AUTHORITY.certificate.decode())
        connector = aiohttp.TCPConnector(ssl=trusted, local_addr=(address, 0))
        session = await self._stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        return Caller(Rest(session, self._base, self._headers if headers is None else headers), address)


@pytest_asyncio.fixture
async def callers(server: Instance, ports: Ports, session: aiohttp.ClientSession) -> AsyncIterator[Callers]:
    async with AsyncExitStack() as stack:
        yield Callers(stack, ports, await demo_rest(session, server))


async def test_calls_streams_and_batches_go_through(callers: Callers) -> None:
    rest = (await callers.new()).rest
    async with rest.session.get(f"{rest.base}/api/v1/event-stream", headers=rest.headers) as stream:
        run = uuid4().hex
        assert (await rest("POST", EVENTS, json=order(run))).status in {200, 201}
        async with asyncio.timeout(PATIENCE_S):
            async for line in stream.content:
                if line.startswith(b"data:") and run in line.decode():
                    break
        assert stream.connection is not None
        assert stream.connection.transport is not None
        stream.connection.transport.abort()  # closing waits for the proxy, longer than the loop lives
    batch = [order(f"{run}-{number}") | {"event_payload": {"x": "y" * 9_000}} for number in range(300)]
    large = io.BytesIO(json.dumps({"events": batch}).encode())
    stored = await rest("POST", f"{EVENTS}/batch", data=large, headers={"content-type": "application/json"})
    assert stored.status in {200, 201}
    refused = await rest("GET", "/api/v1/nothing")
    assert (refused.status, refused.headers["content-type"]) == (404, "application/problem+json")


async def test_the_audit_trail_has_the_callers_address(server: Instance, callers: Callers) -> None:
    """The proxy's is not shown, and the one that the caller claims is not believed."""
    caller = await callers.new({"authorization": f"Bearer {server.demo['operator_token']}"})
    made = await caller.rest("POST", "/admin/v1/tenants", headers=FORGED, json={"name": f"via-{uuid4().hex[:8]}"})
    assert made.status in {200, 201}
    audit = await caller.rest("GET", f"/admin/v1/audit?resource={made.json['id']}")
    assert {record["peer"] for record in audit.json["records"]} == {caller.address}


async def test_guesses_count_for_the_address_that_made_them(callers: Callers) -> None:
    wrong = {"authorization": "Bearer wrong", "x-twc-tenant": "demo"}
    guesser, neighbour, client = await callers.new(wrong), await callers.new(wrong), await callers.new()
    path = f"{EVENTS}/none"
    statuses = [
        (await guesser.rest("GET", path, headers={"x-forwarded-for": f"203.0.113.{number}"})).status
        for number in range(GUESSES + 1)
    ]
    assert statuses == [401] * GUESSES + [429]
    assert (await neighbour.rest("GET", path)).status == 401
    assert (await client.rest("GET", path)).status == 404


async def test_a_tenants_quota_is_its_own_from_whatever_address(
    server: Instance, callers: Callers, session: aiohttp.ClientSession
) -> None:
    name = f"t-{uuid4().hex[:8]}"
    operator = await callers.new({"authorization": f"Bearer {server.demo['operator_token']}"})
    assert (await operator.rest("POST", "/admin/v1/tenants", json={"name": name})).status in {200, 201}
    await operator.rest("PUT", f"/admin/v1/tenants/{name}/quotas", json={"eventsPerSecond": 1})
    client = (await operator.rest("POST", "/admin/v1/clients", json={"tenantId": name})).json
    bearer = await token(session, server, client=client["clientId"], secret=client["clientSecret"])
    theirs = {"authorization": f"Bearer {bearer}", "x-twc-tenant": name}
    here, there, other = await callers.new(theirs), await callers.new(theirs), await callers.new()
    async with asyncio.timeout(PATIENCE_S):
        while (await here.rest("POST", EVENTS, json=order(uuid4().hex))).status == 201:
            continue
    # At one event a second the other address may get one of these, were its bucket its own all of the first.
    burst = await asyncio.gather(*(there.rest("POST", EVENTS, json=order(uuid4().hex)) for _ in range(10)))
    assert sum(answer.status == 429 for answer in burst) >= 8
    assert all(answer.headers["retry-after"] for answer in burst if answer.status == 429)
    assert (await other.rest("POST", EVENTS, json=order(uuid4().hex))).status == 201


async def test_grpc_goes_through(server: Instance, ports: Ports, callers: Callers) -> None:
    credentials = grpc.ssl_channel_credentials(AUTHORITY.certificate)
    own = (await callers.new()).rest
    bearer = tuple((name, value) for name, value in own.headers.items())
    async with grpc.aio.secure_channel(f"127.0.0.1:{ports.grpc}", credentials) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)  # its stubs have no methods
        found = await health.Check(health_pb2.HealthCheckRequest(), timeout=PATIENCE_S)
        assert found.status == health_pb2.HealthCheckResponse.SERVING
        operator = (("authorization", f"Bearer {server.demo['operator_token']}"),)
        request = CreateTenantRequest(name=f"grpc-{uuid4().hex[:8]}")
        assert (await TenantServiceStub(channel).CreateTenant(request, metadata=operator)).id
        watch = EventServiceStub(channel).WatchEvents(WatchEventsRequest(), metadata=bearer, timeout=PATIENCE_S)
        await watch.initial_metadata()
        run = uuid4().hex
        assert (await own("POST", EVENTS, json=order(run))).status in {200, 201}
        async for response in watch:
            if response.event.id == run:
                break


async def test_nginx_as_it_comes_is_understood(
    server: Instance, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    port = free_port()
    (tmp_path / "first.conf").write_text(DEFAULTS.format(port=port, rest=server.ports["REST"]))
    own = await demo_rest(session, server)
    with running(start_nginx(tmp_path, "first.conf"), "the Debian package nginx-light", tmp_path, (port,)):
        rest = Rest(session, f"http://127.0.0.1:{port}", own.headers)
        name = uuid4().hex
        assert (await rest("POST", EVENTS, json=order(name))).status in {200, 201}
        found = await rest("GET", f"{EVENTS}/{name}")
    assert (found.status, json.loads(found.body)["id"]) == (200, name)


def order(name: str) -> dict[str, object]:
    """An event about an order."""
    return {"id": name, "entity_id": name, "entity_name": "ORDER", "event_type": "ENTITY_EVENT", "event_payload": {}}
