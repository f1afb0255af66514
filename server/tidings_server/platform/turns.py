"""Turns of the event loop: what keeps one caller's work from holding it for all others.

Work that goes from element to element gives its turn up every few milliseconds (`Turn`), and all such work of a process
waits in one queue for the next: one piece of it runs in every `1 + GAP` rounds of the loop, that of each owner (tenant,
consumer) in turn, so that a short call passes between any two. Where several tenants call, such work rests as long as
it works, so that the loop is never full of it: who is alone has all of the machine. What takes a moment at most but
comes in crowds (`in_turn`) has an allowance of each round of the loop, and waits in that queue beyond it.

Work that cannot give its turn up, since it recurses or is one call of a library, runs on a thread (worker_threads.py).
Python code on a thread hands the interpreter over every 0.1 ms, so the loop goes on beside it; only a call into C keeps
it for as long as that call takes.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from contextvars import ContextVar
from functools import lru_cache
from typing import Final, TypeVar

from tidings_server.platform.turns_by_owner import TurnsByOwner

T = TypeVar("T")

SLICE_S: Final = 0.001
"""Longest time that work holds the loop before others get it."""
BACKGROUND_S: Final = 0.0005
"""The same for work that no call waits for: consumers, replays, backtests. Calls are answered before it."""
ALONE_S: Final = 0.002
"""The least of both while one tenant alone calls: each change of turns costs some rounds of the loop."""
GAP: Final = 3
"""Rounds of the loop between two such pieces of work, in which only short work runs."""
CALM_S: Final = 0.003
"""A first turn is given at once where none waits and none was given for so long."""
REST_S: Final = 0.001
"""Rest between two such pieces of work where several tenants call."""
SHARED_S: Final = 0.25
"""Time for which several tenants count as calling after a call of another tenant than the one before."""
MAX_REST_S: Final = 1.0
ALLOWANCE_S: Final = 0.0005
"""Time of one round of the loop for work that is done at once."""
INLINE_BYTES: Final = 4 << 10
"""Size up to which a message is looked at on the loop: the worst of that size costs some 10 ms, the usual one 0.1."""
STRANGERS: Final = 0
"""In place of a tenant's number: all whose tenant is not known have one share."""
SERVER: Final = -1
"""The same for work of the server itself, which serves all tenants."""
owner: ContextVar[Hashable] = ContextVar("owner", default=None)
"""Whose work the present task does: a tenant's number, or the name of what no call waits for."""


