"""The dialects: whose services are whose, how their callers prove who they are, and how they read an error.

A new dialect is one entry here, its grants in `grants.py`, its headers in `authentication.py` and its error body in
`problems.py`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from tidings_server.identity.api import authentication
from tidings_server.identity.authentication import Credentials
from tidings_server.platform.scope import Scope
from tidings_server.rpc import error_bodies as problems
from tidings_server.rpc.error_bodies import Format

PREFERRED = "x-http-accept"
"""The header in which the edge says `json` or `xml`, whichever the caller's `Accept` prefers."""

Authenticate = Callable[[Credentials, Mapping[str, str]], Awaitable[Scope]]
"""From the headers of a call to who asks. Raises Unauthenticated, InvalidInput or PermissionDenied."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One documented API (or the operator's). `services` are the full names of its gRPC services.

    `xml_problems` is there where XML is spoken too; `is_limited` where the document bounds requests a minute.
    """

    name: str
    services: tuple[str, ...]
    authenticate: Authenticate
    problems: Format
    xml_problems: Format | None = None
    is_limited: bool = False

    def problems_for(self, metadata: Mapping[str, str]) -> Format:
        """The form of errors that a caller reads: XML for one who prefers it, as the edge has found out."""
        return (self.xml_problems if metadata.get(PREFERRED) == "xml" else None) or self.problems


DIALECTS = (
    Dialect(
        "collector",
        (
            "tidings.collector.v1.EventService",
            "tidings.collector.v1.EventSubscriptionService",
            "tidings.collector.v1.DeliveryService",
            "tidings.collector.v1.JobService",
            "tidings.collector.v1.MailService",
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
    Dialect(
        "loyalty",
        (
            "tidings.loyalty.v1.EventService",
            "tidings.loyalty.v1.CustomerService",
            "tidings.loyalty.v1.LedgerService",
            "tidings.loyalty.v1.RuleService",
            "tidings.loyalty.v1.EconomyService",
            "tidings.loyalty.v1.BacktestService",
            "tidings.loyalty.v1.FailureService",
        ),
        authentication.loyalty,
        problems.LOYALTY,
    ),
    Dialect(
        "scheduling",
        (
            "tidings.scheduling.v1.AccountService",
            "tidings.scheduling.v1.ScheduledEventService",
            "tidings.scheduling.v1.XmlService",
        ),
        authentication.scheduling,
        problems.SCHEDULING,
        problems.SCHEDULING_XML,
        is_limited=True,
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
