"""Access log: one line and the metrics of every call."""

import asyncio
from typing import Any

import grpc

from tidings_server.platform.clock import Clock
from tidings_server.platform.telemetry.logs import AccessLog, request_id
from tidings_server.platform.telemetry.metrics import RpcMeter, TenantMeter
from tidings_server.rpc.metadata import Context, RpcCall
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.middleware import Middleware, Serve


def access_log(lines: AccessLog, clock: Clock, tenants: TenantMeter) -> Middleware:
    """Count and time the call, and write its line."""

    def middleware(rpc: Rpc, inner: Serve) -> Serve:
        meter = RpcMeter(rpc.path)

        def note(call: RpcCall, seconds: float) -> None:
            meter.note(call.code, seconds)
            if call.scope and call.scope.tenant:
                tenants.note(call.scope.tenant, call.scope.tenant_name, call.code)
            tenant, actor = (call.scope.tenant_name, call.scope.actor) if call.scope else ("", "")
            lines.rpc(
                rpc.path,
                code=call.code,
                seconds=seconds,
                request_id=call.request_id,
                tenant=tenant,
                actor=actor,
                path=rpc.logged_path(call.path),
            )

        async def serve(call: RpcCall, request: Any, context: Context) -> bytes | None:
            request_id.set(call.request_id)
            started = clock.monotonic()
            try:
                return await inner(call, request, context)
            except asyncio.CancelledError:
                if call.code == grpc.StatusCode.OK.name:
                    call.code = grpc.StatusCode.CANCELLED.name
                raise
            finally:
                if not call.is_caller_check:
                    note(call, clock.monotonic() - started)

        return serve

    return middleware
