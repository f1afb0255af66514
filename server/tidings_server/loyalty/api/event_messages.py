"""Events of the loyalty API as clients send them and as the log stores them.

Source: WIRE.md 003; DESIGN.md section 3 for topics.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple

from google.protobuf.json_format import MessageToDict

from tidings.loyalty.v1 import events_pb2 as pb
from tidings_server.loyalty.api.event_rules import EVENT_RULES
from tidings_server.loyalty.events import CUSTOMER, EventKind
from tidings_server.platform.clock import parse_rfc3339, rfc3339_ms
from tidings_server.platform.errors import InvalidInput, PayloadTooLarge, Violation
from tidings_server.platform.scope import Scope
from tidings_server.storage.log.records import Api, EventRecord, StoredEvent

MAX_BYTES: Final = 256 << 10
MAX_AHEAD_US: Final = 300_000_000
"""Largest lead of a client's clock: five minutes. Source: WIRE.md 003 (c), createdAt."""
NO_TIME: Final = "must be an RFC 3339 date-time, such as 2026-01-01T00:00:00Z"
NOT_NOW: Final = "must be between 1970 and now, or up to five minutes later"


class EventBlock(NamedTuple):
    """One of the five typed blocks of an event. `id_field` is the field with its entity's id."""

    name: str
    kind: EventKind
    topic: str
    id_field: str = ""


ACTION: Final = EventBlock("action", EventKind.ACTION, "action.created")
BASKET: Final = EventBlock("basket", EventKind.BASKET, "basket.assessed", "basket_id")
ORDER: Final = EventBlock("order", EventKind.ORDER, "order.opened", "order_id")
TRANSACTION: Final = EventBlock("transaction", EventKind.TRANSACTION, "transaction.created")
REDEMPTION: Final = EventBlock("redemption", EventKind.REDEMPTION, "redemption.created")
_BLOCKS: Final = (ACTION, BASKET, ORDER, TRANSACTION, REDEMPTION)


def load(message: pb.NewEvent, block: EventBlock, scope: Scope, *, now_us: int) -> EventRecord:
    """The record of a received event; changes `message` into what is stored.

    Raises InvalidInput with all rules that it breaks, PayloadTooLarge beyond MAX_BYTES.
    """
    occurred_at = _checked(message, block, now_us)
    body_hash = sha256(message.SerializeToString(deterministic=True)).digest()
    body = _normalized(message, block, scope).SerializeToString(deterministic=True)
    if len(body) > MAX_BYTES:
        raise PayloadTooLarge(f"The event has {len(body):,} bytes; {MAX_BYTES:,} are allowed.")
    named = getattr(getattr(message, block.name), block.id_field) if block.id_field else ""
    return EventRecord(
        tenant_id=scope.tenant,
        api=Api.LOYALTY,
        event_id=message.event_id,
        topic=block.topic,
        entity_type=block.kind.value,
        entity_id=named or message.event_id,
        entity_ref=message.reference or None,
        root_type=CUSTOMER,
        root_id=message.customer_id,
        retailer_id=scope.retailer_id,
        site_id=scope.site_id,
        name=message.name_space,
        type=block.kind.value,
        actor=scope.app_id,
        correlation_id=scope.request_id,
        traceparent=scope.traceparent,
        hops=scope.hops,
        occurred_at=occurred_at,
        body_hash=body_hash,
        body=body,
    )


def dump(event: StoredEvent, tenant_id: str) -> pb.Event:
    """The event as the list of a customer's events prints it."""
    message = _dated(event)
    message.tenant_id = tenant_id
    return message


def body_of(event: StoredEvent) -> Mapping[str, Any]:
    """The event as REST prints it, as a JSON object."""
    printed: Mapping[str, Any] = MessageToDict(_dated(event), always_print_fields_with_no_presence=True)
    return printed


def _dated(event: StoredEvent) -> pb.Event:
    """The stored event with the time it happened, which a client may have left out."""
    message = pb.Event.FromString(event.body)
    message.created_at = message.created_at or rfc3339_ms(event.occurred_at)
    return message


def _checked(message: pb.NewEvent, block: EventBlock, now_us: int) -> int:
    """The instant at which a valid event occurred. Raises InvalidInput with all violations."""
    violations = EVENT_RULES[block.name].violations(message)
    instants: dict[str, int] = {}
    for field, text in (("createdAt", message.created_at), ("updatedAt", message.updated_at)):
        if not text:
            continue
        try:
            instants[field] = parse_rfc3339(text)
        except ValueError:
            violations.append(Violation(field, NO_TIME))
            continue
        if not 0 <= instants[field] <= now_us + MAX_AHEAD_US:
            violations.append(Violation(field, NOT_NOW))
    if violations:
        raise InvalidInput(violations=violations)
    return instants.get("createdAt", now_us)


def _normalized(message: pb.NewEvent, block: EventBlock, scope: Scope) -> pb.NewEvent:
    """The message with ids in lower case and the caller's tenant, without the blocks of other calls."""
    for other in _BLOCKS:
        if other is not block:
            message.ClearField(other.name)  # type: ignore[arg-type]  # the stubs want a literal
    message.event_id = message.event_id.lower()
    message.customer_id = message.customer_id.lower()
    message.tenant_id = scope.tenant_id
    return message
