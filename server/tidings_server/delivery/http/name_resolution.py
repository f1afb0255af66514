"""Name resolution for webhooks: on threads of its own, within a bounded time.

The operating system's resolver may block for as long as a hostile name server likes. On the event loop's shared threads
a few such names would hold up everything else that uses them, password checks among it. So would one tenant's names all
others': each thread is a slot of a pool, some of which are kept for tenants that have few.
"""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from aiohttp.abc import AbstractResolver, ResolveResult

from tidings_server.platform.pool_slots import PoolSlots
from tidings_server.platform.turns import owner

MAX_THREADS = 32
RESOLVE_TIMEOUT_S = 10.0
"""Deadline of one name; its thread is free when the operating system gives up."""

_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class Resolver(AbstractResolver):
    """Resolves by the operating system. Addresses are checked when they are dialled (see egress.py)."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="resolve")
        self._slots = PoolSlots(MAX_THREADS)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Every address of a host. Raises OSError: for an unknown name, and when it takes too long."""
        look_up = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        loop, tenant = asyncio.get_running_loop(), owner.get()
        await self._slots.take(tenant)
        resolving = self._threads.submit(look_up)
        resolving.add_done_callback(lambda _: _soon(loop, partial(self._slots.give, tenant)))  # with its thread
        async with asyncio.timeout(RESOLVE_TIMEOUT_S):
            found = await asyncio.wrap_future(resolving)
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=protocol, flags=_NUMERIC)
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _soon(loop: asyncio.AbstractEventLoop, give: Callable[[], None]) -> None:
    """Give a slot back on the loop, if that still runs."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(give)
