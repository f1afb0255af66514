"""A healthy tenant's events on their way to its webhook, alone and beside another tenant's troubles."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import grpc.aio

from tests.bench.attack_load import ATTACKS
from tests.bench.attacks import QUOTA, ROUNDS, SETTLE_S, limit_events, make_tenant
from tests.bench.figures import percentile, percentiles
from tests.bench.latency import paced
from tests.bench.preparation import let_all_be_read
from tests.bench.processes import running
from tests.bench.report import Row
from tests.bench.servers import Server, client, serving
from tests.bench.webhooks import Receiver, receiving
from tests.bench.world import World
from tidings.push.v1.subscriptions_pb2 import Subscription
from tidings_client import ClientCredentials, Tidings

PER_SECOND: Final = 50
MIN_FOR_S: Final = 8.0
TO_REACH: Final = 1.3
HANGS: Final = "50 hanging receivers"
FLOODS: Final = "ten times the quota"
STREAMS: Final = "a stream"
REPLAYS: Final = "a replay of the whole log"
NEIGHBOURS: Final = (HANGS, FLOODS, STREAMS, REPLAYS)
"""The first three are attacks by those names."""


def measure(world: World) -> list[Row]:
    """Each neighbour on a server of its own, over the same log; the tenant alone right before it."""
    assert {HANGS, FLOODS, STREAMS} <= ATTACKS.keys()
    return [_row(world, neighbour) for neighbour in NEIGHBOURS]


def _row(world: World, neighbour: str) -> Row:
    with ExitStack() as stack:
        data = stack.enter_context(world.copy("fairness"))
        server = stack.enter_context(serving(data, world, envoy=True))
        receiver = stack.enter_context(receiving(world.directory))
        healthy = asyncio.run(_healthy(server, receiver))
        _arrived_ms(world, server, receiver, healthy)  # warm
        alone, beside = list[float](), list[float]()
        for _ in range(ROUNDS):
            alone += _arrived_ms(world, server, receiver, healthy)
            with _beside(world, server, receiver, neighbour):
                time.sleep(SETTLE_S)
                beside += _arrived_ms(world, server, receiver, healthy)
            if neighbour == REPLAYS:
                break  # it goes on
            let_all_be_read(server)
    ratio = percentile(beside, 0.99) / percentile(alone, 0.99)
    return Row(
        what=f"append to received beside {neighbour}",
        figure=percentiles(beside),
        against=f"alone {percentiles(alone)}",
        ratio=f"{ratio:.2f}",
        to_reach=f"≤ {TO_REACH}",
        ok=ratio <= TO_REACH,
        notes=(f"{len(beside)} events at {PER_SECOND} a second, all delivered; the ratio is of p99",),
    )


@contextmanager
def _beside(world: World, server: Server, receiver: Receiver, neighbour: str) -> Iterator[None]:
    """The other tenant, at its trouble."""
    if neighbour == REPLAYS:
        asyncio.run(_replay(server, receiver))
        yield
        return
    asyncio.run(limit_events(server, QUOTA if neighbour == FLOODS else 0))
    job: dict[str, Any] = {
        "kind": neighbour,
        "http": server.http,
        "grpc": server.grpc,
        "headers": dict(server.headers),
        "rule": "",
        "demo": dict(server.demo or {}),
    }
    with running("tests.bench.attack_load", job, directory=world.directory) as load:
        load.answer(within_s=60)
        yield
        load.check()


async def _replay(server: Server, receiver: Receiver) -> None:
    """Start a replay of all events of the other tenant to one webhook."""
    async with client(server) as tidings:
        wanted = Subscription(endpoint=f"{receiver.url}/replayed", topics=["order.*"])
        made = await tidings.push_subscriptions.create(wanted)
        await tidings.push_subscriptions.confirm(made.id)
        await tidings.deliveries.replay(made.id, start="1970-01-01T00:00:00Z")


async def _healthy(server: Server, receiver: Receiver) -> Mapping[str, str]:
    """Make the tenant with its webhook; the headers of its calls."""
    grants = ["events:write", "events:read", "subscriptions:write", "subscriptions:read"]
    async with grpc.aio.insecure_channel(server.grpc) as channel:
        name, headers, credentials = await make_tenant(server, channel, name="healthy", grants=grants)
    async with Tidings(server.grpc, tenant=name, credentials=ClientCredentials(*credentials)) as tidings:
        wanted = Subscription(endpoint=f"{receiver.url}/healthy", topics=["order.*"])
        made = await tidings.push_subscriptions.create(wanted)
        await tidings.push_subscriptions.confirm(made.id)
    return headers


def _arrived_ms(world: World, server: Server, receiver: Receiver, headers: Mapping[str, str]) -> list[float]:
    times_ms, _ = paced(world, server.grpc, headers, receiver, per_second=PER_SECOND, for_s=_for_s(world))
    return list(times_ms)


def _for_s(world: World) -> float:
    return max(world.scale.slice_s, MIN_FOR_S)
