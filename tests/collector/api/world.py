"""The collector served in this process, and callers of it that see what a REST client would."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message

from tidings.collector.v1 import deliveries_pb2, event_subscriptions_pb2, events_pb2, publishing_pb2
from tidings.collector.v1.deliveries_pb2_grpc import add_DeliveryServiceServicer_to_server
from tidings.collector.v1.event_subscriptions_pb2_grpc import add_EventSubscriptionServiceServicer_to_server
from tidings.collector.v1.events_pb2_grpc import add_EventServiceServicer_to_server
from tidings.collector.v1.publishing_pb2_grpc import add_PublishServiceServicer_to_server
from tidings_server.collector.api.publishing import PublishService
from tidings_server.collector.api.service import EventService, EventSubscriptionService
from tidings_server.collector.publishing import Publishing
from tidings_server.composition.event_bodies import DOCUMENT_READERS, EVENT_SHAPES
from tidings_server.composition.middleware import middleware
from tidings_server.composition.payloads import DialectBodies, event_conditions
from tidings_server.delivery.api import DeliveryService
from tidings_server.delivery.deliveries import Deliveries
from tidings_server.delivery.delivery_history import DeliveryHistories
from tidings_server.delivery.destination_cache import DestinationCache
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.matching import SubscriptionMatcher
from tidings_server.delivery.message import Destination, DestinationSettings
from tidings_server.delivery.pings import Pings
from tidings_server.delivery.replays import Replays
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.subscription_changes import deactivate_in
from tidings_server.delivery.subscription_secrets import SubscriptionSecrets
from tidings_server.delivery.subscriptions import Subscriptions
from tidings_server.identity.audit import TOPIC
from tidings_server.identity.authentication import CredentialVerifier
from tidings_server.identity.login import Login, TokenRequest
from tidings_server.identity.login_throttle import LoginThrottle
from tidings_server.identity.quotas import Quotas
from tidings_server.identity.secret_hashing import Passwords
from tidings_server.identity.store.quotas import Quota
from tidings_server.identity.tenants import Tenants
from tidings_server.identity.tokens import Tokens
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.events import EventLog
from tidings_server.log.positions import Positions
from tidings_server.log.ranges import LogRanges
from tidings_server.log.search import Search
from tidings_server.log.search_projection import search_runner
from tidings_server.log.watch import Watch
from tidings_server.platform.clock import Ids, SystemClock
from tidings_server.platform.sealing import Sealer
from tidings_server.platform.telemetry.logs import AccessLog
from tidings_server.platform.telemetry.traces import Untraced
from tidings_server.rpc.interceptor import MiddlewareInterceptor
from tidings_server.rpc.method import Rpc, rpc_of
from tidings_server.rpc.middleware.idempotency import IdempotencyKeys
from tidings_server.rpc.middleware.rate_limit import LocalRateWindows, RateLimits
from tidings_server.rpc.server import OPTIONS
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import Api

RPCS: Mapping[str, Rpc] = {
    method.name: rpc_of(f"/{service.full_name}/{method.name}")
    for file in (events_pb2, event_subscriptions_pb2, deliveries_pb2, publishing_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
TENANTS = ("acme", "other")


@dataclass
class Answer:
    """What a REST client would see: `json` is the printed message, or the error's body."""

    status: int
    json: Any
    headers: dict[str, str]


@dataclass
class World:
    """Two tenants, `acme` and `other`, each with a client of its own."""

    channel: grpc.aio.Channel
    database: Database
    tokens: Mapping[str, str]
    projection: ConsumerRunner
    publishing: Publishing
    quotas: Quotas
    tenants: Tenants
    credentials: CredentialVerifier
    target: str

    async def rest(self, call: str, body: Mapping[str, Any] | None = None, **how: Any) -> Answer:
        """Call as the edge does for a REST client; `body` as JSON, by the request's own names."""
        return await self.send(call, ParseDict(dict(body or {}), RPCS[call].request()), **how)

    async def send(self, call: str, request: Message, *, tenant: str = "acme", **headers: str) -> Answer:
        rpc = RPCS[call]
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        ask = self.channel.unary_unary(
            rpc.path, request_serializer=rpc.request.SerializeToString, response_deserializer=rpc.response.FromString
        )
        pending = ask(request, metadata=tuple({**self.of(tenant), **sent}.items()))
        try:
            answer = await pending
        except grpc.aio.AioRpcError as error:
            return _refused(error)
        noted = {name: str(value) for name, value in await pending.initial_metadata()}
        printed = MessageToDict(answer, always_print_fields_with_no_presence=True)
        unwrapped = printed[noted["x-http-unwrap"]] if "x-http-unwrap" in noted else printed
        return Answer(int(noted.get("x-http-code", 200)), unwrapped, noted)

    def of(self, tenant: str) -> dict[str, str]:
        """The metadata of a tenant's REST client behind the edge."""
        return {
            "authorization": f"Bearer {self.tokens[tenant]}",
            "x-twc-tenant": tenant,
            "x-envoy-original-path": "/asked/for?by=rest",
        }

    @asynccontextmanager
    async def projecting(self) -> AsyncIterator[None]:
        """Runs the search projection."""
        running = asyncio.create_task(self.projection.run())
        yield
        running.cancel()

    async def fail(self, subscription_id: str, *, reason: str) -> None:
        """Stops acme's subscription as the server does when its destination keeps failing."""
        async with self.database.read() as conn:
            stored = await table.get(conn, 1, Api.COLLECTOR, subscription_id)
        assert stored is not None
        await self.database.write_queue.run(
            lambda conn: deactivate_in(conn, stored, reason=reason, at_us=stored.updated_at, event_id=str(uuid4()))
        )

    async def stored(self) -> tuple[int, int]:
        """How many events and subscriptions there are: what a refused call must not change. Audit records aside."""
        async with self.database.read() as conn:
            subscriptions = [await table.count(conn, tenant) for tenant in (1, 2)]
            events = await log.page(conn, after=0, limit=1_000)
            return len([event for event in events if event.topic != TOPIC]), sum(subscriptions)


