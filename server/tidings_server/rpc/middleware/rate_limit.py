"""The layers that bound how many requests a caller may make, in the dialects whose documents say so."""

from typing import Any

from tidings_server.platform.errors import Unauthenticated
from tidings_server.rpc.dialects import BY_SERVICE
from tidings_server.rpc.metadata import Call, Context
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.middleware.calls import Layer, Serve
from tidings_server.rpc.rate_limits import RequestLimits


def throttled(limits: RequestLimits) -> Layer:
    """Refuses an address from which too many authentications have failed. Stands around authentication."""

    def layer(rpc: Rpc, inner: Serve) -> Serve:
        async def serve(call: Call, request: Any, context: Context) -> bytes | None:
            await limits.check_address(call.address)
            try:
                return await inner(call, request, context)
            except Unauthenticated:
                if call.scope is None:
                    await limits.note_failure(call.address)
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
