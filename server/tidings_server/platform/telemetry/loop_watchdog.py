"""Watchdog of the event loop: measures its lag, and logs the stack of whatever holds it.

A thread asks the loop for an answer and times it. It asks every BUSY_INTERVAL_S while the loop's thread is computing,
and every IDLE_INTERVAL_S while it is not, so that an idle process stays idle. A hold that begins and ends between two
questions of an idle loop is not seen. Where C code keeps the interpreter, the stack is that of its caller.
"""

import sys
import threading
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

import structlog
from prometheus_client import Gauge, Histogram

from tidings_server.platform.clock import in_step
from tidings_server.platform.telemetry.metrics import REGISTRY

BUSY_INTERVAL_S: Final = 0.01
IDLE_INTERVAL_S: Final = 1.0
BUSY_SHARE: Final = 0.06
"""Share of a core that the loop's thread takes when it counts as busy: a little more than HELD_S in a second."""
HELD_S: Final = 0.05
"""Lag from which the stack is taken and logged."""
WINDOW_S: Final = 30.0
"""The gauge shows the longest lag of this window and of the one before it."""
IN_NO_CALLBACK: Final = "asyncio/runners.py:"
"""Innermost place of a loop that runs nothing: the machine had no core for it, and no code is to be named."""
LOG_INTERVAL_S: Final = 10.0
"""Shortest time between two log lines, unless the later hold is longer than the logged one."""
MAX_FRAMES: Final = 16
JOIN_S: Final = 2.0

LAG_SECONDS = Histogram(
    "tidings_loop_lag_seconds",
    "Time that the event loop took to answer the watchdog, in seconds.",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
    registry=REGISTRY,
)
LAG_MAX = Gauge(
    "tidings_loop_lag_max_seconds",
    f"Longest lag of the event loop in the last {WINDOW_S:.0f} to {2 * WINDOW_S:.0f} seconds, in seconds.",
    registry=REGISTRY,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Hold:
    """One time that the loop answered late: how long, how much of it its thread computed, and its stack meanwhile.

    The stack is `file:function:line`, innermost first, at most MAX_FRAMES; empty below HELD_S. Where `cpu_s` is far
    below `lag_s`, the loop's thread waited: for the machine, for another thread or for a blocking call.
    """

    lag_s: float
    cpu_s: float
    stack: tuple[str, ...] = ()


def log_hold(hold: Hold) -> None:
    """The log line of a hold; file and function names only, never a value."""
    log.warning("loop_held", ms=round(hold.lag_s * 1_000), cpu_ms=round(hold.cpu_s * 1_000), frames=list(hold.stack))


class LoopWatchdog:
    """Times the answers of one loop from a thread of its own. Made and started on the loop's thread."""

    def __init__(
        self,
        loop: AbstractEventLoop,
        on_hold: Callable[[Hold], None] = log_hold,
        *,
        idle_interval_s: float = IDLE_INTERVAL_S,
        log_interval_s: float = LOG_INTERVAL_S,
    ) -> None:
        """`on_hold` gets the holds of HELD_S and more, on the watchdog's thread."""
        self._loop = loop
        self._on_hold = on_hold
        self._idle_interval_s = idle_interval_s
        self._log_interval_s = log_interval_s
        self._watched = threading.get_ident()
        self._cpu_clock = time.pthread_getcpuclockid(self._watched)
        self._answered = threading.Event()
        self._answer_at = (0.0, 0.0)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="loop-watchdog", daemon=True)
        self._window_ends = 0.0
        self._longest = self._longest_before = 0.0
        self._logged_at, self._logged_s = -LOG_INTERVAL_S, 0.0

    def start(self) -> None:
        """Begin to watch."""
        LAG_MAX.set_function(self._max_lag)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; waits for it, but not for a held loop."""
        self._stopped.set()
        self._thread.join(JOIN_S)

    def _run(self) -> None:
        interval_s = BUSY_INTERVAL_S
        marked_at, marked_cpu_s = time.perf_counter(), self._cpu_s()
        while not self._stopped.wait(in_step(interval_s)):
            try:
                hold = self._ask()
            except RuntimeError:  # the loop is closed
                return
            self._note(hold)
            now, cpu_s = time.perf_counter(), self._cpu_s()
            if now - marked_at >= IDLE_INTERVAL_S:
                is_busy = cpu_s - marked_cpu_s > BUSY_SHARE * (now - marked_at)
                interval_s = BUSY_INTERVAL_S if is_busy else self._idle_interval_s
                marked_at, marked_cpu_s = now, cpu_s

    def _ask(self) -> Hold:
        """One question and its answer, however late.

        The loop itself notes when it answers, and the question counts once it is asked: on a busy machine this thread
        may get its core late, and the loop has gone round many times meanwhile.
        """
        self._answered.clear()
        self._loop.call_soon_threadsafe(self._answer)
        asked_at, asked_cpu_s = time.perf_counter(), self._cpu_s()
        stack: tuple[str, ...] = ()
        if not self._answered.wait(HELD_S):
            stack = self._stack()
            while not self._stopped.is_set() and not self._answered.wait(HELD_S):
                pass
        answered_at, answered_cpu_s = (
            self._answer_at if self._answered.is_set() else (time.perf_counter(), self._cpu_s())
        )
        lag_s = max(0.0, answered_at - asked_at)
        return Hold(lag_s, max(0.0, answered_cpu_s - asked_cpu_s), stack if lag_s >= HELD_S else ())

    def _answer(self) -> None:
        """Answer, on the loop's thread."""
        self._answer_at = time.perf_counter(), self._cpu_s()
        self._answered.set()

    def _note(self, hold: Hold) -> None:
        now = time.perf_counter()
        LAG_SECONDS.observe(hold.lag_s)
        self._turn_window(now)
        self._longest = max(self._longest, hold.lag_s)
        if not hold.stack or hold.stack[0].startswith(IN_NO_CALLBACK) or self._stopped.is_set():
            return
        if now - self._logged_at >= self._log_interval_s or hold.lag_s > self._logged_s:
            self._logged_at, self._logged_s = now, hold.lag_s
            self._on_hold(hold)

    def _turn_window(self, now: float) -> None:
        if now >= self._window_ends:
            is_recent = now < self._window_ends + WINDOW_S
            self._longest_before = self._longest if is_recent else 0.0
            self._longest, self._window_ends = 0.0, now + WINDOW_S

    def _max_lag(self) -> float:
        return max(self._longest, self._longest_before)

    def _cpu_s(self) -> float:
        return time.clock_gettime(self._cpu_clock)

    def _stack(self) -> tuple[str, ...]:
        """Current stack of the loop's thread, innermost frame first."""
        frame = sys._current_frames().get(self._watched)  # noqa: SLF001 - Python's only way to another thread's stack
        return tuple(_place(each) for _, each in zip(range(MAX_FRAMES), _outwards(frame), strict=False))


@contextmanager
def watched(loop: AbstractEventLoop) -> Iterator[None]:
    """The loop is watched for as long as the context lasts. Entered on the loop's thread."""
    watchdog = LoopWatchdog(loop)
    watchdog.start()
    try:
        yield
    finally:
        watchdog.stop()


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _place(frame: FrameType) -> str:
    """`package/file.py:function:line`; the path's last two parts, since the whole names the machine's folders."""
    path = Path(frame.f_code.co_filename)
    return f"{path.parent.name}/{path.name}:{frame.f_code.co_qualname}:{frame.f_lineno}"
