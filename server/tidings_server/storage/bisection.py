"""Bisection of a batch that fails as a whole, so that a row that cannot be written holds up no other."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

import structlog
from prometheus_client import Counter

from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import LostRace, Overloaded, Unavailable
from tidings_server.platform.telemetry.metrics import REGISTRY
from tidings_server.storage.database_errors import storage_fault

T = TypeVar("T")

PAUSE_S: Final = 60.0
MAX_PAUSED: Final = 10_000

SET_ASIDE = Counter(
    "tidings_rows_set_aside",
    "Rows that a worker could not write and left out, so that it could write the others.",
    ["worker"],
    registry=REGISTRY,
)

log = structlog.get_logger(__name__)


async def bisected(
    items: Sequence[T],
    work: Callable[[Sequence[T]], Awaitable[object]],
    *,
    refused: Callable[[T, Exception], Awaitable[object]],
) -> None:
    """Do `work` for all items together; where that fails, for each half, in order, down to single items.

    `refused` gets each item whose work fails alone, and its error. A failure that is no item's own (`is_transient`) is
    raised; the caller repeats the whole, so work that was done must have no effect the second time.
    """
    if not items:
        return
    try:
        await work(items)
    except Exception as error:
        if is_transient(error):
            raise
        if len(items) == 1:
            await refused(items[0], error)
            return
        half = len(items) // 2
        for part in (items[:half], items[half:]):
            await bisected(part, work, refused=refused)


class PausedRows:
    """Rows that were set aside by their keys, and are not read again for a while. In memory, at most `MAX_PAUSED`."""

    def __init__(self, clock: Clock, *, pause_s: float = PAUSE_S) -> None:
        self._clock = clock
        self._pause_s = pause_s
        self._until: dict[int | str, float] = {}

    def add(self, key: int | str) -> None:
        """Pause a row. Beyond `MAX_PAUSED` rows the oldest comes back early."""
        self._until.pop(key, None)
        self._until[key] = self._clock.monotonic() + self._pause_s
        if len(self._until) > MAX_PAUSED:
            del self._until[next(iter(self._until))]

    def active(self) -> set[int | str]:
        """Keys of the rows whose pause is not over."""
        now = self._clock.monotonic()
        self._until = {key: until for key, until in self._until.items() if until > now}
        return set(self._until)


def is_transient(error: Exception) -> bool:
    """Whether a failure is the database's or a lost race, and so no row's own."""
    return isinstance(error, Unavailable | Overloaded | LostRace) or storage_fault(error) is not None


def set_aside(worker: str, error: Exception, **row: int | str) -> None:
    """Count a row that is left out, and log its identity with the kind of the error, not the error's values."""
    SET_ASIDE.labels(worker).inc()
    log.error("row_set_aside", worker=worker, error=type(error).__name__, **row)
