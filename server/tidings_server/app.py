"""The composition root: one process of Tidings, put together, started and stopped in order.

The only module that knows every class. Whatever starts registers how it stops, so stopping is starting backwards:
readiness goes first, then Envoy drains and ends, then the gRPC server, the workers, the lane and the database.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tidings_server import __version__
from tidings_server.api.admin import TenantService
from tidings_server.api.collector import EventService
from tidings_server.api.health import Health
from tidings_server.api.identity import TokenService
from tidings_server.api.interceptors import Gateway, onion
from tidings_server.api.operations import OperationsService
from tidings_server.api.server import make_server
from tidings_server.clock import Clock, Ids, SystemClock
from tidings_server.core.credentials import Credentials
from tidings_server.core.demo import DemoCredentials, ensure_demo
from tidings_server.core.events import EventLog
from tidings_server.core.feed import SqlFeed
from tidings_server.core.hashing import Passwords
from tidings_server.core.idempotency import Repeats
from tidings_server.core.login import Login
from tidings_server.core.parking import Parking
from tidings_server.core.positions import Positions, load_positions
from tidings_server.core.reactors import ParkedEvents
from tidings_server.core.retention import Retention
from tidings_server.core.search import Search, SearchProjection
from tidings_server.core.tenants import Tenants
from tidings_server.core.tokens import Tokens
from tidings_server.core.watch import Watch
from tidings_server.edge import Edge, EdgeConfig
from tidings_server.sealing import Sealer, master_key
from tidings_server.settings import Settings
from tidings_server.store import schema
from tidings_server.store.engine import Database
from tidings_server.telemetry import logs, metrics
from tidings_server.telemetry.traces import tracer

Worker = Callable[[], Coroutine[Any, Any, None]]
"""Something that runs until it is cancelled."""

STOP_GRACE_S = 5.0
"""What RPCs that came by gRPC itself are given to end; those that came over Envoy have been drained before."""


@dataclass(frozen=True, slots=True)
class Running:
    """Where the running process is reached. `http_port` is None without Envoy, `demo` None where there is no demo."""

    http_port: int | None
    grpc_port: int
    metrics_port: int
    demo: DemoCredentials | None


@dataclass(frozen=True, slots=True)
class Base:
    """What everything else stands on; the keys among it have been read from the database."""

    database: Database
    clock: Clock
    ids: Ids
    sealer: Sealer
    tokens: Tokens
    positions: Positions


class Workers:
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


class Parts:
    """Every object of one process, over an open database."""

    def __init__(self, settings: Settings, base: Base, make_log: Callable[[Database], EventLog]) -> None:
        database, clock, ids = base.database, base.clock, base.ids
        self.passwords = Passwords()
        self.tracer = tracer(settings.otlp_endpoint)
        self.health = Health(clock, is_able=lambda: not database.lane.is_storage_low)
        feed = SqlFeed(database)
        self.watch = Watch(database, feed, base.positions, clock)
        projection = SearchProjection(database, feed, clock)
        retention = Retention(database, projection, clock, days=settings.retention_days)
        credentials = Credentials(database, tokens=base.tokens, clock=clock)
        repeats = Repeats(database, sealer=base.sealer, clock=clock, ids=ids)
        access_log = logs.AccessLog(clock, level=settings.log_level, form=settings.log_format)
        self.gateway = Gateway(
            onion(credentials=credentials, repeats=repeats, access_log=access_log, tracer=self.tracer, clock=clock),
            ids=ids,
        )
        events = make_log(database)
        search = Search(database, projection, base.positions)
        self.servicers: list[object] = [
            TokenService(Login(database, tokens=base.tokens, passwords=self.passwords, clock=clock)),
            TenantService(Tenants(database, clock=clock, ids=ids)),
            OperationsService(
                self.health,
                Parking(database, ParkedEvents(database, clock)),
                version=__version__,
                schema=schema.head(),
            ),
            EventService(events, search, self.watch, clock=clock, ids=ids),
        ]
        self.workers: list[Worker] = [
            credentials.run,
            repeats.run,
            self.health.run,
            projection.run,
            retention.run,
        ]


@asynccontextmanager
async def running(
    settings: Settings, *, has_edge: bool, make_log: Callable[[Database], EventLog] = EventLog
) -> AsyncIterator[Running]:
    """The whole process, up and serving; leaving the context stops it in order.

    `make_log` gives what the services append to: the benchmark measures against one that keeps nothing.
    Raises StartRefused, EdgeFailed and OSError (a port is taken) when it cannot start. The body is cancelled, and an
    exception group raised, when something has died without which nothing works.
    """
    clock = SystemClock()
    ids = Ids(clock)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(_private_directory())
        metrics_port = stack.enter_context(metrics.served(settings.metrics_port))
        died: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        database = await Database.open(
            settings.sqlalchemy_url, clock=clock, on_death=died.set_exception, min_free_mib=settings.min_free_mib
        )
        stack.push_async_callback(database.close)
        base = await _base(settings, database, clock=clock, ids=ids)
        parts = Parts(settings, base, make_log)
        stack.callback(parts.tracer.close)
        demo = None
        if settings.demo:
            demo = await ensure_demo(database, settings.data_dir, passwords=parts.passwords, clock=clock, ids=ids)
        workers = await stack.enter_async_context(Workers())
        workers.start(_wait(died))
        for worker in parts.workers:
            workers.start(worker())
        edge = EdgeConfig(settings.http_host, settings.http_port, settings.envoy_concurrency, directory)
        grpc_port = await _start_server(stack, settings, parts, edge.grpc_socket)
        http_port = await _start_edge(stack, Edge(edge, clock), workers) if has_edge else None
        await parts.health.open()
        stack.callback(parts.watch.close)
        stack.push_async_callback(parts.health.close)
        yield Running(http_port, grpc_port, metrics_port, demo)


async def _base(settings: Settings, database: Database, *, clock: Clock, ids: Ids) -> Base:
    sealer = Sealer(master_key(settings.master_key, settings.data_dir))
    tokens = Tokens(database, sealer=sealer, clock=clock, ids=ids, life_s=settings.token_life_s)
    await tokens.load()
    positions = await load_positions(database, sealer, clock, ids)
    return Base(database, clock, ids, sealer, tokens, positions)


async def migrate(settings: Settings) -> str:
    """Brings the database up to date without serving; gives the revision of its schema."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = await Database.open(settings.sqlalchemy_url, clock=SystemClock())
    await database.close()
    return schema.head()


