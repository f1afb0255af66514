"""The events that are sent: orders of a shop, about 500 bytes as JSON."""

import json
from base64 import b64encode

from google.protobuf.json_format import MessageToJson

from tidings.collector.v1.events_pb2 import BatchCreateEventsRequest, CreateEventRequest, Event, EventPayload

DISTINCT = 512
"""Bodies are made once and sent over and over; ids are the server's, so that each is a new event."""


def order_event(number: int) -> Event:
    """One order as its shop tells of it. The same number gives the same event."""
    order_id = f"ORD-{number:010d}"
    facts = {"orderId": order_id, "status": "OPEN", "total": "129.90", "currency": "AUD", "lines": number % 7 + 1}
    return Event(
        entity_id=order_id,
        entity_name="ORDER",
        event_source=Event.APPLICATION,
        event_type=Event.ENTITY_EVENT,
        event_payload=EventPayload(
            base64_encoded_payload_json=b64encode(json.dumps(facts).encode()).decode(),
            entity_id=order_id,
            key_attributes={"correlationId": f"{number:032x}", "channel": "web"},
            operation=EventPayload.CREATE,
        ),
    )


def unary_requests() -> list[bytes]:
    """CreateEventRequests, serialised."""
    return [CreateEventRequest(event=order_event(number)).SerializeToString() for number in range(DISTINCT)]


def batch_request(size: int) -> bytes:
    """A BatchCreateEventsRequest of `size` events, serialised."""
    return BatchCreateEventsRequest(events=map(order_event, range(size))).SerializeToString()


def json_bodies() -> list[bytes]:
    """The same events as REST clients send them."""
    return [
        MessageToJson(order_event(number), indent=None, preserving_proto_field_name=True).encode()
        for number in range(DISTINCT)
    ]
