"""Child processes: every server, receiver and load generator runs in its own, and none outlives its bound.

A child gets its job as JSON in its first argument and answers in JSON, one object a line.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
STOP_S = 30.0

Job = Mapping[str, Any]
Answer = dict[str, Any]


class ChildFailed(Exception):
    """A child ended, or said nothing for too long; with the end of what it wrote to stderr."""


class Child:
    """A running child: its answers, and what it costs."""

    def __init__(self, command: list[str], *, env: Mapping[str, str], errors: Path) -> None:
        self._errors = errors
        with errors.open("wb") as file:
            self._popen = subprocess.Popen(  # a list, never a shell
                command, cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=file, text=True
            )
        self._process = psutil.Process(self._popen.pid)
        self._lines: Queue[str] = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def pid(self) -> int:
        return self._popen.pid

    def answer(self, *, within_s: float) -> Answer:
        """The next object that the child prints; what is no JSON is passed over."""
        answer: Answer = json.loads(self.line("{", within_s=within_s))
        return answer

    def line(self, start: str, *, within_s: float) -> str:
        """The next line that begins with `start`, spaces before it not counted; others are passed over."""
        while True:
            try:
                line = self._lines.get(timeout=within_s)
            except Empty:
                raise ChildFailed(f"nothing said for {within_s} s: {self.last_words()}") from None
            if not line:
                raise ChildFailed(f"ended with {self._popen.wait()}: {self.last_words()}")
            if line.strip().startswith(start):
                return line.strip()

    def check(self) -> None:
        """Raises ChildFailed if it has ended."""
        if self._popen.poll() is not None:
            raise ChildFailed(f"ended with {self._popen.returncode}: {self.last_words()}")

    def cpu_s(self) -> float:
        """Processor time so far, of this process alone, in seconds."""
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def rss_mib(self) -> float:
        """Resident memory of this process alone, in MiB."""
        return float(self._process.memory_info().rss) / 2**20

    def stop(self) -> None:
        """Asks it to end; ends it if it does not."""
        if self._popen.poll() is None:
            self._popen.send_signal(signal.SIGTERM)
        try:
            self._popen.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()

    def last_words(self) -> str:
        return self._errors.read_text(errors="replace")[-2_000:]

    def _read(self) -> None:
        assert self._popen.stdout is not None
        for line in self._popen.stdout:
            self._lines.put(line)
        self._lines.put("")


@contextmanager
def running(module: str, job: Job, *, directory: Path, env: Mapping[str, str] | None = None) -> Iterator[Child]:
    """`python -m module <job>`, stopped at the end; its stderr is kept in `directory`."""
    errors = directory / f"{module.rpartition('.')[2]}.stderr"
    child = Child([sys.executable, "-m", module, json.dumps(job)], env=env or {}, errors=errors)
    try:
        yield child
    finally:
        child.stop()


def done(module: str, job: Job, *, directory: Path, within_s: float) -> Answer:
    """Report of a child that does one job."""
    with running(module, job, directory=directory) as child:
        return child.answer(within_s=within_s)


def given_job(*, limit_s: float) -> Answer:
    """In a child: the job. After `limit_s` the kernel ends this process, whatever it does."""
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    job: Answer = json.loads(sys.argv[1])
    return job


def say(answer: Job) -> None:
    """In a child: one answer to the parent."""
    print(json.dumps(answer), flush=True)