async def _start_server(stack: AsyncExitStack, settings: Settings, parts: Parts, grpc_socket: Path) -> int:
    """Serves gRPC on its port, and on the unix socket for Envoy, which alone is trusted as a proxy."""
    server = make_server(
        parts.servicers, interceptors=[parts.gateway], max_concurrent_rpcs=settings.max_concurrent_rpcs
    )
    parts.health.register(server)
    try:
        port = server.add_insecure_port(f"{settings.grpc_host}:{settings.grpc_port}")
    except RuntimeError:
        raise OSError(f"The gRPC port {settings.grpc_host}:{settings.grpc_port} is taken.") from None
    server.add_insecure_port(f"unix:{grpc_socket}")
    await server.start()
    stack.push_async_callback(server.stop, STOP_GRACE_S)
    return port


async def _start_edge(stack: AsyncExitStack, edge: Edge, workers: Workers) -> int:
    await edge.start()
    stack.push_async_callback(edge.stop)
    watching = workers.start(edge.mind())
    stack.push_async_callback(edge.drain)
    stack.callback(watching.cancel)
    return edge.port


async def _wait(died: asyncio.Future[None]) -> None:
    await died


@contextmanager
def _private_directory() -> Iterator[Path]:
    """A directory for sockets, which must have short paths; nobody else may enter it."""
    directory = Path(tempfile.mkdtemp(prefix="tidings-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
