"""Several processes on one machine over one database: so many that serve, behind one Envoy, so many that work.

Each is a process like any other, with its role; this one starts them, starts again those that end, and stops them in
order: Envoy drains first. On SIGHUP each is restarted, one after another, while the others go on.
"""

import asyncio
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import structlog

from tidings_server.app import RunningProcess, start_edge
from tidings_server.composition.migrate_arguments import NAME as MIGRATE
from tidings_server.edge.configuration import grpc_socket
from tidings_server.edge.process import Edge
from tidings_server.edge.server_settings import edge_config
from tidings_server.edge.socket_directory import socket_directory
from tidings_server.identity.demo import FILE as DEMO_FILE
from tidings_server.platform import child_process
from tidings_server.platform.certificates import Certificates
from tidings_server.platform.child_process import RestartBudget
from tidings_server.platform.clock import Clock, SystemClock
from tidings_server.setting_variables import environment
from tidings_server.settings import Settings
from tidings_server.storage.sqlite.engines import StartRefused
from tidings_server.worker_group import WorkerGroup

READY_S: Final = 60.0
STOP_S: Final = 20.0
LOOK_S: Final = 0.05
RESTART_PAUSE_S: Final = 0.5
PORTS: Final = 3
"""Free ports that are tried for the metrics of a process."""

log = structlog.get_logger(__name__)


class Member:
    """One process of the group."""

    def __init__(self, role: str, directory: Path, clock: Clock, *, grpc_port: int, metrics_port: int) -> None:
        """Its metrics are on a free port that each start chooses where `metrics_port` is 0."""
        self.role = role
        self.socket = grpc_socket(directory)
        self.metrics_port = metrics_port
        self._may_move = not metrics_port
        self._directory = directory
        self._clock = clock
        self._grpc_port = grpc_port
        self._process: asyncio.subprocess.Process | None = None
        self._is_stopping = False

    async def start(self) -> None:
        """Start it; returns when it serves. Raises StartRefused when it ends before, or takes longer than READY_S.

        Somebody may take a free port just before it does: then it is started again with another.
        """
        for _ in range(PORTS - 1 if self._may_move else 0):
            try:
                return await self._start()
            except StartRefused as error:
                log.warning("process_not_started", role=self.role, error=str(error))
                await self._end()
        return await self._start()

    async def _start(self) -> None:
        if self._may_move:
            self.metrics_port = _free_port()
        own = environment(
            role=self.role,
            workers=1,
            edge="off",
            edge_dir=self._directory,
            grpc_port=self._grpc_port,
            grpc_shared=True,
            metrics_port=self.metrics_port,
        )
        command = (sys.executable, "-m", "tidings_server", "serve")
        self._process = await child_process.start(
            command,
            env=own,
            stdout=asyncio.subprocess.DEVNULL,  # its greeting; its log goes to stderr
        )
        try:
            async with asyncio.timeout(READY_S):
                while not await self._is_ready():
                    if self._process.returncode is not None:
                        raise StartRefused(f"A process of role {self.role} has ended; see its own lines.")
                    await self._clock.sleep(LOOK_S)
        except TimeoutError:
            raise StartRefused(f"A process of role {self.role} does not become ready.") from None

    async def mind(self) -> None:
        """Start it again whenever it ends; returns after `stop`. Raises StartRefused when it ends time and again."""
        budget = RestartBudget(self._clock)
        while True:
            status = await self._running().wait()
            if self._is_stopping:
                return
            if budget.is_spent():
                raise StartRefused(f"A process of role {self.role} has ended with status {status}, time and again.")
            log.error("process_ended", role=self.role, status=status)
            await self._clock.sleep(RESTART_PAUSE_S)
            try:
                await self.start()
            except StartRefused as error:
                log.warning("process_not_restarted", role=self.role, error=str(error))
                await self._end()

    async def restart(self) -> None:
        """End it in order, for `mind` to start it again; returns when it serves."""
        before = self._running()
        before.send_signal(signal.SIGTERM)
        await before.wait()
        while self._running() is before or not await self._is_ready():
            await self._clock.sleep(LOOK_S)

    async def stop(self) -> None:
        """End it in order, and after STOP_S at once."""
        self._is_stopping = True
        await self._end()

    async def _end(self) -> None:
        await child_process.end(self._process, within_s=STOP_S)

    async def _is_ready(self) -> bool:
        """Whether it takes connections: on its socket, or where it serves nothing on the port of its metrics."""
        try:
            if self.role == "api":
                _, writer = await asyncio.open_unix_connection(str(self.socket))
            else:
                _, writer = await asyncio.open_connection("127.0.0.1", self.metrics_port)
        except OSError:
            return False
        writer.close()
        return True

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise StartRefused("The process was not started.")
        return self._process


