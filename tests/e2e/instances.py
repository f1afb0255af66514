"""Real instances of Tidings as subprocesses, with ports of their own and data that goes with the test."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.kept_logs import keep
from tests.support.processes import with_clock_ahead
from tests.support.waiting import PATIENCE_S, blocking_until

ROOTS = ("server", "generated/python", "clients/python")
ROOT = Path(__file__).parents[2]

READY = re.compile(r"^  (REST|gRPC|metrics) +(?:https?://)?[^ ]*:(\d+)", re.MULTILINE)


@dataclass
class Instance:
    """One data directory, and the process that serves it: none, one, or one after another."""

    data_dir: Path
    settings: dict[str, str] = field(default_factory=dict)
    command: str = "run"
    clock: str = ""
    """By how many seconds its machine's clock is off, such as "+3600"."""
    tree: Path = ROOT
    """Where the code of the server stands."""
    process: subprocess.Popen[str] | None = None
    ports: dict[str, int] = field(default_factory=dict)

    @property
    def rest(self) -> str:
        return f"http://127.0.0.1:{self.ports['REST']}"

    @property
    def grpc(self) -> str:
        return f"127.0.0.1:{self.ports['gRPC']}"

    @property
    def metrics(self) -> str:
        return f"http://127.0.0.1:{self.ports['metrics']}/metrics"

    @property
    def demo(self) -> dict[str, Any]:
        """The demo tenant's credentials, of every kind."""
        credentials: dict[str, Any] = json.loads((self.data_dir / "demo-credentials.json").read_text())
        return credentials

    @property
    def log(self) -> str:
        """Output of all its processes, greetings included."""
        return (self.data_dir.parent / "log").read_text()

    @property
    def greeting(self) -> str:
        """The lines that the last process printed when it was ready."""
        return self.log[self._started_at :]

    def logged(self, text: str, count: int = 1) -> list[dict[str, Any]]:
        """Log lines that contain `text`, once there are at least `count`."""

        def read() -> list[str]:
            whole = self.log.rpartition("\n")[0]  # the last line may still be on its way
            return [line for line in whole.splitlines() if text in line]

        return [json.loads(line) for line in blocking_until(read, lambda found: len(found) >= count)]

    def start(self, **settings: str) -> None:
        """Starts a process and waits until it is ready; `settings` are for this one alone, `failpoint="name"`."""
        environment = self._environment(settings)
        log = self.data_dir.parent / "log"
        log.touch()
        self._started_at = len(log.read_text())
        with log.open("a") as file:
            command = [sys.executable, "-m", "tidings_server", self.command]
            self.process = subprocess.Popen(
                command, env=environment, stdout=file, stderr=file, cwd=self.tree, text=True
            )
        self._wait_until_ready()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Sends a signal and gives the exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        """Ends the process as a power cut would."""
        self.stop(signal.SIGKILL)

    def wait_for_death(self) -> int:
        """The exit status, once the process has ended by itself: at a failpoint it is failpoints.DIED."""
        assert self.process is not None
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("TIDINGS_", "AWS_"))}
        own = {
            "http_port": "0",
            "grpc_port": "0",
            "metrics_port": "0",
            "data_dir": str(self.data_dir),
            "egress_allow": "127.0.0.0/8",
            "min_free_mib": "0",
            "failed_logins_per_minute": "100000",
        }
        given = own | self.settings | dict(settings)
        named = {f"TIDINGS_{name.upper()}": value for name, value in given.items() if value != UNSET}
        others = {
            "AWS_ENDPOINT_URL": named.pop("TIDINGS_AWS_ENDPOINT_URL", ""),
            "OTEL_EXPORTER_OTLP_ENDPOINT": named.pop("TIDINGS_OTEL", ""),
        }
        others |= with_clock_ahead(self.clock) if self.clock else {}
        return inherited | named | others | {"PYTHONPATH": os.pathsep.join(str(self.tree / root) for root in ROOTS)}

    def _wait_until_ready(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + PATIENCE_S
        while " is ready." not in self.greeting or "metrics" not in self.greeting:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The instance did not become ready:\n{self.log}")
            time.sleep(0.02)
        self.ports = {name: int(port) for name, port in READY.findall(self.greeting)}


UNSET = "-"
"""In place of a setting's value: the server has its default."""


@contextmanager
def instance(*, command: str = "run", clock: str = "", tree: str = "", **settings: str) -> Iterator[Instance]:
    """A started instance in a directory of its own; `tree` is where the code of another version stands."""
    directory = Path(tempfile.mkdtemp(prefix="tidings-e2e-"))
    made = Instance(directory / "data", settings, command, clock, Path(tree) if tree else ROOT)
    try:
        made.start()
        yield made
        made.close()
        assert tree or "unexpected_error" not in made.log, "a call met an error that the server does not know"
    finally:
        made.close()
        keep(directory / "log")
        shutil.rmtree(directory)
