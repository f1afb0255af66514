"""Middleware that knows the caller: authentication, the quota of its tenant, and the audit trail."""

from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from itertools import takewhile
from operator import attrgetter
from typing import Any

from google.protobuf.message import Message

from tidings_server.identity.api.authentication import AUTHENTICATORS
from tidings_server.identity.audit import ConfigChange, audited
from tidings_server.identity.authentication import CredentialVerifier
from tidings_server.identity.quotas import Quotas
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.scope import Scope
from tidings_server.platform.turns import enter
from tidings_server.rpc.dialects import BY_SERVICE
from tidings_server.rpc.metadata import Context, RpcCall, require_rpc
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.middleware import Middleware, Serve
from tidings_server.rpc.required_scopes import (
    ADMIN,
    ANY,
    EVENTS_WRITE,
    RULES_WRITE,
    SUBSCRIPTIONS_WRITE,
)

_OF_THE_CREDENTIALS = attrgetter(*takewhile(lambda name: name != "request_id", (field.name for field in fields(Scope))))
"""Fields of a Scope that are the same in every call; `dataclasses.replace` takes three times as long."""
_new_scope: Callable[..., Scope] = Scope

CONFIGURING = frozenset({ADMIN, SUBSCRIPTIONS_WRITE, RULES_WRITE, ANY})
"""Required scopes of RPCs that change configuration, where they are no reads; those of ANY stand for such RPCs."""


def authentication(credentials: CredentialVerifier) -> Middleware:
    """Authenticate the caller as its dialect does, and require the scope that the RPC asks for."""

    def middleware(rpc: Rpc, inner: Serve) -> Serve:
        required, authenticate = rpc.required_scope, AUTHENTICATORS[BY_SERVICE[rpc.service].name]

        async def serve(call: RpcCall, request: Any, context: Context) -> bytes | None:
            scope = await authenticate(credentials, call.metadata)
            if required != ANY:
                require_rpc(scope, rpc)
            if rpc.is_stream:
                call.recheck = partial(authenticate, credentials, call.metadata)
            enter(scope.tenant)
            call.scope = _new_scope(*_OF_THE_CREDENTIALS(scope), call.request_id, call.traceparent, call.hops)
            return await inner(call, request, context)

        return inner if rpc.is_public else serve

    return middleware


def event_quota(quotas: Quotas | None) -> Middleware:
    """Count what a call is about to store against its tenant's quota: events, or a change of configuration as one.

    Those of a client's stream are counted by its handler; the operator's changes, and all without `quotas`, not at all.
    """

    def middleware(rpc: Rpc, inner: Serve) -> Serve:
        is_change = is_audited(rpc) and rpc.required_scope != ADMIN
        if quotas is None or rpc.reads_stream or not (is_change or rpc.required_scope == EVENTS_WRITE):
            return inner
        is_batch = "events" in rpc.request.DESCRIPTOR.fields_by_name

        async def serve(call: RpcCall, request: Any, context: Context) -> bytes | None:
            if call.scope is not None and is_change:
                quotas.take_change(call.scope.tenant)
            elif call.scope is not None:
                quotas.take(call.scope.tenant, len(request.events) if is_batch else 1)
            return await inner(call, request, context)

        return serve

    return middleware


def is_audited(rpc: Rpc) -> bool:
    """Whether a call of this RPC changes configuration."""
    return rpc.required_scope in CONFIGURING and not rpc.is_read and not rpc.is_stream


def audit(clock: Clock) -> Middleware:
    """Store a record of a change of configuration in the transaction of the change."""
    ids = Ids(clock)

    def middleware(rpc: Rpc, inner: Serve) -> Serve:
        if not is_audited(rpc):
            return inner

        async def serve(call: RpcCall, request: Any, context: Context) -> bytes | None:
            if call.scope is None:
                return await inner(call, request, context)
            call.scope = scope = replace(call.scope, reserved_id=call.scope.reserved_id or ids.uuid7())
            change = ConfigChange(
                action=rpc.path,
                resource=_resource(rpc, request, str(scope.reserved_id)),
                tenant=str(getattr(request, "tenant_id", "")),
                fields=[field.json_name for field, _ in rpc.sent(request).ListFields()],
                peer=call.address,
                request_id=call.request_id,
            )
            with audited(scope, change, event_id=ids.uuid7(), at_us=clock.now_us()):
                return await inner(call, request, context)

        return serve

    return middleware


def _resource(rpc: Rpc, request: Message, reserved_id: str) -> str:
    """Id of the resource that is changed: from the path, else from the body, else the id that the server is to give it.

    Empty where the server counts its resources instead.
    """
    if rpc.named_by:
        return "/".join(str(getattr(request, name, "")) for name in rpc.named_by)
    named = getattr(rpc.sent(request), rpc.options.audit_field or "id", "")
    is_counted = rpc.options.is_audited_without_id or not isinstance(named, str)
    return str(named or ("" if is_counted else reserved_id))
