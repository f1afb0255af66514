"""The servers that are measured, each in its own process over a data directory of its own."""

import asyncio
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import grpc.aio
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.bench.processes import Child, running
from tests.bench.world import World
from tidings.identity.v1.tokens_pb2 import IssueTokenRequest
from tidings.identity.v1.tokens_pb2_grpc import TokenServiceStub
from tidings_client import ClientCredentials, Tidings
from tidings_server.identity.demo import FILE

NO_SETTINGS: Mapping[str, str] = MappingProxyType({})
START_S = 120.0
CALL_S = 30.0
TENANT = 1
"""The number of the tenant `demo`, which a server makes in an empty data directory."""

FASTAPI_CONNECTIONS = 5
"""SQLAlchemy's own default, and as fast as any other number here: SQLite has one writer."""

ENVIRONMENT = {
    "TIDINGS_HTTP_PORT": "0",
    "TIDINGS_GRPC_PORT": "0",
    "TIDINGS_METRICS_PORT": "0",
    "TIDINGS_EGRESS_ALLOW": "127.0.0.0/8",
}


def on_database(url: str) -> dict[str, str]:
    """Settings of processes over one PostgreSQL."""
    return {"TIDINGS_DATABASE_URL": url, "TIDINGS_MASTER_KEY": urlsafe_b64encode(bytes(32)).decode()}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, and what a client of its tenant `demo` sends with every call.

    `http`: a URL without a path; `metrics`: the whole one.
    """

    child: Child
    headers: Mapping[str, str]
    http: str = ""
    grpc: str = ""
    metrics: str = ""
    demo: Mapping[str, Any] | None = None
    beside: tuple[int, ...] = ()
    """Process ids of its stores."""


@contextmanager
def serving(
    data: Path,
    world: World,
    *,
    envoy: bool = False,
    stores: bool = True,
    settings: Mapping[str, str] = NO_SETTINGS,
) -> Iterator[Server]:
    """Tidings over a data directory: with `stores` off, appends are answered at once and kept nowhere."""
    env = ENVIRONMENT | {"TIDINGS_DATA_DIR": str(data), **settings}
    job = {"envoy": envoy, "stores": stores}
    with running("tests.bench.serve", job, directory=world.directory, env=env) as child:
        ports = child.answer(within_s=START_S)
        demo = json.loads((data / FILE).read_text())
        target = f"127.0.0.1:{ports['grpc']}"
        yield Server(
            child=child,
            headers={"authorization": f"Bearer {asyncio.run(_token(target, demo))}", "x-twc-tenant": demo["tenant"]},
            http=f"http://127.0.0.1:{ports['http']}",
            grpc=target,
            metrics=f"http://127.0.0.1:{ports['metrics']}/metrics",
            demo=demo,
        )


@contextmanager
def serving_fastapi(data: Path, world: World) -> Iterator[Server]:
    """The FastAPI application over a copy of the same log."""
    key = ECKey.generate_key("P-256")
    job = {
        "database": str(data / "tidings.db"),
        "key": key.as_dict(private=True),
        "pool_size": FASTAPI_CONNECTIONS,
    }
    claims = {"tenant": "demo", "number": TENANT, "sub": "bench", "exp": int(time.time()) + 3_600}
    token = jwt.encode({"alg": "ES256"}, claims, key, algorithms=["ES256"])
    with running("tests.bench.fastapi_baseline", job, directory=world.directory) as child:
        port = child.answer(within_s=START_S)["port"]
        headers = {"authorization": f"Bearer {token}", "x-twc-tenant": "demo"}
        yield Server(child=child, headers=headers, http=f"http://127.0.0.1:{port}")


def client(server: Server) -> AbstractAsyncContextManager[Tidings]:
    """The typed client, for what is set up and not measured."""
    assert server.demo is not None
    credentials = ClientCredentials(server.demo["client_id"], server.demo["client_secret"])
    return Tidings(server.grpc, tenant=server.demo["tenant"], credentials=credentials)


async def _token(target: str, demo: Mapping[str, Any]) -> str:
    request = IssueTokenRequest(
        grant_type="client_credentials", client_id=demo["client_id"], client_secret=demo["client_secret"]
    )
    async with grpc.aio.insecure_channel(target) as channel:
        token = await TokenServiceStub(channel).IssueToken(request, timeout=CALL_S)
    return token.access_token
