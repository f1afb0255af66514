"""One process on PostgreSQL against one on SQLite: events answered by gRPC at full load, and the way to a webhook."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from tests.bench.figures import percentile
from tests.bench.latency import TOPIC, paced
from tests.bench.loads import Found, in_turn, rates, unary
from tests.bench.report import Row
from tests.bench.servers import Server, on_database, serving
from tests.bench.webhooks import Receiver, receiving, subscribe
from tests.bench.world import World
from tests.support.postgres import running_cluster

IN_FLIGHT: Final = 64
CHANNELS: Final = 4
PER_SECOND: Final = 100
LEAST_RATE: Final = 0.6
MOST_TIME: Final = 2.0


def measure(world: World) -> list[Row]:
    """Both servers over empty logs, loaded in turn; PostgreSQL runs on the same cores."""
    with ExitStack() as stack:
        sqlite, postgres = (stack.enter_context(each) for each in (on_sqlite(world), on_postgres(world)))
        receivers = [stack.enter_context(receiving(world.directory)) for _ in range(2)]
        for server, receiver in zip((sqlite, postgres), receivers, strict=True):
            subscribe(server, receiver, webhooks=1, topic=TOPIC)
        times = [
            [_p50_ms(world, server, receiver) for _ in range(world.scale.slices)]
            for server, receiver in zip((sqlite, postgres), receivers, strict=True)
        ]
        of_sqlite, of_postgres = in_turn(
            world.scale.slices, lambda: _loaded(sqlite, world), lambda: _loaded(postgres, world)
        )
    rate = rates(of_postgres).median / rates(of_sqlite).median
    time = median(times[1]) / median(times[0])
    return [
        Row(
            what=f"one process, PostgreSQL, {IN_FLIGHT} calls in flight",
            figure=rates(of_postgres).text("calls/s"),
            against=f"SQLite {rates(of_sqlite).text('calls/s')}",
            ratio=f"{rate:.2f}",
            to_reach=f"≥ {LEAST_RATE}",
            ok=rate >= LEAST_RATE,
            notes=(of_postgres[-1].text(),),
        ),
        Row(
            what=f"append to received, PostgreSQL, {PER_SECOND}/s",
            figure=f"p50 {median(times[1]):.1f} ms",
            against=f"SQLite p50 {median(times[0]):.1f} ms",
            ratio=f"{time:.2f}",
            to_reach=f"≤ {MOST_TIME}",
            ok=time <= MOST_TIME,
        ),
    ]


@contextmanager
def on_sqlite(world: World, *, envoy: bool = False) -> Iterator[Server]:
    """One process over an empty log on SQLite."""
    with TemporaryDirectory(dir=world.directory) as data, serving(Path(data), world, envoy=envoy) as server:
        yield server


@contextmanager
def on_postgres(world: World, *, envoy: bool = False) -> Iterator[Server]:
    """The same on a PostgreSQL of its own."""
    with TemporaryDirectory(dir=world.directory) as data, running_cluster(is_durable=True) as cluster:
        settings = on_database(cluster.url(cluster.create()))
        with serving(Path(data), world, envoy=envoy, settings=settings) as server:
            yield replace(server, beside=(cluster.pid,))


def _loaded(server: Server, world: World) -> Found:
    return unary(server, world, in_flight=IN_FLIGHT, channels=CHANNELS)


def _p50_ms(world: World, server: Server, receiver: Receiver) -> float:
    """From the instant an event was to be sent to its arrival, at an equal load."""
    for_s = world.scale.slice_s
    times_ms, _ = paced(world, server.grpc, server.headers, receiver, per_second=PER_SECOND, for_s=for_s)
    return percentile(times_ms, 0.5)
