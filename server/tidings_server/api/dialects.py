"""The dialects: whose services are whose, how their callers prove who they are, and how they read an error.

A new dialect is one entry here, its grants in `grants.py`, its headers in `authentication.py` and its error body in
`problems.py`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from tidings_server.api import authentication, problems
from tidings_server.core.credentials import Credentials
from tidings_server.scope import Scope

Authenticate = Callable[[Credentials, Mapping[str, str]], Awaitable[Scope]]
"""From the headers of a call to who asks. Raises Unauthenticated, InvalidInput or PermissionDenied."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One documented API (or the operator's). `services` are the full names of its gRPC services."""

    name: str
    services: tuple[str, ...]
    authenticate: Authenticate
    problems: problems.Format


DIALECTS = (
    Dialect(
        "collector",
        (
            "tidings.collector.v1.EventService",
            "tidings.collector.v1.EventSubscriptionService",
            "tidings.collector.v1.DeliveryService",
        ),
        authentication.collector,
        problems.COLLECTOR,
    ),
    Dialect(
        "orchestration",
        (
            "tidings.orchestration.v1.EventService",
            "tidings.orchestration.v1.EntityService",
            "tidings.orchestration.v1.WorkflowService",
        ),
        authentication.orchestration,
        problems.ORCHESTRATION,
    ),
    Dialect(
        "push",
        (
            "tidings.push.v1.SubscriptionService",
            "tidings.push.v1.SelectionService",
            "tidings.push.v1.DeliveryAttemptService",
            "tidings.push.v1.EventPullService",
        ),
        authentication.push,
        problems.PUSH,
    ),
    Dialect("tokens", ("tidings.identity.v1.TokenService",), authentication.operator, problems.TOKENS),
    Dialect(
        "operator",
        (
            "tidings.admin.v1.AuditService",
            "tidings.admin.v1.CredentialService",
            "tidings.admin.v1.IssuerService",
            "tidings.admin.v1.OperationsService",
            "tidings.admin.v1.PersonService",
            "tidings.admin.v1.RetailerService",
            "tidings.admin.v1.ServerKeyService",
            "tidings.admin.v1.StoreService",
            "tidings.admin.v1.TenantService",
        ),
        authentication.operator,
        problems.OPERATOR,
    ),
)

BY_SERVICE = {service: dialect for dialect in DIALECTS for service in dialect.services}
