"""One process of Tidings, started and stopped in order.

Each part registers its stop when it starts, so a process stops in reverse order: readiness goes first, then Envoy
drains and ends, then the gRPC server, the dispatcher, the workers, the write queue and the database.
"""

import asyncio
import resource
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import structlog
import uvloop

from tidings_server.composition.base import make_base
from tidings_server.composition.process import ProcessObjects
from tidings_server.edge.configuration import refused_addresses, render
from tidings_server.edge.connection_shares import write_refused
from tidings_server.edge.console import offered
from tidings_server.edge.process import Edge, write_secrets
from tidings_server.edge.server_settings import edge_config
from tidings_server.edge.socket_directory import socket_directory
from tidings_server.identity.demo import DemoCredentials, ensure_demo
from tidings_server.identity.first_operator import ensure_operator
from tidings_server.log.events import EventLog
from tidings_server.log.shard_runners import ShardRunners
from tidings_server.platform.certificates import Certificates
from tidings_server.platform.clock import Clock, Ids, SystemClock
from tidings_server.platform.heartbeats import Heartbeats
from tidings_server.platform.interpreter import tune_allocation, tune_garbage_collection, tune_threads
from tidings_server.platform.telemetry import loop_watchdog, metrics
from tidings_server.rpc.connection_bounds import ConnectionBounds
from tidings_server.rpc.server import make_server
from tidings_server.rpc.tls import credentials
from tidings_server.settings import Settings
from tidings_server.storage.database import Database
from tidings_server.storage.disk_space import START_MIB, has_room_to_start
from tidings_server.storage.log.shards import in_shard
from tidings_server.worker_group import WorkerGroup

log = structlog.get_logger(__name__)
T = TypeVar("T")

SPACE_S = 1.0
STOP_GRACE_S = 5.0
"""Time for RPCs of gRPC clients to end; those over Envoy have been drained before."""


