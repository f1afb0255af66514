"""The dialects: their gRPC services and the error body that their callers read.

A new dialect is one entry here, the authentication of its callers in `identity.api.authentication` and its error body
in `error_bodies`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tidings_server.rpc import error_bodies
from tidings_server.rpc.error_bodies import ErrorFormat

PREFERRED = "x-http-accept"
"""The header in which the edge sends `json` or `xml`, whichever the caller's `Accept` prefers."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One documented API (or the operator's). `services` are the full names of its gRPC services.

    `xml_error_body` is there where XML is spoken too; `is_rate_limited` where the document bounds requests a minute.
    """

    name: str
    services: tuple[str, ...]
    error_body: ErrorFormat
    xml_error_body: ErrorFormat | None = None
    is_rate_limited: bool = False

    def error_body_for(self, metadata: Mapping[str, str]) -> ErrorFormat:
        """Error body in the form that the caller reads: XML for one that prefers it, as the edge has found out."""
        return (self.xml_error_body if metadata.get(PREFERRED) == "xml" else None) or self.error_body


DIALECTS = (
    Dialect(
        "collector",
        (
            "tidings.collector.v1.ConditionService",
            "tidings.collector.v1.EventService",
            "tidings.collector.v1.EventSubscriptionService",
            "tidings.collector.v1.DeliveryService",
            "tidings.collector.v1.JobService",
            "tidings.collector.v1.MailService",
            "tidings.collector.v1.MetricsService",
            "tidings.collector.v1.PublishService",
            "tidings.collector.v1.RecoveryService",
            "tidings.collector.v1.UnsubscribeService",
        ),
        error_bodies.COLLECTOR,
    ),
    Dialect(
        "orchestration",
        (
            "tidings.orchestration.v1.EventService",
            "tidings.orchestration.v1.EntityService",
            "tidings.orchestration.v1.WorkflowService",
        ),
        error_bodies.ORCHESTRATION,
    ),
    Dialect(
        "push",
        (
            "tidings.push.v1.AuthTicketService",
            "tidings.push.v1.SubscriptionService",
            "tidings.push.v1.SelectionService",
            "tidings.push.v1.DeliveryAttemptService",
            "tidings.push.v1.EventPullService",
        ),
        error_bodies.PUSH,
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
        error_bodies.LOYALTY,
    ),
    Dialect(
        "scheduling",
        (
            "tidings.scheduling.v1.AccountService",
            "tidings.scheduling.v1.ScheduledEventService",
            "tidings.scheduling.v1.XmlService",
        ),
        error_bodies.SCHEDULING,
        error_bodies.SCHEDULING_XML,
        is_rate_limited=True,
    ),
    Dialect("tokens", ("tidings.identity.v1.PortalService", "tidings.identity.v1.TokenService"), error_bodies.TOKENS),
    Dialect(
        "operator",
        (
            "tidings.admin.v1.AuditService",
            "tidings.admin.v1.CredentialService",
            "tidings.admin.v1.DoctorService",
            "tidings.admin.v1.IssuerService",
            "tidings.admin.v1.OperationsService",
            "tidings.admin.v1.PersonService",
            "tidings.admin.v1.PortalLinkService",
            "tidings.admin.v1.RetailerService",
            "tidings.admin.v1.ServerKeyService",
            "tidings.admin.v1.StoreService",
            "tidings.admin.v1.TenantService",
        ),
        error_bodies.OPERATOR,
    ),
)

BY_SERVICE = {service: dialect for dialect in DIALECTS for service in dialect.services}
