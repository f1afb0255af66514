"""Tracing: a span for every call."""

from typing import Any

from tidings_server.platform.telemetry.traces import Tracer, Untraced
from tidings_server.rpc.metadata import Context, RpcCall
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.middleware import Middleware, Serve


def tracing(tracer: Tracer) -> Middleware:
    """Make the call a span, and that span the parent of what the call causes."""

    def middleware(rpc: Rpc, inner: Serve) -> Serve:
        async def serve(call: RpcCall, request: Any, context: Context) -> bytes | None:
            with tracer.span(rpc.path.strip("/"), parent=call.traceparent) as call.traceparent:
                return await inner(call, request, context)

        return inner if isinstance(tracer, Untraced) else serve

    return middleware
