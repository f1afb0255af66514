"""What operations cost over a log that grows, on both databases: at 10⁴, 10⁵ and 10⁶ events (`--largest` for more).

Each size is a log of its own, filled past the server and read by all its consumers. A ratio is the cost over the
largest log by that over the smallest.
"""

import asyncio
import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Final

from tests.bench.latency import paced
from tests.bench.loads import batches
from tests.bench.preparation import prepare
from tests.bench.report import Row
from tests.bench.servers import NO_SETTINGS, Server, client, on_database, serving
from tests.bench.webhooks import receiving, subscribe
from tests.bench.world import World
from tests.support.postgres import Cluster, running_cluster
from tidings.collector.v1.events_pb2 import Event

SMALLEST: Final = 10_000
TO_REACH: Final = 1.5
BATCH: Final = 100
BATCHES: Final = 50
PER_SECOND: Final = 50
PACED_S: Final = 6
TRIES: Final = 30
TOPIC: Final = "order.created"


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs over a log of so many events; times are medians, in milliseconds."""

    events: int
    restart_ms: float
    ingest_ms: float
    deliver_ms: float
    search_ms: float
    watch_ms: float
    bytes_per_event: float


def measure(world: World) -> list[Row]:
    """One log after another, the smallest first; SQLite before PostgreSQL, which runs on the same cores."""
    rows = _rows("SQLite", [_told(_on_sqlite(world, events)) for events in _sizes(world)])
    with running_cluster(is_durable=True) as cluster:
        return rows + _rows("PostgreSQL", [_told(_on_postgres(world, cluster, events)) for events in _sizes(world)])


def _told(costs: Costs) -> Costs:
    """The same, printed at once: the next size takes ten times as long."""
    print(costs, file=sys.stderr, flush=True)
    return costs


def _sizes(world: World) -> Iterator[int]:
    events = SMALLEST
    while events <= world.largest:
        yield events
        events *= 10


def _rows(database: str, found: list[Costs]) -> list[Row]:
    return [_row(f"{database}: {what}", found, of) for what, of in COSTS.items()]


COSTS: Final[dict[str, Callable[[Costs], float]]] = {
    "second start, ms": lambda costs: costs.restart_ms,
    f"ingest, ms a batch of {BATCH}": lambda costs: costs.ingest_ms,
    "append to received, p50 ms": lambda costs: costs.deliver_ms,
    "search of an entity, ms": lambda costs: costs.search_ms,
    "append to watched, ms": lambda costs: costs.watch_ms,
    "disk, bytes an event": lambda costs: costs.bytes_per_event,
}


def _row(what: str, found: list[Costs], of: Callable[[Costs], float]) -> Row:
    first, last = found[0], found[-1]
    ratio = of(last) / of(first)
    return Row(
        what=what,
        figure=f"{of(last):,.1f} at {last.events:,}",
        against=", ".join(f"{of(each):,.1f} at {each.events:,}" for each in found[:-1]),
        ratio=f"{ratio:.2f}",
        to_reach=f"≤ {TO_REACH}",
        ok=ratio <= TO_REACH if len(found) > 1 else None,
    )


def _on_sqlite(world: World, events: int) -> Costs:
    return _at(world, events, NO_SETTINGS, lambda data: sum(path.stat().st_size for path in data.glob("*.db*")))


def _on_postgres(world: World, cluster: Cluster, events: int) -> Costs:
    name = cluster.create()
    settings = on_database(cluster.url(name)) | {"TIDINGS_SHARDS": "1"}
    try:
        return _at(world, events, settings, lambda _data: cluster.size(name))
    finally:
        cluster.drop(name)


def _at(world: World, events: int, settings: Mapping[str, str], size_of: Callable[[Path], int]) -> Costs:
    own = World(world.directory / f"growth-{events}", replace(world.scale, events=events))
    own.directory.mkdir()
    try:
        prepare(own, settings=settings)
        data = own.prefilled
        size = size_of(data)
        with serving(data, own, settings=settings):
            pass  # the second start, and not the first
        began = time.monotonic()
        with serving(data, own, settings=settings) as server:
            restart_ms = (time.monotonic() - began) * 1_000
            return Costs(
                events,
                restart_ms,
                _ingest_ms(server, own),
                _deliver_ms(server, own),
                *asyncio.run(_read_ms(server, events)),
                size / events,
            )
    finally:
        shutil.rmtree(own.directory)


def _ingest_ms(server: Server, world: World) -> float:
    batches(server, world, size=BATCH, in_flight=1, calls=BATCHES // 5)
    return float(batches(server, world, size=BATCH, in_flight=1, calls=BATCHES).answer["p50_ms"])


def _deliver_ms(server: Server, world: World) -> float:
    """From the append to the webhook: routing, queueing and sending."""
    with receiving(world.directory) as receiver:
        subscribe(server, receiver, webhooks=1, topic=TOPIC)
        times_ms, _ = paced(
            world, server.grpc, server.headers, receiver, per_second=PER_SECOND, for_s=PACED_S, channels=1
        )
    return float(median(times_ms))


async def _read_ms(server: Server, events: int) -> tuple[float, float]:
    """Medians of a search by entity, and of the time from an append to a watcher of the log."""
    chosen = random.Random(events)
    searched, watched = [], []
    async with client(server) as tidings:
        for _ in range(TRIES):
            entity, began = f"ORD-{chosen.randrange(events * 8 // 10, events):010d}", time.monotonic()
            found = [event async for event in tidings.events.search(entity_id=entity)]
            searched.append((time.monotonic() - began) * 1_000)
            assert found, entity
        async with aclosing(tidings.events.watch(topic="watched.*")) as stream:
            following = asyncio.create_task(anext(stream))
            await asyncio.sleep(1.0)
            for number in range(TRIES):
                began = time.monotonic()
                await tidings.events.create(
                    Event(entity_name="WATCHED", event_type=Event.ENTITY_EVENT, entity_id=f"{number}")
                )
                await following
                watched.append((time.monotonic() - began) * 1_000)
                following = asyncio.create_task(anext(stream))
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
    return median(searched), median(watched)