@asynccontextmanager
async def serving(url: str, directory: Path) -> AsyncIterator[World]:
    """Starts everything and ends it again."""
    clock, sealer = SystemClock(), Sealer(b"k" * 32)
    ids = Ids(clock)
    database = await Database.open(url, clock=clock)
    tokens = Tokens(database, sealer=sealer, clock=clock, ids=ids, life_s=600)
    await tokens.load()
    credentials = CredentialVerifier(database, tokens=tokens, clock=clock)
    stack = middleware(
        credentials=credentials,
        limits=RateLimits(LocalRateWindows(), clock, per_minute=200),
        keys=IdempotencyKeys(database, sealer=sealer, clock=clock, ids=ids),
        lines=AccessLog(clock, level="ERROR"),
        tracer=Untraced(),
        clock=clock,
    )
    server = grpc.aio.server(interceptors=[MiddlewareInterceptor(stack, ids=ids)], options=OPTIONS)
    projection = _add_services(server, database, sealer, clock)
    publishing, quotas = Publishing(), Quotas(database, defaults=Quota(), clock=clock)
    published = PublishService(EventLog(database), publishing, quotas, clock=clock, ids=ids)
    add_PublishServiceServicer_to_server(published, server)
    target = f"unix:{directory / 'edge'}"
    server.add_insecure_port(target)
    await server.start()
    async with grpc.aio.insecure_channel(target) as channel:
        issued = await _log_in(database, tokens, clock, ids)
        tenants = Tenants(database, clock=clock, ids=ids)
        yield World(channel, database, issued, projection, publishing, quotas, tenants, credentials, target)
    await server.stop(grace=None)
    await database.close()


def _add_services(server: grpc.aio.Server, database: Database, sealer: Sealer, clock: SystemClock) -> ConsumerRunner:
    ids, positions, bodies = Ids(clock), Positions(b"k"), DialectBodies()
    conditions, backlog = event_conditions(), LogRanges(database, positions, clock)
    projection = search_runner(database, clock)
    secrets = SubscriptionSecrets(sealer, clock)
    subscriptions = Subscriptions(
        database, backlog=backlog, conditions=conditions, secrets=secrets, clock=clock, ids=ids
    )
    search, watch = Search(database, projection, positions), Watch(database, positions, clock)
    events = EventService(
        EventLog(database), search, watch, EVENT_SHAPES, documents=DOCUMENT_READERS, clock=clock, ids=ids
    )
    add_EventServiceServicer_to_server(events, server)
    pings = Pings(database, DestinationCache(Nowhere(), secrets), bodies, clock=clock, ids=ids)
    add_EventSubscriptionServiceServicer_to_server(
        EventSubscriptionService(subscriptions, pings, egress=Egress()), server
    )
    audiences = SubscriptionMatcher(database, conditions, bodies)
    replays = Replays(database, audiences, backlog, clock=clock, ids=ids, on_queued=_nobody_waits)
    deliveries = Deliveries(database, audiences, clock=clock, on_queued=_nobody_waits)
    histories = DeliveryHistories(database, bodies, clock=clock)
    add_DeliveryServiceServicer_to_server(DeliveryService(deliveries, histories, replays), server)
    return projection


def _nobody_waits() -> None:
    """No dispatcher runs here."""


class Nowhere:
    """Opens no destination: nothing is sent here."""

    def open(self, settings: DestinationSettings) -> Destination:
        raise NotImplementedError(settings)


async def _log_in(database: Database, tokens: Tokens, clock: SystemClock, ids: Ids) -> dict[str, str]:
    tenants = Tenants(database, clock=clock, ids=ids)
    login = Login(
        database, tokens=tokens, passwords=Passwords(), clock=clock, throttle=LoginThrottle(clock, per_minute=1_000_000)
    )
    issued = {}
    for name in TENANTS:
        await tenants.create(name)
        client = await tenants.create_client(name, grants=(), retailer_id="")
        issued[name] = await login.token(TokenRequest("client_credentials", client.client_id, client.client_secret))
    return {name: each.access_token for name, each in issued.items()}


def _refused(error: grpc.aio.AioRpcError) -> Answer:
    trailers = dict(error.trailing_metadata() or ())
    return Answer(int(trailers["x-http-code"]), json.loads(trailers["x-http-body"]), trailers)
