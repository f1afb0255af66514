"""Settings of the Python interpreter, as they suit a server."""

import ctypes
import gc
import sys
from threading import Lock
from typing import Final

COLLECT_AFTER: Final = 10_000
"""Allocations after which the garbage collector visits the youngest generation; Python's default is 700."""

SWITCH_S: Final = 0.0005
"""Interval at which threads hand over the interpreter, a tenth of Python's default: the writer's thread needs it some
twenty times in each transaction, for which all wait. At 0.1 ms a core answers a fifth fewer synchronous events."""

HURRIED_SWITCH_S: Final = 0.0001
"""The same while a thread computes for a tenant: the loop may wait so long at each of a call's steps."""

MMAP_THRESHOLD: Final = -3
"""Number of the parameter in glibc's malloc.h."""
MAPPED_BYTES: Final = 4 << 20
"""Size from which an allocation is a mapping of its own, which goes back to the system as it is freed. glibc's own
threshold rises to 32 MiB with the first such allocation: each thread that has hashed a secret kept 19 MiB for good."""


def tune_allocation() -> None:
    """Have large allocations go back to the system, where malloc is glibc's."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(MMAP_THRESHOLD, MAPPED_BYTES)


def tune_threads() -> None:
    """Have threads hand over the interpreter more often."""
    sys.setswitchinterval(SWITCH_S)


class ComputingThreads:
    """Counts threads that compute; while there are any, all threads hand over the interpreter more often still."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = Lock()

    def begin(self) -> None:
        """One more computes from now on."""
        self._add(1)

    def end(self) -> None:
        """One has ended."""
        self._add(-1)

    def _add(self, change: int) -> None:
        with self._lock:
            self._count += change
            sys.setswitchinterval(HURRIED_SWITCH_S if self._count else SWITCH_S)


COMPUTING: Final = ComputingThreads()


def tune_garbage_collection() -> None:
    """Exclude from garbage collection all objects of the process so far, and collect less often.

    Visiting them takes 0.2 s, in which no request is answered, and was due every few thousand requests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
