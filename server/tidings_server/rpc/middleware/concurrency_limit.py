"""What is refused before anything is spent on it: more calls at once than the server can answer in time."""

from dataclasses import dataclass
from typing import Any

from tidings_server.platform.errors import Overloaded
from tidings_server.rpc.metadata import Call, Context
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.middleware.calls import Layer, Serve

RETRY_AFTER_S = 1.0


@dataclass(slots=True)
class _Running:
    most: int
    now: int = 0


def guarded(*, max_rpcs: int, max_streams: int) -> Layer:
    """Refuses calls beyond `max_rpcs` at once and streams beyond `max_streams`, saying when to come again.

    They are counted apart, so that many watchers leave room for calls.
    """
    calls, streams = _Running(max_rpcs), _Running(max_streams)

    def layer(rpc: Rpc, inner: Serve) -> Serve:
        running = streams if rpc.is_stream else calls

        async def serve(call: Call, request: Any, context: Context) -> bytes | None:
            if running.now >= running.most:
                raise Overloaded(retry_after_s=RETRY_AFTER_S)
            running.now += 1
            try:
                return await inner(call, request, context)
            finally:
                running.now -= 1

        return serve

    return layer
