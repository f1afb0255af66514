"""Name resolution for webhooks: on threads of its own, within a bounded time.

The operating system's resolver may block for as long as a hostile name server likes. On the event loop's shared threads
a few such names would hold up everything else that uses them, password checks among it. So would one tenant's names all
others': each thread is a slot of a pool, some of which are kept for tenants that have few.
"""

import socket
from functools import partial

from aiohttp.abc import AbstractResolver, ResolveResult

from tidings_server.platform.pool_slots import SharedThreads
from tidings_server.platform.turns import owner

MAX_THREADS = 32
RESOLVE_TIMEOUT_S = 10.0
"""Deadline of one name; its thread is free when the operating system gives up."""

_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class Resolver(AbstractResolver):
    """Resolves by the operating system. Addresses are checked when they are dialled (see egress.py)."""

    def __init__(self) -> None:
        self._threads = SharedThreads(MAX_THREADS, name="resolve")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Every address of a host. Raises OSError: for an unknown name, and when it takes too long."""
        look_up = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        found = await self._threads.run(look_up, owner=owner.get(), timeout_s=RESOLVE_TIMEOUT_S)
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=protocol, flags=_NUMERIC)
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        self._threads.close()
