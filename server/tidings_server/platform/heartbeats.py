"""Heartbeats of the long-running workers: whether each makes progress, for readiness and metrics.

A worker does its work in rounds and rests between them; only in a round can it be silent. One whose round does not end,
or whose rounds have all failed, for `STUCK_S` is stuck. What a round waits for is the database alone: a receiver that
never answers, or one row that is refused, must not make a worker stuck. A worker finds its heartbeat in its context
(`current`); outside of `Heartbeats.supervised` that is one which nobody looks at.

A cancellation ends a supervised worker no later than its round. Libraries take one for a failure of their own now and
then (nats-py while it publishes, `asyncio.wait_for` of Python 3.11 whose answer has just come), and a worker that tried
again would go on for ever: with a lease that is another process's.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import structlog
from prometheus_client import Counter, Gauge

from tidings_server.platform.clock import Clock, SystemClock
from tidings_server.platform.telemetry.metrics import REGISTRY

STUCK_S: Final = 8.0
"""Readiness fails within 10 s: it is read once a second."""
RESTART_S: Final = 1.0

STUCK_SECONDS = Gauge(
    "tidings_worker_stuck_seconds",
    "How long a worker has been failing, or silent in a round of its work, in seconds; 0 while it rests.",
    ["worker"],
    registry=REGISTRY,
)
ROUNDS = Counter("tidings_worker_rounds", "Rounds of a worker's work.", ["worker"], registry=REGISTRY)
FAILURES = Counter(
    "tidings_worker_failures", "Rounds of a worker's work that ended with an error.", ["worker"], registry=REGISTRY
)

log = structlog.get_logger(__name__)


class Heartbeat:
    """Progress of one worker. Rounds of one worker do not overlap."""

    def __init__(self, name: str, registry: "Heartbeats | None" = None) -> None:
        self.name = name
        self._registry = registry
        self._rounds = ROUNDS.labels(name) if registry else None
        self._monotonic = (registry.clock if registry else SystemClock()).monotonic
        self._began: float | None = None
        self._failing_since: float | None = None
        self._has_failed = False

    @property
    def is_failing(self) -> bool:
        """Whether the last round failed."""
        return self._failing_since is not None

    @contextmanager
    def round(self) -> Iterator[None]:
        """One round: until it ends the worker is silent. One that raises or calls `failed` makes it failing.

        Raises CancelledError where the task of a supervised worker was cancelled meanwhile, whatever became of that.
        """
        began = self._began = self._monotonic()
        self._has_failed = False
        if self._rounds:
            self._rounds.inc()
        try:
            yield
        except Exception as error:
            self.end_if_cancelled(error)
            self.failed(began)
            raise
        else:
            if not self._has_failed:
                self._failing_since = None
        finally:
            self._began = None
        self.end_if_cancelled()

    def end_if_cancelled(self, cause: Exception | None = None) -> None:
        """Raise CancelledError where a supervised worker has been cancelled and goes on all the same."""
        task = asyncio.current_task() if self._registry else None
        if task is not None and task.cancelling():
            raise asyncio.CancelledError from cause

    def failed(self, since: float | None = None) -> None:
        """Count a failure, in a round or outside of one; it has lasted since `since` (monotonic s, by default now)."""
        self._has_failed = True
        if self._registry:
            FAILURES.labels(self.name).inc()
        if self._failing_since is None:
            self._failing_since = self._monotonic() if since is None else since

    def beat(self) -> None:
        """Progress within a long round."""
        self._failing_since = None
        if self._began is not None:
            self._began = self._monotonic()

    def stuck_s(self) -> float:
        """Seconds for which the worker has been failing or silent; 0 while it rests."""
        starts = [start for start in (self._began, self._failing_since) if start is not None]
        return max(0.0, self._monotonic() - min(starts)) if starts else 0.0

    def part(self, name: str) -> "Heartbeat":
        """The heartbeat of a task of this worker, under `<worker>.<name>`."""
        full = f"{self.name}.{name}"
        return self._registry.of(full) if self._registry else Heartbeat(full)


class Heartbeats:
    """The heartbeats of one process, by the names of its workers."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._by_name: dict[str, Heartbeat] = {}

    def of(self, name: str) -> Heartbeat:
        """The heartbeat of this name, which names code and never a value."""
        if name not in self._by_name:
            self._by_name[name] = Heartbeat(name, self)
            STUCK_SECONDS.labels(name).set_function(self._by_name[name].stuck_s)
        return self._by_name[name]

    def stuck(self) -> list[str]:
        """Names of the workers that are stuck, sorted."""
        return sorted(name for name, each in self._by_name.items() if each.stuck_s() >= STUCK_S)

    def enter(self, name: str) -> Heartbeat:
        """Make this heartbeat the current one of this context, and of the tasks that it starts from now on."""
        heartbeat = self.of(name)
        _current.set(heartbeat)
        return heartbeat

    async def supervised(self, name: str, worker: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a worker with its heartbeat until it ends or is cancelled; one that fails is started again."""
        heartbeat = self.enter(name)
        while True:
            try:
                return await worker()
            except Exception as error:
                heartbeat.end_if_cancelled(error)
                heartbeat.failed()
                log.exception("worker_failed", worker=name)
                await self.clock.sleep(RESTART_S)


def current() -> Heartbeat:
    """The heartbeat of the worker that this task belongs to."""
    return _current.get() or Heartbeat("")


_current: ContextVar[Heartbeat | None] = ContextVar("heartbeat", default=None)
