"""Metadata of a call: its caller, its ids, and the metadata of its REST response.

The interceptor makes one `RpcCall` per RPC; handlers read it through the functions here. A handler sets status and
headers of the REST response with `set_rest_response`; they are sent in one piece just before the message, so that a
handler which fails after that answers as the error it raised. Over Envoy they travel as initial metadata
(`x-http-code`, `x-http-unwrap`, `x-http-empty`, `location`, `etag`: edge.lua applies and removes them); to gRPC clients
`location` and `etag` go as trailing metadata.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import grpc

from tidings_server.platform.client_address import NO_PROXIES, TrustedProxies, current_client
from tidings_server.platform.clock import Ids
from tidings_server.platform.errors import Internal, InvalidInput, PermissionDenied
from tidings_server.platform.scope import Scope
from tidings_server.platform.trace_state import parse_hops
from tidings_server.rpc.method import Rpc

Context = grpc.aio.ServicerContext[Any, Any]
"""The context of any RPC; the two parameters are its messages."""

REQUEST_ID = "x-request-id"
TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"
CLIENT = "x-tidings-client"
"""Header in which Envoy names the client's address; trusted only from Envoy's own socket."""

PEER = "x-tidings-peer"
"""The same for the address that is connected to Envoy, a proxy's where there are some."""
FORWARDED = "x-forwarded-for"
CALLER = "x-tidings-caller"
"""Header in which Envoy asks whether a caller is known (`ASKED`), or says that it did not read his body (`UNREAD`)."""
ASKED, UNREAD = "asked", "unread"

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:~-]{1,128}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_STRONG_TAG = re.compile(r'"(\d{1,9})"')


@dataclass(slots=True)
class RpcCall:
    """One RPC.

    `path` is the request's REST path at the edge, else the RPC's own; never a query. `peer` gives the connected
    address as gRPC spells it. `rest_response` is the metadata of the REST response that the handler has set; it wins
    over that of the RPC's options, `rest_defaults`. `code` is the gRPC status that the call ends with, `rest_status`
    that of the REST response. `recheck` raises once the caller's credentials are no longer good; a stream calls it
    before each message.
    """

    method: str
    metadata: Mapping[str, str]
    request_id: str
    path: str
    traceparent: str | None = None
    hops: int = 0
    over_edge: bool = False
    peer: Callable[[], str] = str
    proxies: TrustedProxies = NO_PROXIES
    scope: Scope | None = None
    rest_defaults: Mapping[str, str] = field(default_factory=dict)
    rest_response: dict[str, str] = field(default_factory=dict)
    code: str = "OK"
    rest_status: int = 200
    recheck: Callable[[], Awaitable[object]] | None = None

    @property
    def is_of_browser(self) -> bool:
        """Whether Envoy passed it on as gRPC-web or Connect: it comes by Envoy's socket and is no REST."""
        return not self.over_edge and self.peer().startswith("unix:")

    @property
    def is_caller_check(self) -> bool:
        """Whether Envoy only asks if the caller is known: no call of his."""
        return self.over_edge and self.metadata.get(CALLER) == ASKED

    @property
    def is_unread(self) -> bool:
        """Whether Envoy has not read its body, since the caller was not known."""
        return self.over_edge and self.metadata.get(CALLER) == UNREAD

    @property
    def address(self) -> str:
        """The client's IP address, without a port; over the edge the one that Envoy saw. Empty where there is none.

        Where that is a proxy of `proxies`, the one that it forwards for. The header's last address is added by Envoy.
        """
        forwarded = self.metadata.get(FORWARDED, "") if self.proxies else ""
        if not self.over_edge and not self.is_of_browser:
            return self.proxies.client_of(peer_address(self.peer()), forwarded)
        if not self.proxies:
            return self.metadata.get(CLIENT, "")
        return self.proxies.client_of(self.metadata.get(PEER, ""), forwarded.rpartition(",")[0])


@lru_cache(maxsize=4_096)
def peer_address(peer: str) -> str:
    """The IP address in a peer as gRPC spells it, `ipv4:192.0.2.1:50051`; empty where it has none."""
    kind, _, address = peer.partition(":")
    if kind not in {"ipv4", "ipv6"}:
        return ""
    return unquote(address.rpartition(":")[0]).strip("[]")


_current: ContextVar[RpcCall] = ContextVar("tidings_call")


