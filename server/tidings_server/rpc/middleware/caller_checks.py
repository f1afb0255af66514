"""Caller checks: Envoy asks whether a caller is known before it reads a large body of his.

The question is the call itself with a message that is none, and is answered where the credentials are good. Where
they were not, the call comes with an empty body, for its refusal: what passes all the same is refused too, since the
credentials have become good in between, or the question got no answer. Both are believed of Envoy's socket alone,
which removes the header from requests of clients (envoy/lua/callers.lua).
"""

from typing import Any, Final

from tidings_server.platform.errors import Overloaded
from tidings_server.rpc.metadata import CALLER, Context, RpcCall
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.middleware import Serve

KNOWN: Final = "known"
RETRY_AFTER_S: Final = 1.0


def caller_checks(_rpc: Rpc, inner: Serve) -> Serve:
    """Answer questions for a caller, and refuse calls whose body was not read. Stands within authentication."""

    async def serve(call: RpcCall, request: Any, context: Context) -> bytes | None:
        if call.is_caller_check:
            call.rest_defaults = {CALLER: KNOWN}
            return b""
        if call.is_unread:
            raise Overloaded(retry_after_s=RETRY_AFTER_S)
        return await inner(call, request, context)

    return serve
