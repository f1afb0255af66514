"""What happens around every RPC, one layer each.

A layer takes one RPC as the contract describes it and what is inside the layer, and gives what to do instead. They are
put together once for each RPC (`interceptors.onion` is the list); a call then only runs through them. The layer that
honours `Idempotency-Key` is in idempotency.py.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import fields
from functools import partial
from itertools import takewhile
from operator import attrgetter
from typing import Any

import grpc
import structlog

from tidings_server.identity.authentication import Credentials
from tidings_server.identity.quotas import Quotas
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Internal, TidingsError
from tidings_server.platform.scope import Scope
from tidings_server.platform.telemetry.logs import AccessLog, request_id
from tidings_server.platform.telemetry.metrics import RpcMeter
from tidings_server.platform.telemetry.traces import Tracer, Untraced
from tidings_server.rpc.dialects import BY_SERVICE
from tidings_server.rpc.error_bodies import problem_of, trailers_of
from tidings_server.rpc.message_checks import Refused
from tidings_server.rpc.metadata import Call, Context, allow, send_noted
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.required_scopes import ANY_CALLER, EVENTS_WRITE, GRANTS, PUBLIC

Serve = Callable[[Call, Any, Context], Awaitable[bytes | None]]
"""Serves one call: the answer's bytes, or None from a stream, which writes its messages itself."""
Layer = Callable[[Rpc, Serve], Serve]

_OF_THE_CREDENTIALS = attrgetter(*takewhile(lambda name: name != "request_id", (field.name for field in fields(Scope))))
"""All of a Scope that is the same in every call; `dataclasses.replace` takes three times as long."""
_new_scope: Callable[..., Scope] = Scope

log = structlog.get_logger(__name__)


def observed(access_log: AccessLog, clock: Clock) -> Layer:
    """Counts and times the call and writes its line."""

    def layer(rpc: Rpc, inner: Serve) -> Serve:
        meter = RpcMeter(rpc.path)

        def note(call: Call, seconds: float) -> None:
            meter.note(call.code, seconds)
            tenant, actor = (call.scope.tenant_name, call.scope.actor) if call.scope else ("", "")
            access_log.rpc(
                rpc.path,
                code=call.code,
                seconds=seconds,
                request_id=call.request_id,
                tenant=tenant,
                actor=actor,
                path=call.path,
            )

        async def serve(call: Call, request: Any, context: Context) -> bytes | None:
            request_id.set(call.request_id)
            started = clock.monotonic()
            try:
                return await inner(call, request, context)
            except asyncio.CancelledError:
                if call.code == grpc.StatusCode.OK.name:
                    call.code = grpc.StatusCode.CANCELLED.name
                raise
            finally:
                note(call, clock.monotonic() - started)

        return serve

    return layer


def traced(tracer: Tracer) -> Layer:
    """Makes the call a span, and that span the parent of what the call causes."""

    def layer(rpc: Rpc, inner: Serve) -> Serve:
        async def serve(call: Call, request: Any, context: Context) -> bytes | None:
            with tracer.span(rpc.path.strip("/"), parent=call.traceparent) as call.traceparent:
                return await inner(call, request, context)

        return inner if isinstance(tracer, Untraced) else serve

    return layer


def answered(rpc: Rpc, inner: Serve) -> Serve:
    """Sends what the handler noted, or the error it raised; of an unexpected one only that it happened."""
    dialect = BY_SERVICE[rpc.service]

    async def serve(call: Call, request: Any, context: Context) -> bytes | None:
        failure: TidingsError
        try:
            answer = await inner(call, request, context)
            await send_noted(call, context)
        except grpc.aio.AbortError:
            call.code = context.code().name
            raise
        except TidingsError as error:
            failure = error
        except Exception:
            log.exception("unexpected_error", method=rpc.path)
            failure = Internal()
        else:
            return answer
        problem = problem_of(failure, call=call, rpc=rpc)
        call.code = problem.code.name
        trailers = trailers_of(problem, dialect.problems_for(call.metadata))
        return await context.abort(problem.code, problem.message, trailers)

    return serve


def authenticated(credentials: Credentials) -> Layer:
    """Finds out who asks, and whether they may."""

    def layer(rpc: Rpc, inner: Serve) -> Serve:
        grant, authenticate = GRANTS[rpc.path], BY_SERVICE[rpc.service].authenticate

        async def serve(call: Call, request: Any, context: Context) -> bytes | None:
            scope = await authenticate(credentials, call.metadata)
            if grant != ANY_CALLER:
                allow(scope, grant)
            if rpc.is_stream:
                call.recheck = partial(authenticate, credentials, call.metadata)
            call.scope = _new_scope(*_OF_THE_CREDENTIALS(scope), call.request_id, call.traceparent)
            return await inner(call, request, context)

        return inner if grant == PUBLIC else serve

    return layer


def accepted(_rpc: Rpc, inner: Serve) -> Serve:
    """Refuses what no message may contain (see inputs.py), now that the caller is known."""

    async def serve(call: Call, request: Any, context: Context) -> bytes | None:
        if isinstance(request, Refused):
            raise request.error
        return await inner(call, request, context)

    return serve


def limited(quotas: Quotas | None) -> Layer:
    """Counts the events that a call is about to store against the tenant's quota."""

    def layer(rpc: Rpc, inner: Serve) -> Serve:
        if quotas is None or GRANTS[rpc.path] != EVENTS_WRITE:
            return inner
        is_batch = "events" in rpc.request.DESCRIPTOR.fields_by_name

        async def serve(call: Call, request: Any, context: Context) -> bytes | None:
            if call.scope is not None:
                quotas.take(call.scope.tenant, len(request.events) if is_batch else 1)
            return await inner(call, request, context)

        return serve

    return layer
