"""Health of the server for gRPC's health service and `/healthz`, and reflection of its services."""

from collections.abc import Callable

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock
from tidings_server.platform.heartbeats import Heartbeats
from tidings_server.rpc import reflection
from tidings_server.rpc.dialects import BY_SERVICE

CHECK_EVERY_S = 1.0


class Health:
    """The state of the server. It serves between `open` and `close`, while `is_able` and no worker is stuck."""

    def __init__(self, clock: Clock, *, is_able: Callable[[], bool], workers: Heartbeats) -> None:
        """`is_able`: there is room on the disk."""
        self._clock = clock
        self._is_able = is_able
        self._workers = workers
        self._is_open = False
        self._published: bool | None = None
        self._servicer = health.aio.HealthServicer()

    @property
    def is_serving(self) -> bool:
        return self._is_open and self._is_able() and not self._workers.stuck()

    @property
    def reason(self) -> str:
        """A sentence on why the server does not serve: the first worker that is stuck by its name, and nothing else."""
        stuck = self._workers.stuck()
        return f"The worker {stuck[0]} is stuck." if stuck else "The server does not serve now."

    def register(self, server: grpc.aio.Server) -> None:
        """Offer health and reflection on `server`; both need no credentials."""
        health_pb2_grpc.add_HealthServicer_to_server(self._servicer, server)
        reflection.register(server, (*BY_SERVICE, health.SERVICE_NAME))

    async def open(self) -> None:
        """Serve from now on."""
        self._is_open = True
        await self.run_once()

    async def close(self) -> None:
        """Report NOT_SERVING, so that load balancers send requests elsewhere."""
        self._is_open = False
        await self.run_once()

    async def run(self) -> None:
        """Keep gRPC's health service up to date, until cancelled."""
        heartbeat = heartbeats.current()
        while True:
            with heartbeat.round():
                await self.run_once()
            await self._clock.sleep(CHECK_EVERY_S)

    async def run_once(self) -> None:
        """Publish the state if it has changed."""
        if self._published == self.is_serving:
            return
        self._published = self.is_serving
        statuses = health_pb2.HealthCheckResponse
        for name in ("", *BY_SERVICE):
            await self._servicer.set(name, statuses.SERVING if self._published else statuses.NOT_SERVING)
