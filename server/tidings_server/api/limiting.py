"""The layers that bound how many requests a caller may make, in the dialects whose documents say so."""

from typing import Any

from tidings_server.api.contract import Rpc
from tidings_server.api.dialects import BY_SERVICE
from tidings_server.api.layers import Layer, Serve
from tidings_server.api.metadata import Call, Context
from tidings_server.core.request_limits import RequestLimits
from tidings_server.errors import Unauthenticated


def guarded(limits: RequestLimits) -> Layer:
    """Refuses an address from which too many authentications have failed. Stands around authentication."""

    def layer(rpc: Rpc, inner: Serve) -> Serve:
        async def serve(call: Call, request: Any, context: Context) -> bytes | None:
            address = _address(call, context)
            await limits.check_address(address)
            try:
                return await inner(call, request, context)
            except Unauthenticated:
                if call.scope is None:
                    await limits.note_failure(address)
                raise

        return serve if BY_SERVICE[rpc.service].is_limited else inner

    return layer


def metered(limits: RequestLimits) -> Layer:
    """Refuses a credential that has made too many requests. Stands within authentication."""

    def layer(rpc: Rpc, inner: Serve) -> Serve:
        async def serve(call: Call, request: Any, context: Context) -> bytes | None:
            if call.scope is not None:
                await limits.count(call.scope)
            return await inner(call, request, context)

        return serve if BY_SERVICE[rpc.service].is_limited else inner

    return layer


def _address(call: Call, context: Context) -> str:
    """The caller's address: what the edge has added last, else the peer's, without its port."""
    if call.over_edge:
        return call.metadata.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return str(context.peer()).rpartition(":")[0]