def enter(call: RpcCall) -> None:
    """Make `call` the one that this task serves; grpc.aio runs every RPC in a task of its own."""
    _current.set(call)
    current_client.set(call)


def call_of(_context: Context) -> RpcCall:
    """The present call."""
    return _current.get()


def scope_of(_context: Context) -> Scope:
    """Caller and tenant of the present call. Raises Internal in an RPC that needs no credentials."""
    scope = _current.get().scope
    if scope is None:
        raise Internal
    return scope


def require_scope(scope: Scope, required: str) -> None:
    """Raises PermissionDenied unless the caller's credentials have the scope `required`."""
    if required not in scope.grants:
        raise PermissionDenied(f"These credentials lack the scope {required}.")


def require_rpc(scope: Scope, rpc: Rpc) -> None:
    """Raises PermissionDenied unless the caller's credentials have what this RPC requires."""
    require_scope(scope, rpc.required_scope)
    if scope.application is not None and not rpc.options.by_application:
        raise PermissionDenied("These credentials are for one application's subscriptions alone.")


def set_rest_response(
    _context: Context,
    *,
    code: int | None = None,
    location: str | None = None,
    etag: str | None = None,
    following: str | None = None,
) -> None:
    """Set status and headers of the REST response; without `code` the status is the RPC's `success_code`.

    `following` is the path of what follows a list, for `Link`.
    """
    link = f'<{following}>; rel="next"' if following else None
    values = {"x-http-code": code, "location": location, "etag": etag, "link": link}
    _current.get().rest_response.update({name: str(value) for name, value in values.items() if value is not None})


def serve_as(context: Context, rpc: Rpc) -> None:
    """Serve the call as if it had come to `rpc`. Raises PermissionDenied without the scope that it requires."""
    if not rpc.is_public:
        require_rpc(scope_of(context), rpc)
    _current.get().rest_defaults = rpc.rest_response


async def send_rest_response(call: RpcCall, context: Context) -> None:
    """Send the response's metadata: over the edge as headers, to gRPC clients in trailers, which are sent anyway."""
    values, call.rest_response = call.rest_response, {}
    call.rest_status = int({**call.rest_defaults, **values}.get("x-http-code", "200"))
    if not call.over_edge:
        plain = ((name, value) for name, value in values.items() if not name.startswith("x-http-"))
        context.set_trailing_metadata(((REQUEST_ID, call.request_id), *plain))
    elif values or call.rest_defaults:
        await context.send_initial_metadata(tuple({**call.rest_defaults, **values}.items()))


async def begin_stream(context: Context) -> None:
    """Send a gRPC client its initial metadata: many libraries hand out a stream only then.

    A handler calls it once the request is found good, so that an error before is still the whole answer. Over the edge
    nothing is sent before the first message: headers of a REST response travel with it.
    """
    if not _current.get().over_edge:
        await context.send_initial_metadata(())


def etag_of(version: int) -> str:
    """The entity tag of one version of a resource; `if_match` reads it back."""
    return f'"{version}"'


def if_match(_context: Context) -> frozenset[int] | None:
    """Versions that `If-Match` allows; None when it allows any. Raises InvalidInput for anything but a list of tags.

    Weak and foreign tags match no version (RFC 9110, 13.1.1: strong comparison).
    """
    text = _current.get().metadata.get("if-match", "*").strip()
    if text == "*":
        return None
    tags = [tag.strip() for tag in text.split(",")]
    if not all(re.fullmatch(r'(W/)?"[!#-~]*"', tag) for tag in tags):
        raise InvalidInput.of("If-Match", "a list of entity tags, or *")
    return frozenset(int(strong[1]) for tag in tags if (strong := _STRONG_TAG.fullmatch(tag)))


def request_id(metadata: Mapping[str, str], ids: Ids) -> str:
    """The caller's request id where it has the right form, else a new one."""
    taken = metadata.get(REQUEST_ID)
    return taken if taken and _REQUEST_ID.fullmatch(taken) else ids.token(128)


def hops(metadata: Mapping[str, str]) -> int:
    """The number of events that the call follows from: one more than that of the message that caused it, else 0."""
    before = parse_hops(metadata[TRACESTATE]) if TRACESTATE in metadata else None
    return 0 if before is None else before + 1


def traceparent(metadata: Mapping[str, str]) -> str | None:
    """The caller's W3C trace context; None when it is absent or malformed."""
    taken = metadata.get(TRACEPARENT)
    return taken if taken and _TRACEPARENT.fullmatch(taken) else None
