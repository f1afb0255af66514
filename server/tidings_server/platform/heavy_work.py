"""Heavy work of tenants: while other tenants call, each has one piece of it at a time, and rests five times as long.

For calls that take some milliseconds of the loop, of reading threads and of the writer's each, however finely they are
cut: a search, a batch, a part of a backtest. Several at once of one tenant would leave another's short calls no room
between them. What stores events costs those who follow the log more than its own time, and rests for that, too: without
it a batch of 1,000 slowed a quarter of its neighbours' calls. Who is alone has all of the machine.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakValueDictionary

from tidings_server.platform.interpreter import COMPUTING
from tidings_server.platform.turns import MAX_REST_S, has_others

REST: Final = 5.0
"""Rest after a piece, as a multiple of its time and of that which its events take of those who follow the log."""
FOLLOWED_S: Final = 0.0001
"""Time that all who follow the log take of the interpreter for an event that a piece stores, about."""
_ONLY: Final[WeakValueDictionary[tuple[asyncio.AbstractEventLoop, int], asyncio.Lock]] = WeakValueDictionary()
"""Locks by loop and tenant: what waits in one loop cannot be woken by another."""


@asynccontextmanager
async def heavy_work(tenant: int, *, events: int = 0) -> AsyncIterator[None]:
    """Do a piece of a tenant's heavy work in here, after those before where other tenants call; it stores `events`."""
    if not has_others(tenant):
        yield
        return
    loop = asyncio.get_running_loop()
    only = _ONLY.setdefault((loop, tenant), asyncio.Lock())
    await only.acquire()
    began_at = time.perf_counter()
    COMPUTING.begin()
    try:
        yield
    finally:
        COMPUTING.end()
        took_s = time.perf_counter() - began_at + events * FOLLOWED_S
        loop.call_later(min(REST * took_s, MAX_REST_S), only.release)
