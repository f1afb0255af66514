"""Mails as the log holds them: whoever wants one sent appends an `email.requested` event, and need do nothing else.

The router queues it for the tenant's mail, and the delivery engine sends it: tried again, counted, expired, as all
deliveries are. The event's id is made of what asks (`source`: a run, a fulfilment) and the recipient, so asking twice
is one mail. The body is JSON of the request.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from tidings_server.delivery.requested_deliveries import mail_event
from tidings_server.platform.errors import InvalidInput
from tidings_server.platform.scope import SYSTEM_ACTOR
from tidings_server.storage.log.records import EventRecord, StoredEvent

MAX_ADDRESS: Final = 254
MAX_SUBJECT: Final = 998
"""Octets of a line of a mail. Source: RFC 5322, 2.1.1."""

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailRequest:
    """One mail to one recipient.

    Either `subject` and `text` (or `html`) are the mail as it goes out, or `template_id` names the template that is
    filled with `data` when it is sent: SendGrid's own where mail goes there, else one of this server. `fallback` names
    the server's built-in template for a `template_id` that it does not have. `data` is a JSON object.
    """

    to: str
    subject: str = ""
    text: str = ""
    html: str = ""
    template_id: str = ""
    fallback: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses what would end a header line. Raises InvalidInput on `to` or `subject`."""
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
    actor: str = SYSTEM_ACTOR,
    correlation_id: str | None = None,
    traceparent: str | None = None,
    hops: int = 0,
) -> EventRecord:
    """The event that asks for a mail, for `log.append_in` in the unit that has a reason for it.

    `source` (at most 128 characters) is what asks, unique in the tenant: one mail goes from it to each recipient.
    `correlation_id` is the event that caused this one, and `hops` one more than that event's. A second request with
    other contents under the same source and recipient is a Conflict where it is appended.
    """
    body = _ENCODER.encode({name: getattr(request, name) for name in _FIELDS}).encode()
    return mail_event(
        body,
        tenant_id=tenant_id,
        event_id=email_id(source, request.to),
        source=source,
        at_us=at_us,
        actor=actor,
        correlation_id=correlation_id,
        traceparent=traceparent,
        hops=hops,
    )


def email_id(source: str, recipient: str) -> str:
    """The event id of the mail from `source` to a recipient, whatever the case of the address's domain."""
    local, at, domain = recipient.rpartition("@")
    named = f"{source}\0{local}{at}{domain.lower()}".encode()
    return f"mail-{hashlib.sha256(named).hexdigest()[:32]}"


def email_of(event: StoredEvent | EventRecord) -> EmailRequest:
    """The request that an event holds."""
    told: dict[str, Any] = json.loads(event.body)
    return EmailRequest(**{name: told[name] for name in _FIELDS if name in told})


_FIELDS: Final = tuple(each.name for each in fields(EmailRequest))