class TurnQueue:
    """The work of one loop that waits for its next turn: that of each owner in turn, in the order it came.

    Calls, consumers whose effects somebody waits for (`expect`), and all else that no call waits for, have a third of
    the turns each: many busy consumers do not slow one tenant's calls, nor what is to be delivered.
    """

    def __init__(self) -> None:
        self._kinds = deque(TurnsByOwner[asyncio.Future[None]]() for _ in range(3))
        self._calls, self._awaited, self._background = self._kinds
        self._expected: frozenset[Hashable] = frozenset()
        self._is_serving = False
        self._given_at = self._spent_s = 0.0
        self._tenant: Hashable = None
        self._before: Hashable = None
        self._called_at = self._called_before_at = -SHARED_S
        self._shared_until = 0.0

    def enter(self, tenant: Hashable) -> None:
        """Note a call of a tenant, or a piece of one that lasts."""
        now = time.perf_counter()
        if tenant != self._tenant:
            self._before, self._called_before_at = self._tenant, self._called_at
            self._tenant, self._shared_until = tenant, now + SHARED_S
        self._called_at = now

    def has_others(self, tenant: Hashable) -> bool:
        """Whether another tenant than this one calls."""
        called_at = self._called_at if self._tenant != tenant else self._called_before_at
        return time.perf_counter() < called_at + SHARED_S

    def expect(self, owners: Iterable[Hashable]) -> None:
        """Give these owners, which no call waits for, turns before the others of that kind, and without a rest."""
        self._expected |= frozenset(owners)

    @property
    def is_shared(self) -> bool:
        """Whether several tenants call."""
        return time.perf_counter() < self._shared_until

    @property
    def has_room(self) -> bool:
        """Whether the present round of the loop has some of its allowance left."""
        return self._spent_s < ALLOWANCE_S

    def spend(self, seconds: float) -> None:
        """Count work that was done at once in the present round."""
        if not self._spent_s:
            asyncio.get_running_loop().call_soon(self._begin_round)
        self._spent_s += seconds

    def _begin_round(self) -> None:
        self._spent_s = 0.0

    async def wait(self, *, is_working: bool = False) -> None:
        """Wait for the present owner's next turn. One that `is_working` lets the loop go on before it in any case.

        How long ago the last turn was given says little, since a busy machine may have stood still.
        """
        origin, now = owner.get(), time.perf_counter()
        waiting = self._awaited if origin in self._expected else self._background
        waiting = waiting if isinstance(origin, str) else self._calls
        loop = asyncio.get_running_loop()
        if not is_working and not self._is_serving and now - self._given_at > CALM_S:
            self._given_at, self._is_serving = now, True
            loop.call_soon(self._serve, loop, GAP)  # the next of the same round waits for it
            waiting.had(origin)
            return
        turn = loop.create_future()
        waiting.add(origin, turn)
        if not self._is_serving:
            self._is_serving = True
            loop.call_soon(self._serve, loop, GAP)
        await turn

    def _serve(self, loop: asyncio.AbstractEventLoop, rounds: int) -> None:
        """Give the next turn after so many rounds, and go on while any work waits."""
        if rounds > 0:
            loop.call_soon(self._serve, loop, rounds - 1)
            return
        while any(self._kinds):
            self._kinds.rotate(-1)
            turn = waiting.take() if (waiting := self._kinds[-1]) else None
            if turn is None or turn.done():  # its task was cancelled
                continue
            turn.set_result(None)
            self._given_at = time.perf_counter()
            if self.is_shared and waiting is not self._awaited:
                loop.call_later(REST_S, self._serve, loop, 0)
            else:
                loop.call_soon(self._serve, loop, GAP)
            return
        self._is_serving = False


def enter(tenant: int) -> None:
    """Do a tenant's work from now on in the present task, which serves a call of it."""
    owner.set(tenant)
    _queue().enter(tenant)


def has_others(tenant: int) -> bool:
    """Whether another tenant calls, so that this one's work goes in small pieces, however much there is of it."""
    return _queue().has_others(tenant)


def is_shared() -> bool:
    """True while several tenants call."""
    return _queue().is_shared


def expect(owners: Iterable[str]) -> None:
    """Give these owners, which no call waits for, turns before the others of that kind."""
    _queue().expect(owners)


async def next_turn() -> None:
    """Wait for the next turn; before a piece of work that is known to take milliseconds."""
    await _queue().wait()


async def give_way() -> None:
    """Let the loop go on in any case, and wait for the next turn; between two pieces of work."""
    await _queue().wait(is_working=True)


async def in_turn(work: Callable[[], T]) -> T:
    """The result of `work`, at once where this round of the loop has room for it, else in a later turn.

    For work that usually takes less than a tenth of a millisecond, but of which many callers may have some at once.
    """
    queue = _queue()
    if not queue.has_room:
        await queue.wait(is_working=True)
    started_at = time.perf_counter()
    try:
        return work()
    finally:
        queue.spend(time.perf_counter() - started_at)


def _queue() -> TurnQueue:
    return _queue_of(asyncio.get_running_loop())


@lru_cache(maxsize=4)
def _queue_of(_loop: asyncio.AbstractEventLoop) -> TurnQueue:
    return TurnQueue()


class Turn:
    """The present turn of the loop, from when it is made."""

    def __init__(self, slice_s: float = SLICE_S, *, alone_s: float = ALONE_S) -> None:
        """`alone_s`: the least slice while one tenant alone calls."""
        self._slice_s = slice_s
        self._alone_s = alone_s
        self._queue = _queue()
        self._begin()

    async def give(self) -> None:
        """Wait for the next turn where the slice has passed since this one began."""
        if time.perf_counter() >= self._ends_at:
            await self._queue.wait(is_working=True)
            self._begin()

    def _begin(self) -> None:
        slice_s = self._slice_s if self._queue.is_shared else max(self._slice_s, self._alone_s)
        self._ends_at = time.perf_counter() + slice_s
