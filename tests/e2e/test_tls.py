"""TLS and mutual TLS of both ports, and certificates that are renewed while they serve."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import grpc
import pytest
from cryptography import x509
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.e2e.instances import Instance, instance
from tests.support.authority import Authority, Pair
from tests.support.waiting import PATIENCE_S, until

AUTHORITY = Authority()
CLIENT = AUTHORITY.issue("client")
STRANGER = Authority("stranger").issue("client")


@pytest.fixture(scope="module")
def files() -> Iterator[Path]:
    with TemporaryDirectory(prefix="tidings-tls-") as directory:
        path = Path(directory)
        AUTHORITY.issue("server").write(path, "server")
        CLIENT.write(path, "client")
        STRANGER.write(path, "stranger")
        (path / "clients.pem").write_bytes(AUTHORITY.certificate)
        yield path


@pytest.fixture(scope="module")
def served(files: Path) -> Iterator[Instance]:
    names = {"tls_cert": "server.pem", "tls_key": "server.key", "tls_client_ca": "clients.pem"}
    with instance(**{name: str(files / file) for name, file in names.items()}) as started:
        yield started


def health(channel: grpc.aio.Channel) -> Any:
    """The stub of gRPC's health service; its type stubs have no methods."""
    return health_pb2_grpc.HealthStub(channel)


def context(files: Path, client: str | None = "client") -> ssl.SSLContext:
    trusted = ssl.create_default_context(cadata=AUTHORITY.certificate.decode())
    if client:
        trusted.load_cert_chain(files / f"{client}.pem", files / f"{client}.key")
    return trusted


async def status(served: Instance, tls: ssl.SSLContext) -> int:
    address = f"https://127.0.0.1:{served.ports['REST']}/version"
    async with aiohttp.ClientSession() as session, session.get(address, ssl=tls) as answer:
        return answer.status


async def version(served: Instance, tls: ssl.SSLContext) -> dict[str, object]:
    address = f"https://127.0.0.1:{served.ports['REST']}/version"
    async with aiohttp.ClientSession() as session, session.get(address, ssl=tls) as answer:
        found: dict[str, object] = await answer.json()
        return found


async def grpc_health(served: Instance, client: Pair | None) -> int:
    shown = {"private_key": client.key, "certificate_chain": client.certificate} if client else {}
    credentials = grpc.ssl_channel_credentials(AUTHORITY.certificate, **shown)
    async with grpc.aio.secure_channel(served.grpc, credentials) as channel:
        answer = await health(channel).Check(health_pb2.HealthCheckRequest(), timeout=PATIENCE_S)
    return int(answer.status)


async def shown_serial(port: int, tls: ssl.SSLContext) -> int:
    """The serial number of the certificate that a port shows to a new connection."""
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return x509.load_der_x509_certificate(der).serial_number


async def test_a_client_with_a_certificate_is_accepted(served: Instance, files: Path) -> None:
    assert await status(served, context(files)) == 200
    found = await version(served, context(files))
    assert (found["grpcPort"], found["grpcTls"]) == (int(served.grpc.rpartition(":")[2]), True)
    assert await grpc_health(served, CLIENT) == health_pb2.HealthCheckResponse.SERVING


@pytest.mark.parametrize("client", [None, "stranger"])
async def test_others_are_not(served: Instance, files: Path, client: str | None) -> None:
    with pytest.raises((aiohttp.ClientError, ssl.SSLError, ConnectionError)):
        await status(served, context(files, client))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await grpc_health(served, STRANGER if client else None)
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_plain_connections_are_refused(served: Instance) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"http://127.0.0.1:{served.ports['REST']}/version")
    async with grpc.aio.insecure_channel(served.grpc) as channel:
        with pytest.raises(grpc.aio.AioRpcError):
            await health(channel).Check(health_pb2.HealthCheckRequest(), timeout=PATIENCE_S)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
async def test_old_versions_of_tls_are_refused(served: Instance, files: Path) -> None:
    tls = context(files)
    tls.minimum_version = ssl.TLSVersion.TLSv1
    tls.maximum_version = ssl.TLSVersion.TLSv1_1
    tls.set_ciphers("DEFAULT:@SECLEVEL=0")
    for port in (served.ports["REST"], served.ports["gRPC"]):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await shown_serial(port, tls)


@pytest.mark.parametrize("port", ["REST", "gRPC"])
async def test_a_renewed_certificate_is_shown_without_a_restart(served: Instance, files: Path, port: str) -> None:
    tls = context(files)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls)) as session:
        address = f"https://127.0.0.1:{served.ports['REST']}/version"
        async with session.get(address) as answer:
            assert answer.status == 200
        renewed = AUTHORITY.issue("server")
        renewed.write(files, "server")
        serial = x509.load_pem_x509_certificate(renewed.certificate).serial_number
        await until(lambda: shown_serial(served.ports[port], tls), lambda shown: shown == serial)
        async with session.get(address) as answer:  # on the connection that was open all the while
            assert answer.status == 200


def test_a_certificate_without_its_key_refuses_to_start(files: Path, make_instance: Callable[..., Instance]) -> None:
    with pytest.raises(RuntimeError, match="is not the key of the certificate"):
        make_instance(tls_cert=str(files / "client.pem"), tls_key=str(files / "stranger.key"))
    with pytest.raises(RuntimeError, match="TIDINGS_TLS_CERT and TIDINGS_TLS_KEY go together"):
        make_instance(tls_cert=str(files / "client.pem"))
