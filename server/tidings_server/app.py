"""One process of Tidings, started and stopped in order.

Each part registers its stop when it starts, so a process stops in reverse order: readiness goes first, then Envoy
drains and ends, then the gRPC server, the dispatcher, the workers, the write queue and the database.
"""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import uvloop

from tidings_server.catalogue.queries import Catalogue
from tidings_server.composition.base import make_base
from tidings_server.composition.process import ProcessObjects
from tidings_server.edge.process import Edge, EdgeConfig
from tidings_server.edge.socket_directory import socket_directory
from tidings_server.identity.demo import DemoCredentials, ensure_demo
from tidings_server.identity.first_operator import ensure_operator
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.events import EventLog
from tidings_server.platform.certificates import Certificates
from tidings_server.platform.clock import Ids, SystemClock
from tidings_server.platform.heartbeats import Heartbeats
from tidings_server.platform.telemetry import loop_watchdog, metrics
from tidings_server.rpc.server import make_server
from tidings_server.rpc.tls import credentials
from tidings_server.settings import Settings
from tidings_server.storage import schema
from tidings_server.storage.database import Database

T = TypeVar("T")

COLLECT_AFTER = 10_000
"""Allocations after which the garbage collector visits the youngest generation; Python's default is 700."""

SWITCH_S = 0.0005
"""Interval at which threads hand over the interpreter; Python's default is ten times that. The writer's thread needs it
some twenty times in each transaction, and all requests wait for that."""

STOP_GRACE_S = 5.0
"""Time for RPCs of gRPC clients to end; those over Envoy have been drained before."""


