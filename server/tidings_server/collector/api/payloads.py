"""Message bodies for queues and topics: the event as JSON, and for wishlists the platform's interaction message.

Source: WIRE.md 000 (c), and (b) for the message of wishlists, whose names are the vendor's, misspelling included.
"""

import json
from binascii import a2b_base64
from collections.abc import Mapping
from math import isfinite
from typing import Any, Final

from google.protobuf import json_format
from google.protobuf.message import Message

from tidings.collector.v1 import events_pb2 as pb
from tidings_server.delivery.json_body import json_body
from tidings_server.delivery.message import Payload, message_group_of
from tidings_server.delivery.topic_index import WITH_ITEMS
from tidings_server.log import topics
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.storage.log.records import StoredEvent

JSON: Final = "application/json"

_WISHLISTS: Final = WITH_ITEMS["WISHLIST"]
_FACTS: Final = (
    "customerId",
    "customerRef",
    "itemId",
    "productId",
    "productRef",
    "tenantId",
    "variantId",
    "varientAttributes",
    "wishlistId",
)
_FLAGS: Final = ("deleted", "disableNotification", "prerelease", "purchased")
_INTERACTIONS: Final = {topics.CREATED: "CREATED", "opened": "CREATED", topics.DELETED: "DELETED"}
_TRUE: Final = frozenset({"1", "true"})


def collector_payload(event: StoredEvent, shape: pb.Event) -> Payload:
    """The message about `event`, which is `shape` as a collector event. Its group, for FIFO queues, is the entity."""
    is_wishlist = topics.entity_of(event.topic) in _WISHLISTS
    return Payload(
        body=json_body(_interaction(event, shape) if is_wishlist else as_json(shape)),
        content_type=JSON,
        headers={},
        group=message_group_of(event),
    )


def as_json(message: Message) -> dict[str, Any]:
    """A message in JSON as REST encodes it."""
    printed: dict[str, Any] = json_format.MessageToDict(message, always_print_fields_with_no_presence=True)
    return printed


def attributes(shape: pb.Event) -> Mapping[str, Any]:
    """The key attributes of a collector event, and the fields of its payload where that is a JSON object."""
    payload = shape.event_payload
    return {**_decoded(payload.base64_encoded_payload_json), **payload.key_attributes}


def _interaction(event: StoredEvent, shape: pb.Event) -> dict[str, Any]:
    """A customer interaction: values from the key attributes, else from the payload, else null; flags 0 or 1."""
    known = attributes(shape)
    return {
        "id": known.get("id", event.event_id),
        "created_at": known.get("created_at", rfc3339_ms(event.occurred_at)),
        "entityType": known.get("entityType", event.entity_type),
        "interactionType": _INTERACTIONS.get(topics.verb_of(event.topic), "CHANGED"),
        **{name: known.get(name) for name in _FACTS},
        **{name: int(str(known.get(name)).lower() in _TRUE) for name in _FLAGS},
    }


def _decoded(payload: str) -> Mapping[str, Any]:
    """The JSON object in a payload; empty for a payload that is none, which producers may send."""
    if not payload:
        return {}
    standard = payload.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        decoded = _DECODER.decode(a2b_base64(standard + "=" * (-len(standard) % 4)).decode())
    except (ValueError, RecursionError):
        return {}
    return decoded if isinstance(decoded, dict) else {}


def _no_number(name: str) -> None:
    """Refuse NaN and infinities, which are not JSON."""
    raise ValueError(name)


def _double(digits: str) -> float:
    """The number as a double. Raises ValueError for one beyond all doubles, which JSON could not say again."""
    number = float(digits)
    if not isfinite(number):
        raise ValueError(digits)
    return number


_DECODER: Final = json.JSONDecoder(parse_constant=_no_number, parse_float=_double)
