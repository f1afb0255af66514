"""Caller identity and tenant: the result of authentication, handed to every use case."""

from dataclasses import dataclass

SYSTEM_ACTOR = "tidings"


@dataclass(frozen=True, slots=True)
class Scope:
    """One authenticated caller inside one tenant.

    `tenant` is the tenant's number and the key of its rows in every table; `tenant_id` its UUID and `tenant_name` its
    name. `actor` is who acts (client id, user name, key id); `app_id` the application the credential belongs to
    (noCallback compares it). `retailer_id`, `store_id` and `user_id` narrow the tenant where the credential does.
    `hops` is the number of events that what the caller sends follows from, as the trace context that came along tells.
    `site_id` is the caller's `x-vol-site`; `application` the only one whose subscriptions the caller sees.
    `reserved_id` is the id kept for this request's `Idempotency-Key`: a create without a client id must use it, so that
    a retry makes the same resource.
    """

    tenant: int
    tenant_id: str
    tenant_name: str
    actor: str
    app_id: str
    grants: frozenset[str] = frozenset()
    retailer_id: str | None = None
    store_id: int | None = None
    user_id: int | None = None
    site_id: int | None = None
    application: str | None = None
    request_id: str = ""
    traceparent: str | None = None
    hops: int = 0
    reserved_id: str | None = None

    def sees(self, app_id: str) -> bool:
        """Whether the caller sees subscriptions of this application."""
        return self.application is None or self.application == app_id
