"""Subscriptions and delivery: matching, queue, leases, dispatcher, retries, destinations, signatures, egress guard."""

from tidings_server.delivery.message import (
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