@dataclass(frozen=True, slots=True)
class RunningProcess:
    """Ports of the running process. `http_port` is None without Envoy, `demo` None where there is no demo."""

    http_port: int | None
    grpc_port: int
    metrics_port: int
    demo: DemoCredentials | None


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` as `asyncio.run` does, on uvloop and with a short thread switch interval."""
    sys.setswitchinterval(SWITCH_S)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


class WorkerGroup:
    """Tasks that run as long as the context; the first that fails ends it, and with it the process."""

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        if kind is asyncio.CancelledError:  # perhaps the group's own doing, after a task has failed
            await self._group.__aexit__(kind, error, trace)
        else:  # the body's own exception leaves as it is, in no group
            await self._group.__aexit__(None, None, None)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._group.create_task(work)
        self._tasks.append(task)
        return task


@asynccontextmanager
async def running(
    settings: Settings, *, has_edge: bool, make_log: Callable[[Database], EventLog] = EventLog
) -> AsyncIterator[RunningProcess]:
    """The whole process, up and serving; leaving the context stops it in order.

    `make_log` gives what the services append to: the benchmark measures against one that keeps nothing.
    Raises StartRefused, EdgeFailed and OSError (a port is taken) when it cannot start. The body is cancelled, and an
    exception group raised, when a vital task has died.
    """
    clock = SystemClock()
    ids = Ids(clock)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        heartbeats = Heartbeats(clock)
        heartbeats.enter("database")
        directory = stack.enter_context(socket_directory())
        certificates = Certificates(settings.tls, clock) if settings.tls else None
        metrics_port = stack.enter_context(
            metrics.served(settings.metrics_host, settings.metrics_port, may_move=not settings.has_own_metrics_port)
        )
        died: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        database = await Database.open(
            settings.sqlalchemy_url, clock=clock, on_death=died.set_exception, min_free_mib=settings.min_free_mib
        )
        stack.push_async_callback(database.close)
        base = await make_base(settings, database, clock=clock, ids=ids)
        parts = ProcessObjects(settings, base, make_log, heartbeats=heartbeats)
        stack.callback(parts.tracer.close)
        stack.callback(parts.access_log.flush)
        stack.push_async_callback(parts.delivery.destinations.close)
        _measure(database, parts.readers)
        demo = None
        if settings.demo:
            demo = await ensure_demo(
                database, settings.data_dir, passwords=parts.identity.passwords, clock=clock, ids=ids
            )
        await ensure_operator(database, settings.data_dir, clock=clock, ids=ids)
        workers = await stack.enter_async_context(WorkerGroup())
        workers.start(_wait(died))
        await parts.scheduling.executor.recover()
        for name, worker in parts.workers.items():
            workers.start(parts.heartbeats.supervised(name, worker))
        await _start_dispatcher(stack, parts, workers)
        edge = _edge_config(settings, directory, certificates)
        grpc_port = await _start_server(stack, settings, parts, edge.grpc_socket, certificates)
        http_port = await _start_edge(stack, Edge(edge, clock), workers, certificates) if has_edge else None
        if certificates:
            workers.start(certificates.run())
        await parts.health.open()
        stack.callback(parts.watch.close)
        stack.push_async_callback(parts.health.close)
        _tune_garbage_collection()
        stack.enter_context(loop_watchdog.watched(asyncio.get_running_loop()))
        yield RunningProcess(http_port, grpc_port, metrics_port, demo)


async def migrate(settings: Settings) -> str:
    """Migrate the database without serving; gives the revision of its schema."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = await Database.open(settings.sqlalchemy_url, clock=SystemClock())
    await database.close()
    return schema.head()


async def rebuild_shop(settings: Settings) -> None:
    """Empty the catalogue's projection, while no server runs; the next one builds it again."""
    database = await Database.open(settings.sqlalchemy_url, clock=SystemClock())
    try:
        await Catalogue(database, SystemClock()).rebuild()
    finally:
        await database.close()


async def _start_dispatcher(stack: AsyncExitStack, parts: ProcessObjects, workers: WorkerGroup) -> None:
    delivery = parts.delivery
    await delivery.queue.recover()
    workers.start(parts.heartbeats.supervised("dispatcher", delivery.dispatcher.run))
    stack.push_async_callback(delivery.dispatcher.stop, STOP_GRACE_S)


def _edge_config(settings: Settings, directory: Path, certificates: Certificates | None) -> EdgeConfig:
    return EdgeConfig(
        settings.http_host,
        settings.http_port,
        settings.envoy_concurrency,
        directory,
        certificate=certificates.current if certificates else None,
        cors_origins=settings.origins,
        trusted_proxies=settings.trusted_proxies,
        max_connections=settings.max_connections,
        max_heap_bytes=settings.envoy_heap_mib << 20,
    )


async def _start_server(
    stack: AsyncExitStack,
    settings: Settings,
    parts: ProcessObjects,
    grpc_socket: Path,
    certificates: Certificates | None,
) -> int:
    """Serve gRPC on its port, and on the unix socket for Envoy, which alone is trusted as a proxy.

    By two servers, so that calls which fill the limits of the port leave the edge its own.
    """
    server, edge_server = (
        make_server(parts.servicers, interceptors=[parts.gateway], max_concurrent_rpcs=settings.max_concurrent_rpcs)
        for _ in range(2)
    )
    parts.health.register(server)
    parts.health.register(edge_server)
    address = f"[{settings.grpc_host}]" if ":" in settings.grpc_host else settings.grpc_host
    address = f"{address}:{settings.grpc_port}"
    try:
        if certificates:
            port = server.add_secure_port(address, credentials(certificates))
        else:
            port = server.add_insecure_port(address)
    except RuntimeError:
        raise OSError(f"The gRPC port {address} cannot be taken (TIDINGS_GRPC_PORT).") from None
    edge_server.add_insecure_port(f"unix:{grpc_socket}")
    for each in (server, edge_server):
        await each.start()
        stack.push_async_callback(each.stop, STOP_GRACE_S)
    return port


async def _start_edge(
    stack: AsyncExitStack, edge: Edge, workers: WorkerGroup, certificates: Certificates | None
) -> int:
    await edge.start()
    if certificates:
        certificates.on_change(edge.renew)
    stack.push_async_callback(edge.stop)
    watching = workers.start(edge.mind())
    stack.push_async_callback(edge.drain)
    stack.callback(watching.cancel)
    return edge.port


def _tune_garbage_collection() -> None:
    """Exclude from garbage collection all objects of the process so far, and collect less often.

    Visiting them takes 0.2 s, in which no request is answered, and was due every few thousand requests.
    """
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def _measure(database: Database, readers: Mapping[str, ConsumerRunner]) -> None:
    """Connect gauges that are read at each scrape."""
    metrics.LOG_HEAD.set_function(lambda: database.head.seq)
    metrics.STORAGE_LOW.set_function(lambda: database.write_queue.is_storage_low)
    for name, reader in readers.items():
        metrics.CONSUMER_LAG.labels(name).set_function(partial(_lag, database, reader))


def _lag(database: Database, reader: ConsumerRunner) -> int:
    return database.head.seq - reader.position


async def _wait(died: asyncio.Future[None]) -> None:
    await died
