"""Tracing: a SERVER span for every call, with OpenTelemetry's attributes of RPCs and, over the edge, of HTTP."""

from typing import Any, Final

import grpc

from tidings_server.platform.telemetry.traces import Attributes, Span, SpanKind, Tracer, Untraced
from tidings_server.rpc.metadata import Context, RpcCall
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.middleware import Middleware, Serve

FAULTS: Final = frozenset({"UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"})
"""Statuses that are the server's fault; all others are the caller's, and no errors of a SERVER span.

Source: OpenTelemetry, semantic conventions for gRPC.
"""


def tracing(tracer: Tracer) -> Middleware:
    """Make the call a span, and that span the parent of what the call causes."""

    def middleware(rpc: Rpc, inner: Serve) -> Serve:
        name = rpc.path.strip("/")

        async def serve(call: RpcCall, request: Any, context: Context) -> bytes | None:
            begun = _attributes(rpc, call)
            with tracer.span(name, parent=call.traceparent, kind=SpanKind.SERVER, attributes=begun) as span:
                call.traceparent = span.traceparent
                try:
                    return await inner(call, request, context)
                finally:
                    _note_end(span, call)

        return inner if isinstance(tracer, Untraced) else serve

    return middleware


def _attributes(rpc: Rpc, call: RpcCall) -> Attributes:
    found: dict[str, str | int] = {
        "rpc.system": "grpc",
        "rpc.service": rpc.service,
        "rpc.method": rpc.path.rpartition("/")[2],
        "tidings.request_id": call.request_id,
    }
    if address := call.address:
        found["client.address"] = address
    if call.over_edge:
        found |= {
            "http.request.method": call.metadata.get("x-envoy-original-method", rpc.verb),
            "url.path": rpc.logged_path(call.path),
            "url.scheme": call.metadata.get("x-forwarded-proto", "http"),
        }
        if route := rpc.route_of(call.path):
            found["http.route"] = route
        if agent := call.metadata.get("user-agent"):
            found["user_agent.original"] = agent
    return found


def _note_end(span: Span, call: RpcCall) -> None:
    span.note({"rpc.grpc.status_code": int(grpc.StatusCode[call.code].value[0])})
    if call.scope is not None:
        span.note({"tidings.tenant": call.scope.tenant})
    if call.over_edge:
        span.note({"http.response.status_code": call.rest_status})
    if call.code in FAULTS:
        span.fail(call.code)
