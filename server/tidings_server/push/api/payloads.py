"""Payloads of push subscriptions: the notification of an event, never the object itself.

Source: WIRE.md 002 (b), the vendor's webhooks.json and headers; https://cloudevents.io, version 1.0, structured JSON
with the W3C trace context as an extension. Signatures and the Date header are delivery's.
"""

import re
from collections.abc import Mapping

from tidings.collector.v1.events_pb2 import Event as CollectorEvent
from tidings_server.delivery.json_body import json_body
from tidings_server.delivery.message import Payload
from tidings_server.log.event_ids import dashed
from tidings_server.log.server_events import facts_of
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.storage.log.records import Api, StoredEvent

JSON = "application/json"
CLOUDEVENTS_JSON = "application/cloudevents+json"
CONTENT_TYPES = (JSON, CLOUDEVENTS_JSON)

_HEADER_VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?")


def push_payload(event: StoredEvent, *, content_type: str, is_test: bool = False) -> Payload:
    """The message about `event` in one of `CONTENT_TYPES`."""
    body: Mapping[str, object] = notification(event, is_test=is_test)
    if content_type == CLOUDEVENTS_JSON:
        body = _cloud_event(event, body)
    return Payload(
        body=json_body(body),
        content_type=content_type,
        headers=_headers(event),
        group=event.entity_id or event.entity_ref or event.topic,
    )


def notification(event: StoredEvent, *, is_test: bool = False) -> dict[str, object]:
    """The body that is posted, an EventNotification as JSON; texts that the event lacks are empty."""
    body: dict[str, object] = {
        "eventId": dashed(event.event_id),
        "topic": event.topic,
        "entityId": event.entity_id or event.entity_ref or "",
        "timestamp": rfc3339_ms(event.occurred_at),
        "correlationId": event.correlation_id or "",
        "isTest": is_test,
    }
    if properties := extended_properties(event):
        body["extendedProperties"] = [{"key": key, "value": value} for key, value in properties]
    return body


def extended_properties(event: StoredEvent) -> list[tuple[str, str]]:
    """Extended properties ordered by key: a collector event's `key_attributes`, or the body of an operation.

    Those of a loyalty event are its customer and its namespace.
    """
    if event.api == Api.OPERATION:
        return sorted(facts_of(event.body).items())
    if event.api == Api.COLLECTOR:
        return sorted(CollectorEvent.FromString(event.body).event_payload.key_attributes.items())
    if event.api == Api.LOYALTY:
        return [("customerId", event.root_id or ""), ("nameSpace", event.name or "")]
    return []


def _cloud_event(event: StoredEvent, data: Mapping[str, object]) -> dict[str, object]:
    """`source` and `id` together name the event: ids are unique in one API of one tenant."""
    cloud_event: dict[str, object] = {
        "specversion": "1.0",
        "id": dashed(event.event_id),
        "source": f"/tenants/{event.tenant_id}/{Api(event.api).name.lower()}",
        "type": event.topic,
        "time": rfc3339_ms(event.occurred_at),
        "datacontenttype": JSON,
        "data": data,
    }
    if data["entityId"]:
        cloud_event["subject"] = data["entityId"]
    if event.traceparent:
        cloud_event["traceparent"] = event.traceparent
    return cloud_event


def _headers(event: StoredEvent) -> dict[str, str]:
    """The vendor's headers, those that Tidings knows; a correlation id that no header can carry is left out."""
    headers = {"x-vol-tenant": str(event.tenant_id)}
    if event.site_id is not None:
        headers["x-vol-site"] = str(event.site_id)
    if event.correlation_id and _HEADER_VALUE.fullmatch(event.correlation_id):
        headers["x-vol-correlation"] = event.correlation_id
    return headers
