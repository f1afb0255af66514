"""The push dialect served in this process: real interceptors, a real database, endpoints with configured answers."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import grpc
import pytest

from tests.push.api.world import Endpoints, Known, World
from tidings.push.v1 import deliveries_pb2_grpc, subscriptions_pb2_grpc
from tidings_server.composition.middleware import middleware
from tidings_server.composition.payloads import DialectBodies, event_conditions
from tidings_server.delivery.confirmations import Confirmations
from tidings_server.delivery.destination_cache import DestinationCache
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.pings import Pings
from tidings_server.delivery.retry_policy import RetryPolicy
from tidings_server.delivery.store.confirmations import PingSchedule
from tidings_server.delivery.subscription_secrets import SubscriptionSecrets
from tidings_server.delivery.subscriptions import Subscriptions
from tidings_server.identity.authentication import CredentialVerifier
from tidings_server.log.positions import load_positions
from tidings_server.log.ranges import LogRanges
from tidings_server.log.search_projection import search_runner
from tidings_server.platform.clock import Ids, SystemClock
from tidings_server.platform.sealing import Sealer
from tidings_server.platform.telemetry.logs import AccessLog
from tidings_server.platform.telemetry.traces import Untraced
from tidings_server.push.api.deliveries import DeliveryAttemptService
from tidings_server.push.api.events import EventPullService
from tidings_server.push.api.field_selection import SelectionService
from tidings_server.push.api.service import SubscriptionService
from tidings_server.push.events import PushEvents
from tidings_server.push.listings import PushListings
from tidings_server.rpc.interceptor import MiddlewareInterceptor
from tidings_server.rpc.middleware.idempotency import IdempotencyKeys
from tidings_server.rpc.middleware.rate_limit import LocalRateWindows, RateLimits
from tidings_server.storage.database import Database

RHYTHM = PingSchedule(first_us=5_000_000, cap_us=60_000_000, for_us=600_000_000)


@pytest.fixture
async def world(sqlite_url: str, tmp_path: Path) -> AsyncIterator[World]:
    clock, sealer = SystemClock(), Sealer(b"k" * 32)
    ids, endpoints = Ids(clock), Endpoints()
    database = await Database.open(sqlite_url, clock=clock)
    backlog = LogRanges(database, await load_positions(database, sealer, clock, ids), clock)
    secrets = SubscriptionSecrets(sealer, clock)
    subscriptions = Subscriptions(
        database, backlog=backlog, conditions=event_conditions(), secrets=secrets, clock=clock, ids=ids
    )
    pings = Pings(database, DestinationCache(endpoints, secrets), DialectBodies(), clock=clock, ids=ids)
    confirmations = Confirmations(database, subscriptions, pings=pings, clock=clock, rhythm=RHYTHM)
    listings = PushListings(database, clock=clock, policy=RetryPolicy())
    projection = search_runner(database, clock)
    stack = middleware(
        credentials=cast("CredentialVerifier", Known()),
        limits=RateLimits(LocalRateWindows(), clock, per_minute=200),
        keys=IdempotencyKeys(database, sealer=sealer, clock=clock, ids=ids),
        lines=AccessLog(clock, level="ERROR"),
        tracer=Untraced(),
        clock=clock,
    )
    server = grpc.aio.server(interceptors=[MiddlewareInterceptor(stack, ids=ids)])
    writes = SubscriptionService(subscriptions, listings, confirmations, pings, egress=Egress(), clock=clock, ids=ids)
    attempts, pull = DeliveryAttemptService(listings), EventPullService(PushEvents(database, projection))
    subscriptions_pb2_grpc.add_SubscriptionServiceServicer_to_server(writes, server)
    deliveries_pb2_grpc.add_DeliveryAttemptServiceServicer_to_server(attempts, server)
    deliveries_pb2_grpc.add_EventPullServiceServicer_to_server(pull, server)
    subscriptions_pb2_grpc.add_SelectionServiceServicer_to_server(SelectionService(writes, attempts, pull), server)
    address = f"unix:{tmp_path / 'edge'}"
    server.add_insecure_port(address)
    await server.start()
    async with grpc.aio.insecure_channel(address) as channel:
        yield World(channel, database, projection, confirmations, endpoints)
    await server.stop(grace=None)
    await database.close()
