"""Turns of the event loop: what keeps one caller's work from holding it for all others.

Work that goes from element to element gives its turn up every few milliseconds (`Turn`). Work that cannot, since it
recurses or is one call of a library, runs on a thread (`off_loop`). Python code on a thread hands the interpreter over
every 0.5 ms, so the loop goes on beside it; only a call into C keeps it for as long as that call takes.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar
from weakref import WeakValueDictionary

from tidings_server.platform.errors import Overloaded

T = TypeVar("T")

SLICE_S: Final = 0.002
"""Longest time that work holds the loop before others get it; of some ten such pieces of work each has its turn."""
BACKGROUND_S: Final = 0.001
"""The same for work that no call waits for: consumers, replays, backtests. Calls are answered before it."""
INLINE_BYTES: Final = 4 << 10
"""Size up to which a message is looked at on the loop: the worst of that size costs some 10 ms, the usual one 0.1."""
THREADS: Final = 8
SHARE: Final = 2
"""Threads that one tenant's work may have at once; what is more waits for its own."""
DEADLINE_S: Final = 20.0
"""Time that a caller waits for its work, that for a thread included."""
RETRY_AFTER_S: Final = 1.0


class Turn:
    """The present turn of the loop, from when it is made."""

    def __init__(self, slice_s: float = SLICE_S) -> None:
        self._slice_s = slice_s
        self._ends_at = time.perf_counter() + slice_s

    async def give(self) -> None:
        """Give others the loop where the slice has passed since this turn began."""
        if time.perf_counter() >= self._ends_at:
            await asyncio.sleep(0)
            self._ends_at = time.perf_counter() + self._slice_s


class WorkerThreads:
    """Threads for work of tenants, of which each has a share."""

    def __init__(self, *, threads: int = THREADS, share: int = SHARE, deadline_s: float = DEADLINE_S) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="off-loop")
        self._share = share
        self._deadline_s = deadline_s
        self._shares: WeakValueDictionary[int, asyncio.Semaphore] = WeakValueDictionary()

    async def run(self, work: Callable[[], T], *, tenant: int) -> T:
        """The result of `work`, which must be bounded by its input: it goes on after the deadline, in its share.

        Raises Overloaded at the deadline, and what `work` raises.
        """
        share = self._shares.setdefault(tenant, asyncio.Semaphore(self._share))
        try:
            async with asyncio.timeout(self._deadline_s):
                await share.acquire()
                running = asyncio.get_running_loop().run_in_executor(self._threads, work)
                running.add_done_callback(lambda done: _end(done, share))
                return await asyncio.shield(running)
        except TimeoutError:
            raise Overloaded(retry_after_s=RETRY_AFTER_S) from None


_WORKERS: Final = WorkerThreads()


async def off_loop(work: Callable[[], T], *, tenant: int, size: int) -> T:
    """The result of `work` on `size` bytes of a tenant's: at once where these are few, else on a thread.

    `work` gets no turn of the loop and must not touch what the loop's code changes. Raises as `WorkerThreads.run`.
    """
    return work() if size <= INLINE_BYTES else await _WORKERS.run(work, tenant=tenant)


def _end(done: "asyncio.Future[T]", share: asyncio.Semaphore) -> None:
    share.release()
    if not done.cancelled():
        done.exception()  # marks it as seen, where the caller has gone
