"""The processor time that a call takes of the thread that makes it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import thread_time
from typing import Final

TRIES: Final = 3


def processor_seconds(call: Callable[[], object]) -> float:
    """Seconds of the processor that `call` takes, the least of three tries: what else runs may share the core's caches.

    Coverage does not look on meanwhile: it makes some calls ten times as long, and this would measure coverage.
    """
    with _without_tracing():
        return min(_once(call) for _ in range(TRIES))


def _once(call: Callable[[], object]) -> float:
    started = thread_time()
    call()
    return thread_time() - started


@contextmanager
def _without_tracing() -> Iterator[None]:
    tracing = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracing)
