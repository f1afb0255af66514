"""Middleware around every RPC of the dialects, one concern a module; `composition.middleware` lists it in order.

Middleware takes one RPC as the contract describes it and what serves a call of it, and gives what serves it instead. It
is put together once for each RPC; a call then only runs through it. What needs to know who calls is in
`identity.api.middleware`.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from tidings_server.rpc.metadata import Context, RpcCall
from tidings_server.rpc.method import Rpc

Serve = Callable[[RpcCall, Any, Context], Awaitable[bytes | None]]
"""Serves one call: the bytes of its response, or None from a stream, which writes its messages itself."""
Middleware = Callable[[Rpc, Serve], Serve]
