"""The middleware that every call passes, as one list."""

from tidings_server.identity.api.middleware import audit, authentication, event_quota
from tidings_server.identity.authentication import CredentialVerifier
from tidings_server.identity.quotas import Quotas
from tidings_server.platform.clock import Clock
from tidings_server.platform.telemetry.logs import AccessLog
from tidings_server.platform.telemetry.metrics import TenantMeter
from tidings_server.platform.telemetry.traces import Tracer
from tidings_server.rpc.middleware import Middleware
from tidings_server.rpc.middleware.access_log import access_log
from tidings_server.rpc.middleware.caller_checks import caller_checks
from tidings_server.rpc.middleware.concurrency_limit import concurrency_limit, tenant_share
from tidings_server.rpc.middleware.error_responses import error_responses
from tidings_server.rpc.middleware.idempotency import IdempotencyKeys, idempotency
from tidings_server.rpc.middleware.rate_limit import RateLimits, rate_limit
from tidings_server.rpc.middleware.request_message import request_messages
from tidings_server.rpc.middleware.search_slots import search_slots
from tidings_server.rpc.middleware.slow_refusals import SlowRefusals
from tidings_server.rpc.middleware.tracing import tracing


def middleware(
    *,
    credentials: CredentialVerifier,
    limits: RateLimits,
    keys: IdempotencyKeys,
    lines: AccessLog,
    tracer: Tracer,
    clock: Clock,
    quotas: Quotas | None = None,
    max_rpcs: int = 2_000,
    max_streams: int = 500,
) -> tuple[Middleware, ...]:
    """All of it, outermost first. Without `quotas` no tenant's events are counted."""
    slow = SlowRefusals()
    return (
        access_log(lines, clock, TenantMeter(quotas.stored_bytes if quotas else lambda _: 0)),
        tracing(tracer),
        error_responses,
        concurrency_limit(max_rpcs=max_rpcs, max_streams=max_streams),
        slow.middleware,
        authentication(credentials),
        caller_checks,
        tenant_share(max_rpcs=max_rpcs, max_streams=max_streams),
        rate_limit(limits),
        request_messages(slow),
        search_slots(),
        event_quota(quotas),
        idempotency(keys),
        audit(clock),
    )
