"""Slow refusals: who is refused for what the address has done before waits for it.

A refusal costs the server about as much as a call. Whoever sends the next one when the last is answered gets so few of
them; others at the same address are served meanwhile. What waits is bounded, and counts for nothing else. No two wait
equally long, so that those which came together do not end together.
"""

import asyncio
import random
from collections import Counter
from typing import Any, Final

from tidings_server.platform.client_address import network_of
from tidings_server.platform.errors import LimitExceeded
from tidings_server.rpc.metadata import Context, RpcCall
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.middleware import Serve

PAUSE_S: Final = 2.0
"""On average; between half of it and one and a half."""
MAX_OF_ONE: Final = 200
"""Refusals of one address (IPv6: its /64) that wait; more are sent at once."""
MAX_IN_ALL: Final = 500


class SlowRefusals:
    """Refusals that wait, by address."""

    def __init__(self, *, pause_s: float = PAUSE_S) -> None:
        self._pause_s = pause_s
        self._waiting: Counter[str] = Counter()

    async def pause(self, address: str) -> None:
        """Wait before a refusal of a call from this address; not at all where too many do."""
        origin = network_of(address)
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
        """Delay refusals over a limit whose caller is not known: they are for too many bad credentials."""

        async def serve(call: RpcCall, request: Any, context: Context) -> bytes | None:
            try:
                return await inner(call, request, context)
            except LimitExceeded:
                if call.scope is None:
                    await self.pause(call.address)
                raise

        return serve