@dataclass(frozen=True, slots=True)
class RunningProcess:
    """Ports of the running process: None where it has no Envoy, or serves nothing. `demo` is None without one."""

    http_port: int | None
    grpc_port: int | None
    metrics_port: int
    demo: DemoCredentials | None


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` as `asyncio.run` does, on uvloop and with a short thread switch interval."""
    tune_threads()
    tune_allocation()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # many systems give 1,024, and each connection takes one
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


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
        edge_settings = edge_config(settings, _edge_directory(settings, directory), certificates)
        edge = Edge(edge_settings, clock) if has_edge and settings.role != "worker" else None
        if not settings.database_url:
            await _wait_for_space(settings.data_dir, clock, stack, edge)
        died: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        database = await Database.open(
            settings.sqlalchemy_url,
            clock=clock,
            on_death=died.set_exception,
            min_free_mib=settings.min_free_mib,
            shards=settings.shards,
            is_shared=settings.role != "all",
        )
        stack.push_async_callback(database.close)
        base = await make_base(settings, database, clock=clock, ids=ids)
        parts = ProcessObjects(settings, base, make_log, heartbeats=heartbeats)
        stack.callback(parts.tracer.close)
        stack.callback(parts.access_log.flush)
        stack.push_async_callback(parts.delivery.destinations.close)
        _measure(database, parts.readers)
        stack.push_async_callback(parts.ownership.leave)
        await parts.ownership.join()
        demo = await _ensure_credentials(settings, database, parts, clock, ids)
        workers = await stack.enter_async_context(WorkerGroup())
        workers.start(_wait(died))
        workers.start(parts.ownership.until_outdated())
        await parts.scheduling.executor.recover()
        for name, worker in parts.workers.items():
            workers.start(parts.heartbeats.supervised(name, parts.owned(name, worker)))
        await _start_dispatchers(stack, parts, workers)
        grpc_port = http_port = None
        if settings.role != "worker":
            grpc_port = await _start_server(stack, settings, parts, edge_settings.grpc_socket, certificates)
            base.public_base.grpc_port = grpc_port
            _bound_connections(settings, grpc_port, workers, heartbeats)
        if edge:
            http_port = base.public_base.port = await start_edge(
                stack, edge.offering(offered(demo, settings.http_host, settings.trusted_proxies)), workers, certificates
            )
        if certificates:
            workers.start(certificates.run())
            if settings.edge == "off":
                certificates.on_change(partial(write_secrets, edge_settings.directory))
                write_secrets(edge_settings.directory, certificates.current)
        await parts.health.open()
        stack.push_async_callback(parts.end_streams, STOP_GRACE_S)
        stack.push_async_callback(parts.health.close)
        tune_garbage_collection()
        stack.enter_context(loop_watchdog.watched(asyncio.get_running_loop()))
        yield RunningProcess(http_port, grpc_port, metrics_port, demo)


def envoy_config(settings: Settings) -> str:
    """Envoy's configuration for an operator who runs it. Raises BadCertificate."""
    certificates = Certificates(settings.tls, SystemClock()) if settings.tls else None
    return render(edge_config(settings, settings.own_edge_dir, certificates))


async def _wait_for_space(directory: Path, clock: Clock, stack: AsyncExitStack, edge: Edge | None) -> None:
    """Wait until the disk has room for a database to be opened; Envoy answers everything with 503 meanwhile."""
    if has_room_to_start(directory):
        return
    log.error("start_waits_for_disk_space", directory=str(directory), mib=START_MIB)
    if edge:
        await edge.start()
        stack.push_async_callback(edge.stop)
    while not has_room_to_start(directory):
        await clock.sleep(SPACE_S)


async def _ensure_credentials(
    settings: Settings, database: Database, parts: ProcessObjects, clock: Clock, ids: Ids
) -> DemoCredentials | None:
    """Have an operator, and the demo tenant where the settings ask for it."""
    demo, passwords = None, parts.identity.passwords
    if settings.demo:
        demo = await ensure_demo(database, settings.data_dir, passwords=passwords, clock=clock, ids=ids)
    await ensure_operator(database, settings.data_dir, clock=clock, ids=ids)
    return demo


async def _start_dispatchers(stack: AsyncExitStack, parts: ProcessObjects, workers: WorkerGroup) -> None:
    await parts.delivery.queues[0].recover()
    for shard, dispatcher in enumerate(parts.delivery.dispatchers):
        name, stop = in_shard("dispatcher", shard), partial(dispatcher.stop, STOP_GRACE_S)
        workers.start(parts.heartbeats.supervised(name, parts.owned(name, dispatcher.run, stop)))
    stack.push_async_callback(_stop_dispatchers, parts)


async def _stop_dispatchers(parts: ProcessObjects) -> None:
    """Have all end at once, so that they share the time that they have."""
    await asyncio.gather(*(each.stop(STOP_GRACE_S) for each in parts.delivery.dispatchers))


def _edge_directory(settings: Settings, private: Path) -> Path:
    """The directory of the sockets between the server and Envoy: the operator's, if it is he who runs Envoy."""
    if settings.edge == "on":
        return private
    settings.own_edge_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    (settings.own_edge_dir / "grpc.sock").unlink(missing_ok=True)  # of a server that was killed
    write_refused(refused_addresses(settings.own_edge_dir), ())
    return settings.own_edge_dir


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
        make_server(
            parts.servicers,
            interceptors=[parts.gateway],
            max_concurrent_rpcs=settings.max_concurrent_rpcs,
            shares_port=settings.grpc_shared,
        )
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
        raise OSError(f"The gRPC port {address} cannot be taken (TIDINGS_GRPC_HOST, TIDINGS_GRPC_PORT).") from None
    edge_server.add_insecure_port(f"unix:{grpc_socket}")
    for each in (server, edge_server):
        await each.start()
        stack.push_async_callback(each.stop, STOP_GRACE_S)
    return port


async def start_edge(stack: AsyncExitStack, edge: Edge, workers: WorkerGroup, certificates: Certificates | None) -> int:
    """Start Envoy unless it runs, keep it running, and have it drained and ended with the stack; gives its port."""
    if not edge.is_running:
        await edge.start()
        stack.push_async_callback(edge.stop)
    if certificates:
        certificates.on_change(edge.renew)
    watching = workers.start(edge.mind())
    workers.start(edge.share_connections())
    stack.push_async_callback(edge.drain)
    stack.callback(watching.cancel)
    return edge.port


def _bound_connections(settings: Settings, grpc_port: int, workers: WorkerGroup, heartbeats: Heartbeats) -> None:
    """Bound the connections of the gRPC port: half of the open files are left for everything else."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = settings.max_connections if soft == resource.RLIM_INFINITY else min(settings.max_connections, soft // 2)
    bounds = ConnectionBounds(port=grpc_port, most=most, clock=heartbeats.clock, proxies=settings.proxy_networks)
    workers.start(heartbeats.supervised("connection_bounds", bounds.run))


def _measure(database: Database, readers: Mapping[str, ShardRunners]) -> None:
    """Connect gauges that are read at each scrape."""
    metrics.LOG_HEAD.set_function(lambda: database.heads.events)
    metrics.STORAGE_LOW.set_function(lambda: database.write_queue.is_storage_low)
    for name, reader in readers.items():
        metrics.CONSUMER_LAG.labels(name).set_function(reader.lag)


async def _wait(died: asyncio.Future[None]) -> None:
    await died
