"""Slow refusals: who is refused for what the address or the tenant has done before waits for it.

A refusal costs the server about as much as a call. Whoever sends the next one when the last is answered gets so few of
them; others at the same address are served meanwhile. A tenant's first refusals of each second are sent at once: who
heeds them never waits. What waits is bounded, and counts for nothing else. No two wait equally long, so that those
which came together do not end together.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Hashable
from typing import Any, Final

from tidings_server.platform.client_address import network_of
from tidings_server.platform.errors import LimitExceeded, Unauthenticated
from tidings_server.rpc.metadata import Context, RpcCall
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.middleware import Serve

PAUSE_S: Final = 2.0
"""On average; between half of it and one and a half."""
QUICK: Final = 20
"""Refusals of a tenant, or of large bodies of an address, that do not wait, a second."""
MAX_OF_ONE: Final = 200
"""Refusals of one address (IPv6: its /64), or of one tenant, that wait; more are sent at once."""
MAX_IN_ALL: Final = 500


class SlowRefusals:
    """Refusals that wait, by address."""

    def __init__(self, *, pause_s: float = PAUSE_S) -> None:
        self._pause_s = pause_s
        self._waiting: Counter[Hashable] = Counter()
        self._second = 0
        self._quick: Counter[Hashable] = Counter()

    async def pause(self, address: str) -> None:
        """Wait before a refusal of a call from this address; not at all where too many do."""
        await self._pause(network_of(address))

    async def pause_beyond(self, origin: Hashable) -> None:
        """The same before a refusal of an origin (tenant or network) that has had `QUICK` in this second."""
        second = int(asyncio.get_running_loop().time())
        if second != self._second:
            self._second = second
            self._quick.clear()
        self._quick[origin] += 1
        if self._quick[origin] > QUICK:
            await self._pause(origin)

    async def _pause(self, origin: Hashable) -> None:
        if self._waiting[origin] >= MAX_OF_ONE or self._waiting.total() >= MAX_IN_ALL:
            return
        self._waiting[origin] += 1
        try:
            await asyncio.sleep(self._pause_s * random.uniform(0.5, 1.5))
        finally:
            self._waiting[origin] -= 1
            if not self._waiting[origin]:
                del self._waiting[origin]

    def middleware(self, _rpc: Rpc, inner: Serve) -> Serve:
        """Delay refusals over a limit: where the caller is not known, they are for too many bad credentials.

        And those of callers who are not known and send large bodies again and again, which Envoy has received.
        """

        async def serve(call: RpcCall, request: Any, context: Context) -> bytes | None:
            try:
                return await inner(call, request, context)
            except LimitExceeded:
                if not call.is_caller_check:  # the call itself follows
                    await (self.pause(call.address) if call.scope is None else self.pause_beyond(call.scope.tenant))
                raise
            except Unauthenticated:
                if call.is_unread:
                    await self.pause_beyond(network_of(call.address))
                raise

        return serve
