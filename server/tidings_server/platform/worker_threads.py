"""Threads for work that cannot give its turn of the loop up, of which each tenant has a share.

Calls and what follows the log have threads apart: a consumer of all tenants does not wait behind one tenant's calls.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, Generic, TypeVar
from weakref import WeakValueDictionary

from tidings_server.platform.errors import Overloaded
from tidings_server.platform.interpreter import COMPUTING
from tidings_server.platform.turns import INLINE_BYTES, MAX_REST_S, in_turn, is_shared, owner

S = TypeVar("S")
T = TypeVar("T")

THREADS: Final = 4
SHARE: Final = 1
"""Threads that one tenant's work may have at once; what is more waits for its own."""
DEADLINE_S: Final = 20.0
"""Time that a caller waits for its work, that for a thread included."""
RETRY_AFTER_S: Final = 1.0


class WorkerThreads:
    """Threads for work of tenants, of which each has a share for its calls, and one for what follows its events."""

    def __init__(self, *, threads: int = THREADS, share: int = SHARE, deadline_s: float = DEADLINE_S) -> None:
        self._for_calls = ThreadPoolExecutor(threads, thread_name_prefix="off-loop")
        self._for_followers = ThreadPoolExecutor(threads, thread_name_prefix="off-loop-follower")
        self._share = share
        self._deadline_s = deadline_s
        self._shares: WeakValueDictionary[tuple[asyncio.AbstractEventLoop, int, bool], asyncio.Semaphore]
        self._shares = WeakValueDictionary()  # by loop: what waits in one cannot be woken by another

    async def run(self, work: Callable[[], T], *, tenant: int) -> T:
        """The result of `work`, which must be bounded by its input: it goes on after the deadline, in its share.

        Raises Overloaded at the deadline, and what `work` raises.
        """
        loop, is_follower = asyncio.get_running_loop(), isinstance(owner.get(), str)
        threads = self._for_followers if is_follower else self._for_calls
        share = self._shares.setdefault((loop, tenant, is_follower), asyncio.Semaphore(self._share))
        try:
            async with asyncio.timeout(self._deadline_s):
                await share.acquire()
                timed = _Timed(work)
                COMPUTING.begin()
                running = loop.run_in_executor(threads, timed)
                running.add_done_callback(lambda done: _end(done, share, timed.took_s))
                return await asyncio.shield(running)
        except TimeoutError:
            raise Overloaded(retry_after_s=RETRY_AFTER_S) from None


_WORKERS: Final = WorkerThreads()


async def off_loop(work: Callable[[], T], *, tenant: int, size: int) -> T:
    """The result of `work` on `size` bytes of a tenant's: `in_turn` where these are few, else on a thread.

    `work` gets no turn of the loop and must not touch what the loop's code changes. Raises as `WorkerThreads.run`.
    """
    return await (in_turn(work) if size <= INLINE_BYTES else _WORKERS.run(work, tenant=tenant))


async def each_off_loop(
    work: Callable[[S], T], items: Iterable[S], *, tenant: int, size: Callable[[S], int]
) -> list[T]:
    """The results of `work` on each of a tenant's items, each as by `off_loop`; `size` gives their bytes."""
    return [await off_loop(partial(work, item), tenant=tenant, size=size(item)) for item in items]


class _Timed(Generic[T]):
    """Work that notes how long it took."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self.took_s = 0.0

    def __call__(self) -> T:
        began_at = time.perf_counter()
        try:
            return self._work()
        finally:
            self.took_s = time.perf_counter() - began_at


def _end(done: "asyncio.Future[T]", share: asyncio.Semaphore, took_s: float) -> None:
    """Free a share, after a rest as long as the work where several tenants call."""
    COMPUTING.end()
    if is_shared():
        asyncio.get_running_loop().call_later(min(took_s, MAX_REST_S), share.release)
    else:
        share.release()
    if not done.cancelled():
        done.exception()  # marks it as seen, where the caller has gone
