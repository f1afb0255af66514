"""Everything that leaves Tidings: destinations, retries, signatures, the egress guard."""

from tidings_server.delivery.sending import (
    Destination,
    ErrorType,
    MailTarget,
    Outcome,
    OutcomeKind,
    Payload,
    Sending,
    SnsTarget,
    SqsTarget,
    Target,
    WebhookTarget,
)

__all__ = [
    "Destination",
    "ErrorType",
    "MailTarget",
    "Outcome",
    "OutcomeKind",
    "Payload",
    "Sending",
    "SnsTarget",
    "SqsTarget",
    "Target",
    "WebhookTarget",
]
