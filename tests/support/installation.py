"""An installation with the tenant `demo` and one more, and an in-process server before which the gateway stands."""

import io
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from tidings_server.composition.middleware import middleware
from tidings_server.identity.authentication import CredentialVerifier
from tidings_server.identity.demo import DemoCredentials, ensure_demo
from tidings_server.identity.login import Login, TokenRequest
from tidings_server.identity.login_throttle import LoginThrottle
from tidings_server.identity.secret_hashing import Passwords
from tidings_server.identity.tenants import NewClient, Tenants
from tidings_server.identity.tokens import Tokens
from tidings_server.platform.clock import Ids, ManualClock
from tidings_server.platform.sealing import Sealer
from tidings_server.platform.telemetry.logs import AccessLog
from tidings_server.platform.telemetry.traces import Untraced
from tidings_server.rpc.interceptor import MiddlewareInterceptor
from tidings_server.rpc.middleware.idempotency import IdempotencyKeys
from tidings_server.rpc.middleware.rate_limit import LocalRateWindows, RateLimits
from tidings_server.rpc.server import make_server
from tidings_server.storage.database import Database

MASTER_KEY = b"k" * 32
LIFE_S = 3_600


@dataclass
class Installation:
    """One process over a database. `other` is a client of a second tenant, `other-tenant`."""

    database: Database
    clock: ManualClock
    data_dir: Path
    log_lines: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self.ids = Ids(self.clock)
        sealer = Sealer(MASTER_KEY)
        self.tokens = Tokens(self.database, sealer=sealer, clock=self.clock, ids=self.ids, life_s=LIFE_S)
        self.credentials = CredentialVerifier(self.database, tokens=self.tokens, clock=self.clock)
        self.passwords = Passwords()
        self.throttle = LoginThrottle(self.clock, per_minute=1_000_000)
        self.login = Login(
            self.database, tokens=self.tokens, passwords=self.passwords, clock=self.clock, throttle=self.throttle
        )
        self.tenants = Tenants(self.database, clock=self.clock, ids=self.ids)
        self.idempotency_keys = IdempotencyKeys(self.database, sealer=sealer, clock=self.clock, ids=self.ids)
        self.access_log = AccessLog(self.clock, stream=self.log_lines)
        self.demo: DemoCredentials
        self.other: NewClient

    async def provision(self) -> None:
        """Make both tenants."""
        await self.load()
        await self.tenants.create("other-tenant")
        self.other = await self.tenants.create_client("other-tenant", grants=[], retailer_id="")

    async def load(self) -> None:
        """Make demo, or find it."""
        await self.tokens.load()
        demo = await ensure_demo(self.database, self.data_dir, passwords=self.passwords, clock=self.clock, ids=self.ids)
        assert demo is not None
        self.demo = demo

    async def token(self) -> str:
        """A token of demo's client."""
        return await self.token_of(self.demo["client_id"], self.demo["client_secret"])

    async def token_of(self, client_id: str, client_secret: str, scope: str = "") -> str:
        request = TokenRequest("client_credentials", client_id, client_secret, scope=scope)
        return (await self.login.token(request)).access_token

    async def headers(self) -> dict[str, str]:
        """Headers of an authenticated caller of document 000."""
        return {"authorization": f"Bearer {await self.token()}", "x-twc-tenant": self.demo["tenant"]}

    def gateway(self) -> MiddlewareInterceptor:
        stack = middleware(
            credentials=self.credentials,
            limits=RateLimits(LocalRateWindows(), self.clock, per_minute=200),
            keys=self.idempotency_keys,
            lines=self.access_log,
            tracer=Untraced(),
            clock=self.clock,
        )
        return MiddlewareInterceptor(stack, ids=self.ids)

    @asynccontextmanager
    async def serving(self, *servicers: object, edge: Path | None = None) -> AsyncIterator[grpc.aio.Channel]:
        """A channel to a server of these servicers; by the socket `edge`, as Envoy comes, where it is given."""
        server = make_server(servicers, interceptors=[self.gateway()], max_concurrent_rpcs=100)
        port = server.add_insecure_port(f"unix:{edge}" if edge else "127.0.0.1:0")
        await server.start()
        try:
            async with grpc.aio.insecure_channel(f"unix:{edge}" if edge else f"127.0.0.1:{port}") as channel:
                yield channel
        finally:
            await server.stop(5)  # until every call has ended, and been noted

    def rpc_lines(self) -> list[dict[str, Any]]:
        """The lines of the access log so far."""
        self.access_log.flush()
        return [json.loads(line) for line in self.log_lines.getvalue().splitlines()]


@dataclass(frozen=True)
class Failure:
    """A failed call, as clients of gRPC and of REST see it."""

    code: grpc.StatusCode
    status: int
    body: dict[str, Any]
    content_type: str
    trailers: dict[str, Any]


async def failure_of(call: Any) -> Failure:
    """The failure of a call that must fail."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        trailers = dict(error.trailing_metadata())
        return Failure(
            error.code(),
            int(trailers["x-http-code"]),
            json.loads(trailers["x-http-body"]),
            trailers["x-http-content-type"],
            trailers,
        )
    raise AssertionError("The call succeeded.")


def metadata_of(headers: dict[str, str]) -> Sequence[tuple[str, str]]:
    """Headers as a gRPC call takes them."""
    return tuple(headers.items())
