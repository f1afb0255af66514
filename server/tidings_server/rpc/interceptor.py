"""The one interceptor, which puts the middleware around every RPC of the dialects."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias, cast

import grpc

from tidings_server.platform.client_address import NO_PROXIES, TrustedProxies
from tidings_server.platform.clock import Ids
from tidings_server.platform.turns import INLINE_BYTES, in_turn
from tidings_server.rpc import metadata
from tidings_server.rpc.bounded_calls import BoundedCalls
from tidings_server.rpc.client_streams import ClientStream, ItemReader
from tidings_server.rpc.dialects import BY_SERVICE
from tidings_server.rpc.metadata import Context, RpcCall, send_rest_response
from tidings_server.rpc.method import Rpc, rpc_of
from tidings_server.rpc.middleware import Middleware, Serve

RECHECK_S: Final = 2.0
"""Interval at which the credentials of a stream are checked: with that of changes themselves 5 s at most."""

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class MiddlewareInterceptor(grpc.aio.ServerInterceptor):
    """Runs the dialects' RPCs through `middleware`, outermost first; others (health, reflection) have bounds alone."""

    def __init__(self, middleware: Sequence[Middleware], *, ids: Ids, proxies: TrustedProxies = NO_PROXIES) -> None:
        self._middleware = middleware
        self._proxies = proxies
        self._ids = ids
        self._served: dict[str, Handler] = {}
        self._bounded = BoundedCalls(proxies)

    async def intercept_service(self, continuation: Any, handler_call_details: grpc.HandlerCallDetails) -> Any:
        path = handler_call_details.method
        if served := self._served.get(path):
            return served
        handler = await continuation(handler_call_details)
        if handler is None:
            return handler
        is_ours = path.strip("/").rpartition("/")[0] in BY_SERVICE
        self._served[path] = self._wrapped(rpc_of(path), handler) if is_ours else self._bounded.wrapped(handler)
        return self._served[path]

    def _wrapped(self, rpc: Rpc, handler: Handler) -> Handler:
        if rpc.reads_stream:
            serve = _exchange(rpc, handler)
        else:
            serve = _streaming(handler) if rpc.is_stream else _unary(handler)
        for each in reversed(self._middleware):
            serve = each(rpc, serve)

        async def entry(_requests: Any, context: Context) -> bytes | None:
            call = self._call(rpc, context)
            metadata.enter(call)
            return await serve(call, None, context)

        # On the wire a call with one message is a call with a stream of one. Served as a stream, its message is read by
        # middleware, after the caller is known; gRPC would wait for the message of a unary call, and decode it, before.
        make = grpc.stream_stream_rpc_method_handler if rpc.is_stream else grpc.stream_unary_rpc_method_handler
        return make(entry)

    def _call(self, rpc: Rpc, context: Context) -> RpcCall:
        headers = cast(
            "dict[str, str]", dict(context.invocation_metadata() or ())
        )  # bytes only in headers that are not read
        original_path = headers.get("x-envoy-original-path")
        over_edge = original_path is not None and context.peer().startswith("unix:")
        return RpcCall(
            method=rpc.path,
            rest_defaults=rpc.rest_response,
            metadata=headers,
            request_id=metadata.request_id(headers, self._ids),
            path=original_path.partition("?")[0] if original_path and over_edge else rpc.path,
            traceparent=metadata.traceparent(headers),
            hops=metadata.hops(headers),
            over_edge=over_edge,
            peer=context.peer,
            proxies=self._proxies,
        )


def _unary(handler: Handler) -> Serve:
    handle: Any = handler.unary_unary

    async def serve(_call: RpcCall, request: Any, context: Context) -> bytes | None:
        answer = await handle(request, context)
        if answer.ByteSize() <= INLINE_BYTES:
            return bytes(answer.SerializeToString())
        return await in_turn(lambda: bytes(answer.SerializeToString()))

    return serve


def _streaming(handler: Handler) -> Serve:
    """Serve an async generator; the metadata that it has set is sent before its first message.

    A stream may outlive what let it in, so the credentials are checked again before each message, and while none comes.
    """
    handle: Any = handler.unary_stream

    async def serve(call: RpcCall, request: Any, context: Context) -> bytes | None:
        async with _rechecked(call):
            async for message in handle(request, context):
                if call.recheck:
                    await call.recheck()
                if call.rest_response:
                    await send_rest_response(call, context)
                await context.write(await in_turn(message.SerializeToString))
        return None

    return serve


def _exchange(rpc: Rpc, handler: Handler) -> Serve:
    """Serve a handler that reads and writes messages as it likes; the credentials are checked again as above."""
    handle: Any = handler.stream_stream
    reader = ItemReader(rpc.request, max_bytes=rpc.max_bytes)

    async def serve(call: RpcCall, _request: Any, context: Context) -> bytes | None:
        async with _rechecked(call):
            await handle(ClientStream(reader, call, context), context)
        return None

    return serve


@asynccontextmanager
async def _rechecked(call: RpcCall) -> AsyncIterator[None]:
    """Serve a stream in here: it ends with the error of `call.recheck` at the latest `RECHECK_S` after there is one."""
    try:
        async with asyncio.TaskGroup() as group:
            checking = group.create_task(_recheck(call))
            yield
            checking.cancel()
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def _recheck(call: RpcCall) -> None:
    while call.recheck:
        await asyncio.sleep(RECHECK_S)
        await call.recheck()