@asynccontextmanager
async def process_group(settings: Settings, *, has_edge: bool) -> AsyncIterator[RunningProcess]:
    """The group, up and serving; leaving the context stops it in order.

    Raises StartRefused and EdgeFailed when it cannot start, or cannot go on.
    """
    clock = SystemClock()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(socket_directory())
        certificates = Certificates(settings.tls, clock) if settings.tls else None
        grpc_port = settings.grpc_port or stack.enter_context(_reserved_port())
        members = _members(settings, directory, clock, grpc_port)
        stack.push_async_callback(_stop, members)  # those, too, beside which one cannot start
        await members[0].start()  # alone: it makes the tables of an empty database
        await _start_together(members[1:])
        group = await stack.enter_async_context(WorkerGroup())
        stack.push_async_callback(_stop, members)  # before those who would start them again
        for member in members:
            group.start(member.mind())
        http_port = None
        if has_edge:
            sockets = tuple(member.socket for member in members if member.role == "api")
            edge = Edge(edge_config(settings, directory, certificates, servers=sockets), clock)
            http_port = await start_edge(stack, edge, group, certificates)
            if certificates:
                group.start(certificates.run())
        group.start(_restart_on_hangup(members))
        demo = settings.data_dir / DEMO_FILE
        credentials = json.loads(demo.read_text()) if settings.demo and demo.exists() else None
        yield RunningProcess(http_port, grpc_port, members[0].metrics_port, credentials)


def _members(settings: Settings, directory: Path, clock: Clock, grpc_port: int) -> list[Member]:
    """The processes, those that serve first. Metrics are on consecutive ports, or each on any free one."""
    roles = ["api"] * settings.workers + ["worker"] * (
        settings.workers if settings.database_url.startswith("postgres") else 1
    )
    members = []
    for number, role in enumerate(roles):
        own = directory / str(number)
        own.mkdir(mode=0o700)
        metrics_port = settings.metrics_port + number if settings.metrics_port else 0
        members.append(Member(role, own, clock, grpc_port=grpc_port, metrics_port=metrics_port))
    return members


async def _start_together(members: Sequence[Member]) -> None:
    """Start them at once, and raise why one could not, when all have tried."""
    for outcome in await asyncio.gather(*(member.start() for member in members), return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


async def _restart_on_hangup(members: list[Member]) -> None:
    """At each SIGHUP restart every process, one after another."""
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
    while True:
        await asked.wait()
        asked.clear()
        if not await _is_startable():
            continue
        for member in members:
            await member.restart()
        log.info("processes_restarted", count=len(members))


async def _is_startable() -> bool:
    """Whether the version that is installed by now runs on the schema; nothing is ended for one that does not."""
    command = (sys.executable, "-m", "tidings_server", MIGRATE, "--check")
    checking = await child_process.start(command, env=environment(), stdout=asyncio.subprocess.PIPE)
    answer, _ = await checking.communicate()
    if checking.returncode:
        log.error("restart_refused", answer=answer.decode().strip(), status=checking.returncode)
    return not checking.returncode


async def _stop(members: list[Member]) -> None:
    async with asyncio.TaskGroup() as stopping:
        for member in members:
            stopping.create_task(member.stop())


@contextmanager
def _reserved_port() -> Iterator[int]:
    """A free port that stays this group's: bound, and not listened on, by this process."""
    with socket.socket() as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(("127.0.0.1", 0))
        yield int(reserved.getsockname()[1])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
