"""Concurrency limit: calls over the limit are refused before anything is spent on them."""

from dataclasses import dataclass
from typing import Any

from tidings_server.platform.errors import Overloaded
from tidings_server.rpc.metadata import Context, RpcCall
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.middleware import Middleware, Serve

RETRY_AFTER_S = 1.0


@dataclass(slots=True)
class _Count:
    most: int
    now: int = 0


def concurrency_limit(*, max_rpcs: int, max_streams: int) -> Middleware:
    """Refuse calls beyond `max_rpcs` at once and streams beyond `max_streams`, with a time to retry after.

    The two are counted apart, so that many streams leave room for calls.
    """
    calls, streams = _Count(max_rpcs), _Count(max_streams)

    def middleware(rpc: Rpc, inner: Serve) -> Serve:
        running = streams if rpc.is_stream else calls

        async def serve(call: RpcCall, request: Any, context: Context) -> bytes | None:
            if running.now >= running.most:
                raise Overloaded(retry_after_s=RETRY_AFTER_S)
            running.now += 1
            try:
                return await inner(call, request, context)
            finally:
                running.now -= 1

        return serve

    return middleware
