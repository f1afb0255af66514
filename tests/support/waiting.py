"""Waiting for what others do in their own time.

A test waits for the very state that it asserts, for as long as a slow and busy machine may need: how fast something is
says the benchmark. A bound is short only where being cut off is what the test is about.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 120.0
"""Far longer than anything takes; well within the time that pytest gives a test."""
LOOK_S = 0.05


async def until(read: Callable[[], Awaitable[T]], holds: Callable[[T], bool]) -> T:
    """The value that `read` gives once `holds` accepts it. Raises TimeoutError with the last one."""
    ends_at = time.monotonic() + PATIENCE_S
    while not holds(found := await read()):
        if time.monotonic() > ends_at:
            raise TimeoutError(f"It never came to hold of {found!r}")
        await asyncio.sleep(LOOK_S)
    return found


def blocking_until(read: Callable[[], T], holds: Callable[[T], bool]) -> T:
    """The same where nothing else is to run meanwhile."""
    ends_at = time.monotonic() + PATIENCE_S
    while not holds(found := read()):
        if time.monotonic() > ends_at:
            raise TimeoutError(f"It never came to hold of {found!r}")
        time.sleep(LOOK_S)
    return found
