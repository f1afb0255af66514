"""Concurrency limits: each origin of calls has its share, so that none takes all that the server can answer in time.

Counted apart: calls and streams; the edge's socket and the gRPC port; at the port each address (IPv6: its /64), and
once the caller is known each tenant. A call beyond a limit is refused at once, with a time to retry after.
"""

from collections.abc import Hashable
from typing import Any, Final

from tidings_server.platform.client_address import network_of
from tidings_server.platform.errors import Overloaded
from tidings_server.rpc.metadata import Context, RpcCall
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.middleware import Middleware, Serve

RETRY_AFTER_S: Final = 1.0
SHARE: Final = 2
"""An address, and a tenant, may have the `SHARE`-th part of all calls open, and at least `UNSHARED`."""
STREAM_SHARE: Final = 4
"""The same for streams, which last."""
UNSHARED: Final = 50


class Shares:
    """Counts of what is open, in all and by its origin; the origin None has no share of its own."""

    def __init__(self, most: int, *, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._open: dict[Hashable, int] = {}
        self._total = 0

    def take(self, origin: Hashable) -> None:
        """Count one more, until `give_back`. Raises Overloaded where there is no room for it."""
        opened = self._open.get(origin, 0)
        if self._total >= self._most or (origin is not None and opened >= self._most_of_one):
            raise Overloaded(retry_after_s=RETRY_AFTER_S)
        self._total += 1
        self._open[origin] = opened + 1

    def give_back(self, origin: Hashable) -> None:
        """Count one less."""
        self._total -= 1
        opened = self._open[origin] - 1
        if opened:
            self._open[origin] = opened
        else:
            del self._open[origin]


def concurrency_limit(*, max_rpcs: int, max_streams: int) -> Middleware:
    """Refuse calls beyond `max_rpcs` at once and streams beyond `max_streams`, at the port and at the edge each.

    Over the edge an address has a share of them where the proxies before it are known: else all may come from one.
    """
    at_port, at_edge = _limits(max_rpcs, max_streams), _limits(max_rpcs, max_streams)

    def middleware(rpc: Rpc, inner: Serve) -> Serve:
        port, edge = at_port[rpc.is_stream], at_edge[rpc.is_stream]

        async def serve(call: RpcCall, request: Any, context: Context) -> bytes | None:
            shares = edge if call.over_edge else port
            has_share = not call.over_edge or bool(call.proxies)
            origin = network_of(call.address) or None if has_share else None
            shares.take(origin)
            try:
                return await inner(call, request, context)
            finally:
                shares.give_back(origin)

        return serve

    return middleware


def tenant_share(*, max_rpcs: int, max_streams: int) -> Middleware:
    """Refuse a tenant's calls beyond its share of all. Stands within authentication."""
    both = 2  # the port and the edge, which have bounded the sum already
    limits = (
        Shares(both * max_rpcs, most_of_one=max(UNSHARED, max_rpcs // SHARE)),
        Shares(both * max_streams, most_of_one=max(UNSHARED, max_streams // STREAM_SHARE)),
    )

    def middleware(rpc: Rpc, inner: Serve) -> Serve:
        shares = limits[rpc.is_stream]

        async def serve(call: RpcCall, request: Any, context: Context) -> bytes | None:
            origin = call.scope.tenant if call.scope else None
            shares.take(origin)
            try:
                return await inner(call, request, context)
            finally:
                shares.give_back(origin)

        return serve

    return middleware


def _limits(max_rpcs: int, max_streams: int) -> tuple[Shares, Shares]:
    """Of calls, and of streams."""
    return (
        Shares(max_rpcs, most_of_one=max(UNSHARED, max_rpcs // SHARE)),
        Shares(max_streams, most_of_one=max(UNSHARED, max_streams // STREAM_SHARE)),
    )
