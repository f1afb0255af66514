"""The configuration of nginx that the guide has, before a running server (Debian: nginx-light)."""

import io
import json
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from getpass import getuser
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.e2e.instances import Instance, free_port, instance
from tests.e2e.rest import Rest, demo_rest
from tests.support.authority import Authority
from tests.support.waiting import PATIENCE_S, blocking_until
from tidings.admin.v1.tenants_pb2 import CreateTenantRequest
from tidings.admin.v1.tenants_pb2_grpc import TenantServiceStub

pytestmark = pytest.mark.toolchain

GUIDE = Path(__file__).parents[2] / "deploy" / "proxies" / "nginx.conf"
CALLER = "127.0.0.2"
EVENTS = "/api/v1/events"
AUTHORITY = Authority()
MAIN = """
daemon off;
user {user};
pid {directory}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    {paths}
    include {directory}/tidings.conf;
}}
"""
BODIES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
DEFAULTS = "server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{rest}; }} }}"
"""Configuration of nginx's own first page: it speaks HTTP/1.0 to the server."""


@pytest.fixture(scope="module")
def server() -> Iterator[Instance]:
    with instance(proxy_networks="127.0.0.1/32") as started:
        yield started


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Starts nginx with a configuration, and ends it with the test."""
    with ExitStack() as stack:
        yield lambda text: stack.enter_context(running(tmp_path, text))


@contextmanager
def running(directory: Path, text: str) -> Iterator[None]:
    binary = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if binary is None:
        raise FileNotFoundError("No nginx: install the Debian package nginx-light.")
    directory.chmod(0o755)
    (directory / "tidings.conf").write_text(text)
    paths = "\n".join(f"{name}_temp_path {directory}/{name};" for name in BODIES)
    (directory / "nginx.conf").write_text(MAIN.format(directory=directory, paths=paths, user=getuser()))
    command = (binary, "-p", str(directory), "-c", str(directory / "nginx.conf"))
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        blocking_until(lambda: (directory / "nginx.pid").exists() or process.poll() is not None, bool)
        assert process.poll() is None, process.stderr and process.stderr.read()
        yield
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


def guide(server: Instance, directory: Path, *, rest: int, grpc: int) -> str:
    """The guide's file, for these ports and a certificate of the tests' authority."""
    chain, key = AUTHORITY.issue("server").write(directory, "server")
    replaced = {
        "listen 443 ": f"listen 127.0.0.1:{rest} ",
        "listen 50443 ": f"listen 127.0.0.1:{grpc} ",
        "127.0.0.1:8080": f"127.0.0.1:{server.ports['REST']}",
        "127.0.0.1:50051": f"127.0.0.1:{server.ports['gRPC']}",
        "/etc/tidings/chain.pem": str(chain),
        "/etc/tidings/key.pem": str(key),
    }
    text = GUIDE.read_text()
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    return text


async def test_calls_streams_and_batches_go_through_the_guides_nginx(
    server: Instance, nginx: Callable[[str], None], tmp_path: Path
) -> None:
    rest_port, grpc_port = free_port(), free_port()
    nginx(guide(server, tmp_path, rest=rest_port, grpc=grpc_port))
    trusted = ssl.create_default_context(cadata=AUTHORITY.certificate.decode())
    connector = aiohttp.TCPConnector(ssl=trusted, local_addr=(CALLER, 0))
    async with aiohttp.ClientSession() as plain, aiohttp.ClientSession(connector=connector) as session:
        own = await demo_rest(plain, server)
        rest = Rest(session, f"https://127.0.0.1:{rest_port}", own.headers)
        async with session.get(f"{rest.base}/api/v1/event-stream", headers=rest.headers) as stream:
            run = uuid4().hex
            assert (await rest("POST", EVENTS, json=order(run))).status in {200, 201}
            while True:
                line = await stream.content.readline()
                if line.startswith(b"data:") and run in line.decode():
                    break
        batch = [order(f"{run}-{number}") | {"event_payload": {"x": "y" * 9_000}} for number in range(300)]
        large = io.BytesIO(json.dumps({"events": batch}).encode())
        stored = await rest("POST", f"{EVENTS}/batch", data=large, headers={"content-type": "application/json"})
        assert stored.status in {200, 201}
        refused = await rest("GET", "/api/v1/nothing")
        assert (refused.status, refused.headers["content-type"]) == (404, "application/problem+json")
        headers = {"authorization": f"Bearer {server.demo['operator_token']}", "x-forwarded-for": "203.0.113.9"}
        name = f"via-{run[:8]}"
        made = await rest("POST", "/admin/v1/tenants", headers=headers, json={"name": name})
        assert made.status in {200, 201}
        audit = await own("GET", "/admin/v1/audit?pageSize=20", headers=headers)
    peers = {record["peer"] for record in audit.json["records"] if record["resource"] == made.json["id"]}
    assert peers == {CALLER}, "the caller's, not nginx's, and not the one that the caller claims"


async def test_grpc_goes_through_the_guides_nginx(
    server: Instance, nginx: Callable[[str], None], tmp_path: Path
) -> None:
    grpc_port = free_port()
    nginx(guide(server, tmp_path, rest=free_port(), grpc=grpc_port))
    credentials = grpc.ssl_channel_credentials(AUTHORITY.certificate)
    async with grpc.aio.secure_channel(f"127.0.0.1:{grpc_port}", credentials) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)  # its stubs have no methods
        found = await health.Check(health_pb2.HealthCheckRequest(), timeout=PATIENCE_S)
        assert found.status == health_pb2.HealthCheckResponse.SERVING
        metadata = (("authorization", f"Bearer {server.demo['operator_token']}"),)
        request = CreateTenantRequest(name=f"grpc-{uuid4().hex[:8]}")
        assert (await TenantServiceStub(channel).CreateTenant(request, metadata=metadata)).id


async def test_nginx_as_it_comes_is_understood(
    server: Instance, nginx: Callable[[str], None], session: aiohttp.ClientSession
) -> None:
    port = free_port()
    nginx(DEFAULTS.format(port=port, rest=server.ports["REST"]))
    own = await demo_rest(session, server)
    rest = Rest(session, f"http://127.0.0.1:{port}", own.headers)
    name = uuid4().hex
    assert (await rest("POST", EVENTS, json=order(name))).status in {200, 201}
    found = await rest("GET", f"{EVENTS}/{name}")
    assert (found.status, json.loads(found.body)["id"]) == (200, name)


def order(name: str) -> dict[str, object]:
    """An event about an order."""
    return {"id": name, "entity_id": name, "entity_name": "ORDER", "event_type": "ENTITY_EVENT", "event_payload": {}}
