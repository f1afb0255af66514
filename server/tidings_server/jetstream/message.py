"""Messages of the stream: the subject, headers and body of an event.

Headers are those of CloudEvents in binary mode, and what a reader needs to have every event once.
Source: CloudEvents 1.0.2, "NATS Protocol Binding"; NATS, "JetStream headers".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from tidings_server.log import topics
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.platform.trace_state import print_hops
from tidings_server.storage.log.records import StoredEvent

SEQ: Final = "Tidings-Seq"
PREV: Final = "Tidings-Prev"
REWINDS: Final = "Tidings-Rewinds"
OMITTED: Final = "Tidings-Body-Omitted"
MESSAGE_ID: Final = "Nats-Msg-Id"
_PRINTABLE: Final = "".join(map(chr, range(0x21, 0x7F))).replace("%", "").replace('"', "")


@dataclass(frozen=True, slots=True)
class StreamMessage:
    """A message to publish; `seq` is the event's number, `tenant` its tenant's UUID."""

    seq: int
    tenant: str
    subject: str
    headers: Mapping[str, str]
    body: bytes


def is_published(event: StoredEvent) -> bool:
    """Whether an event goes to the stream: those that a subscription to `*` gets."""
    return topics.entity_of(event.topic) not in topics.RESERVED


def subject(prefix: str, tenant: str, topic: str) -> str:
    """`<prefix>.<tenant>.<entity>.<verb>`; a topic is of characters that a subject may have."""
    return f"{prefix}.{tenant}.{topic}"


def stream_message(event: StoredEvent, tenant: str, body: bytes, *, prefix: str, rewinds: int) -> StreamMessage:
    """The message of an event. What is published again after a rewind has an id of its own."""
    headers = {
        MESSAGE_ID: f"{event.seq}.{rewinds}" if rewinds else str(event.seq),
        SEQ: str(event.seq),
        REWINDS: str(rewinds),
        "ce-specversion": "1.0",
        "ce-id": _header(event.event_id),
        "ce-source": f"/tenants/{tenant}",
        "ce-type": event.topic,
        "ce-time": rfc3339_ms(event.occurred_at),
        "content-type": "application/json",
    }
    if entity := event.entity_id or event.entity_ref:
        headers["ce-subject"] = _header(entity)
    headers["tracestate"] = headers["ce-tracestate"] = print_hops(event.hops)
    if event.traceparent:
        headers["traceparent"] = headers["ce-traceparent"] = _header(event.traceparent)
    return StreamMessage(event.seq, tenant, subject(prefix, tenant, event.topic), headers, body)


def _header(value: str) -> str:
    """A value of a header: what is not printable ASCII percent-encoded, as CloudEvents has it."""
    return quote(value, safe=_PRINTABLE)
