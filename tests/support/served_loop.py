"""A whole server on an event loop of its own thread, whose holds are measured; its clients are other threads."""

import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import grpc
import uvloop

from tidings_server.app import RunningProcess, running
from tidings_server.platform.interpreter import tune_threads
from tidings_server.platform.telemetry.loop_watchdog import BUSY_INTERVAL_S, Hold, LoopWatchdog
from tidings_server.settings import Settings

START_S: Final = 60.0
OPTIONS: Final = (("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1))


@dataclass
class ServedLoop:
    """The server's process and a channel to it; `holds` are the times that its loop answered late, oldest first."""

    process: RunningProcess
    channel: grpc.Channel
    holds: list[Hold] = field(default_factory=list)


@contextmanager
def served_loop(data_dir: Path) -> Iterator[ServedLoop]:
    """A server in this process, without the edge."""
    interval_s = sys.getswitchinterval()
    tune_threads()
    server = _ServerThread(data_dir)
    server.start()
    try:
        process = server.wait_until_ready()
        with grpc.insecure_channel(f"127.0.0.1:{process.grpc_port}", options=OPTIONS) as channel:
            yield ServedLoop(process, channel, server.holds)
    finally:
        server.stop()
        sys.setswitchinterval(interval_s)


class _ServerThread(threading.Thread):
    def __init__(self, data_dir: Path) -> None:
        super().__init__(name="served-loop", daemon=True)
        self._settings = Settings(
            http_port=0, grpc_port=0, metrics_port=0, data_dir=data_dir, min_free_mib=0, scheduling_per_minute=1_000_000
        )
        self._ready = threading.Event()
        self._process: RunningProcess | None = None
        self.holds: list[Hold] = []

    def wait_until_ready(self) -> RunningProcess:
        self._ready.wait(START_S)
        assert self._process is not None, "the server has not started"
        return self._process

    def stop(self) -> None:
        if self.is_alive():
            self._loop.call_soon_threadsafe(self._stopped.set)
            self.join(START_S)

    def run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with running(self._settings, has_edge=False) as self._process:
                watchdog = LoopWatchdog(
                    self._loop, self.holds.append, idle_interval_s=BUSY_INTERVAL_S, log_interval_s=0.0
                )
                watchdog.start()
                self._ready.set()
                await self._stopped.wait()
                watchdog.stop()
        finally:
            self._ready.set()
