"""Slots for searches: a tenant has few at once, its others wait in order, and no other tenant waits for them.

A search reads up to some MiB of events and computes on them; a crowd of one tenant's would have all connections of the
database and most turns of the event loop. Beside other tenants it has one at a time (`platform/heavy_work.py`).
"""

from asyncio import Semaphore
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from tidings_server.platform.errors import Overloaded
from tidings_server.platform.heavy_work import heavy_work
from tidings_server.rpc.metadata import Context, RpcCall
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.middleware import Middleware, Serve

SEARCHES: Final = frozenset(
    {
        "/tidings.collector.v1.EventService/SearchEvents",
        "/tidings.orchestration.v1.EventService/SearchEvents",
        "/tidings.push.v1.EventPullService/ListEvents",
        "/tidings.push.v1.SelectionService/SelectFields",
    }
)
"""RPCs that read pages of events from anywhere in the log."""

AT_ONCE: Final = 4
"""Searches of one tenant that run at the same time."""

WAITING: Final = 100
"""Searches of one tenant that wait for a slot; more are refused."""

RETRY_AFTER_S: Final = 1.0


class TenantSlots:
    """Slots by tenant: `at_once` are held, `waiting` more wait in the order in which they came."""

    def __init__(self, *, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._at_once = at_once
        self._most = at_once + waiting
        self._slots: dict[int, Semaphore] = {}
        self._asked: dict[int, int] = {}

    @asynccontextmanager
    async def slot(self, tenant: int) -> AsyncIterator[None]:
        """Hold a slot of the tenant, once one is free. Raises Overloaded where too many wait already."""
        asked = self._asked.get(tenant, 0)
        if asked >= self._most:
            raise Overloaded(retry_after_s=RETRY_AFTER_S)
        self._asked[tenant] = asked + 1
        try:
            async with self._slots.setdefault(tenant, Semaphore(self._at_once)):
                yield
        finally:
            self._leave(tenant)

    def _leave(self, tenant: int) -> None:
        self._asked[tenant] -= 1
        if not self._asked[tenant]:
            del self._asked[tenant], self._slots[tenant]


def search_slots() -> Middleware:
    """Let a tenant's searches wait for one of its slots. Stands within the reading of the request."""
    slots = TenantSlots()

    def middleware(rpc: Rpc, inner: Serve) -> Serve:
        if rpc.path not in SEARCHES:
            return inner

        async def serve(call: RpcCall, request: Any, context: Context) -> bytes | None:
            if call.scope is None:
                return await inner(call, request, context)
            async with slots.slot(call.scope.tenant), heavy_work(call.scope.tenant):
                return await inner(call, request, context)

        return serve

    return middleware
