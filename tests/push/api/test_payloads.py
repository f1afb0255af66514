"""Payloads of push endpoints, parsed as receivers parse them."""

import json
from typing import Any

import pytest
from cloudevents.core.bindings.common import get_event_factory_for_version
from cloudevents.core.bindings.http import HTTPMessage, from_structured
from cloudevents.core.formats.json import JSONFormat
from google.protobuf import json_format

from tidings.collector.v1.events_pb2 import Event as CollectorEvent
from tidings.collector.v1.events_pb2 import EventPayload
from tidings.push.v1.deliveries_pb2 import EventNotification
from tidings_server.log.event_ids import dashed, undashed
from tidings_server.push.api.payloads import CLOUDEVENTS_JSON, CONTENT_TYPES, JSON, push_payload
from tidings_server.storage.log.records import Api, StoredEvent

UUID_TEXT = "0192f0c1-2d3e-7abc-8def-0123456789ab"
NOON_US = 1_767_268_800_123_456  # 2026-01-01T12:00:00.123456Z
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def stored(**other: Any) -> StoredEvent:
    values: dict[str, Any] = {
        **dict.fromkeys(StoredEvent._fields),
        "seq": 7,
        "tenant_id": 3,
        "api": Api.COLLECTOR,
        "event_id": UUID_TEXT,
        "topic": "order.opened",
        "entity_id": "O-1",
        "correlation_id": "c-9",
        "hops": 0,
        "occurred_at": NOON_US,
        "recorded_at": NOON_US,
        "body_hash": b"",
        "body": b"",
    }
    return StoredEvent(**{**values, **other})


def collector_body(**key_attributes: str) -> bytes:
    return CollectorEvent(event_payload=EventPayload(key_attributes=key_attributes)).SerializeToString()


def test_the_notification_is_the_documented_one() -> None:
    payload = push_payload(stored(), content_type=JSON)
    assert payload.content_type == "application/json"
    assert json.loads(payload.body) == {
        "eventId": UUID_TEXT,
        "topic": "order.opened",
        "entityId": "O-1",
        "timestamp": "2026-01-01T12:00:00.123Z",
        "correlationId": "c-9",
        "isTest": False,
    }


def test_key_attributes_of_a_collector_event_are_extended_properties() -> None:
    event = stored(body=collector_body(newstatus="READY", orderId="O-1"))
    assert json.loads(push_payload(event, content_type=JSON).body)["extendedProperties"] == [
        {"key": "newstatus", "value": "READY"},
        {"key": "orderId", "value": "O-1"},
    ]


def test_the_body_of_an_operation_is_extended_properties() -> None:
    event = stored(api=Api.OPERATION, body=b'{"reason":"gone"}')
    properties = json.loads(push_payload(event, content_type=JSON).body)["extendedProperties"]
    assert properties == [{"key": "reason", "value": "gone"}]


def test_a_loyalty_event_has_its_customer_and_namespace_as_properties() -> None:
    event = stored(api=Api.LOYALTY, root_id="c-1", name="Shop")
    properties = json.loads(push_payload(event, content_type=JSON).body)["extendedProperties"]
    assert properties == [{"key": "customerId", "value": "c-1"}, {"key": "nameSpace", "value": "Shop"}]


def test_events_of_other_apis_have_no_extended_properties() -> None:
    event = stored(api=Api.SCHEDULING, body=b"\xff\xff no message of the collector")
    assert "extendedProperties" not in json.loads(push_payload(event, content_type=JSON).body)


@pytest.mark.parametrize("event", [stored(), stored(body=collector_body(a="ä")), stored(entity_id=None)])
def test_every_notification_is_one_of_the_contract(event: StoredEvent) -> None:
    body = push_payload(event, content_type=JSON, is_test=True).body
    assert json_format.Parse(body, EventNotification()).is_test


def test_a_field_that_the_event_lacks_is_an_empty_text() -> None:
    body = json.loads(push_payload(stored(entity_id=None, correlation_id=None), content_type=JSON).body)
    assert (body["entityId"], body["correlationId"]) == ("", "")


def test_a_cloud_event_is_read_back_by_the_public_library() -> None:
    event = stored(body=collector_body(orderId="Ö-1"), traceparent=TRACE)
    payload = push_payload(event, content_type=CLOUDEVENTS_JSON)
    read = from_structured(
        HTTPMessage(headers={"content-type": payload.content_type}, body=payload.body),
        JSONFormat(),
        get_event_factory_for_version("1.0"),
    )
    assert (read.get_specversion(), read.get_id(), read.get_type()) == ("1.0", UUID_TEXT, "order.opened")
    assert (read.get_source(), read.get_subject()) == ("/tenants/3/collector", "O-1")
    time = read.get_time()
    assert time is not None
    assert time.isoformat() == "2026-01-01T12:00:00.123000+00:00"
    assert read.get_extension("traceparent") == TRACE
    assert read.get_data() == json.loads(push_payload(event, content_type=JSON).body)


def test_a_cloud_event_without_an_entity_has_no_subject() -> None:
    body = json.loads(push_payload(stored(entity_id=None), content_type=CLOUDEVENTS_JSON).body)
    assert "subject" not in body
    assert "traceparent" not in body


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_the_headers_are_those_that_are_known(content_type: str) -> None:
    known = push_payload(stored(site_id=12), content_type=content_type).headers
    assert known == {"x-vol-tenant": "3", "x-vol-site": "12", "x-vol-correlation": "c-9"}
    assert push_payload(stored(correlation_id=None), content_type=content_type).headers == {"x-vol-tenant": "3"}


@pytest.mark.parametrize("correlation_id", ["a\r\nx-vol-tenant: 4", "ä", " ", "a\tb", "a "])
def test_a_correlation_id_that_no_header_can_carry_stays_in_the_body(correlation_id: str) -> None:
    payload = push_payload(stored(correlation_id=correlation_id), content_type=JSON)
    assert payload.headers == {"x-vol-tenant": "3"}
    assert json.loads(payload.body)["correlationId"] == correlation_id


def test_the_entity_groups_the_messages() -> None:
    assert push_payload(stored(), content_type=JSON).group == "O-1"
    assert push_payload(stored(entity_id=None, entity_ref="R-1"), content_type=JSON).group == "R-1"


@pytest.mark.parametrize(
    ("event_id", "with_dashes", "without"),
    [
        (UUID_TEXT, UUID_TEXT, UUID_TEXT.replace("-", "")),
        (UUID_TEXT.replace("-", "").upper(), UUID_TEXT, UUID_TEXT.replace("-", "")),
        ("order:7", "order:7", "order:7"),
        (
            "0192f0c12d3e-7abc-8def-0123456789ab",
            "0192f0c12d3e-7abc-8def-0123456789ab",
            "0192f0c12d3e-7abc-8def-0123456789ab",
        ),
    ],
)
def test_ids_have_dashes_in_the_body_and_none_in_lists(event_id: str, with_dashes: str, without: str) -> None:
    assert (dashed(event_id), undashed(event_id)) == (with_dashes, without)
