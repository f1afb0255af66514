"""Mail requests as events: appending an `email.requested` event to the log sends a mail.

The router queues it for the tenant's mail subscription, and it is retried, counted and expired as all deliveries are.
The event id is derived from `source` (a run, a fulfilment) and the recipient, so a repeated request is one mail. The
event's body is the request as JSON.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from tidings_server.delivery.requested_deliveries import EMAIL_REQUESTED
from tidings_server.platform.errors import InvalidInput
from tidings_server.platform.scope import SYSTEM_ACTOR
from tidings_server.storage.log.records import Api, EventRecord, StoredEvent

MAX_ADDRESS: Final = 254
MAX_SUBJECT: Final = 998
"""Octets of a line of a mail. Source: RFC 5322, 2.1.1."""

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailRequest:
    """Request for one mail to one recipient.

    Either `subject` and `text` (or `html`) are the rendered mail, or `template_id` names the template that is filled
    with `data` when it is sent: SendGrid's where SendGrid sends the mail, else one of this server. `fallback` names the
    built-in template for an unknown `template_id`. `data` is a JSON object. `consent` is `MailConsent.packed`, empty
    for a mail that needs none.
    """

    to: str
    subject: str = ""
    text: str = ""
    html: str = ""
    template_id: str = ""
    fallback: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    consent: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse header injection. Raises InvalidInput on `to` or `subject`."""
        for name, value, most in (("to", self.to, MAX_ADDRESS), ("subject", self.subject, MAX_SUBJECT)):
            if not value.isprintable() or len(value.encode()) > most:
                raise InvalidInput.of(name, f"must be one line of at most {most} bytes, without control characters")
        if not self.to:
            raise InvalidInput.of("to", "must name the recipient")


def email_requested(
    request: EmailRequest,
    *,
    tenant_id: int,
    source: str,
    at_us: int,
    correlation_id: str | None = None,
    traceparent: str | None = None,
    hops: int = 0,
) -> EventRecord:
    """The event of a mail request, to be appended in the transaction of its cause.

    `source` (at most 128 characters) is the id of the requester, unique in the tenant: one mail is sent from it to each
    recipient. `correlation_id` is the id of the causing event, `hops` one more than that event's. Appending a second
    request with other contents for the same source and recipient raises Conflict.
    """
    body = _ENCODER.encode({name: getattr(request, name) for name in _FIELDS}).encode()
    return EventRecord(
        tenant_id=tenant_id,
        api=Api.SCHEDULING,
        event_id=email_id(source, request.to),
        topic=EMAIL_REQUESTED,
        entity_type="EMAIL",
        entity_id=source,
        actor=SYSTEM_ACTOR,
        correlation_id=correlation_id,
        traceparent=traceparent,
        hops=hops,
        occurred_at=at_us,
        recorded_at=at_us,
        body_hash=hashlib.sha256(body).digest(),
        body=body,
    )


def email_id(source: str, recipient: str) -> str:
    """Event id of the mail from `source` to a recipient; the case of the address's domain makes no difference."""
    local, at, domain = recipient.rpartition("@")
    named = f"{source}\0{local}{at}{domain.lower()}".encode()
    return f"mail-{hashlib.sha256(named).hexdigest()[:32]}"


def email_of(event: StoredEvent | EventRecord) -> EmailRequest:
    """The request in an event's body."""
    values: dict[str, Any] = json.loads(event.body)
    return EmailRequest(**{name: values[name] for name in _FIELDS if name in values})


_FIELDS: Final = tuple(each.name for each in fields(EmailRequest))
