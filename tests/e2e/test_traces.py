"""Spans of a running server, as an OpenTelemetry collector is sent them over HTTP."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.e2e.instances import Instance
from tests.e2e.rest import demo_rest
from tests.support.aws import ACCESS_KEY, ACCESS_SECRET, REGION, Aws
from tests.support.receiver import Receiver
from tidings_server.delivery.store.subscriptions import DestinationKind

EVENT = {"event_type": "ENTITY_EVENT", "entity_name": "ORDER", "event_payload": {"operation": "CREATE"}}
CREATE = "tidings.collector.v1.EventService/CreateEvent"
GET = "tidings.collector.v1.EventService/GetEvent"
TRACES, HOOK = "/v1/traces", "/hook"


async def test_calls_and_deliveries_are_spans_by_the_conventions(
    make_instance: Callable[..., Instance],
    session: aiohttp.ClientSession,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "shop-events")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    rest = await demo_rest(session, make_instance(otel=receiver.url("")))
    subscription = {"endpoint": receiver.url(HOOK), "topics": ["order.created"]}
    made = await rest("POST", "/api/event/push/subscriptions", json=subscription)
    assert made.status == 201, made.json
    trace_id, parent_id = uuid4().hex, uuid4().hex[:16]
    traced = {"traceparent": f"00-{trace_id}-{parent_id}-01"}
    sent = await rest("POST", "/api/v1/events", json=EVENT, headers=traced)
    assert sent.status == 201
    assert (await rest("GET", "/api/v1/events/nosuch")).status == 404
    await receiver.wait_until(lambda _: bool(named(receiver, GET)) and any(map(is_delivery, spans(receiver))))

    [call] = named(receiver, CREATE)
    assert call.kind == Span.SPAN_KIND_SERVER
    assert (call.trace_id.hex(), call.parent_span_id.hex()) == (trace_id, parent_id)
    of_call = {
        "rpc.system": "grpc",
        "rpc.service": "tidings.collector.v1.EventService",
        "rpc.method": "CreateEvent",
        "rpc.grpc.status_code": 0,
        "http.request.method": "POST",
        "http.route": "/api/v1/events",
        "http.response.status_code": 201,
        "url.path": "/api/v1/events",
        "url.scheme": "http",
    }
    assert attributes(call).items() >= of_call.items()
    assert "aiohttp" in attributes(call)["user_agent.original"]

    [refused] = named(receiver, GET)
    assert refused.status.code == Status.STATUS_CODE_UNSET  # the caller's mistake is no error of the server
    of_refused = {
        "rpc.grpc.status_code": 5,
        "http.request.method": "GET",
        "http.route": "/api/v1/events/{id}",
        "http.response.status_code": 404,
        "url.path": "/api/v1/events/nosuch",
    }
    assert attributes(refused).items() >= of_refused.items()

    delivery = next(filter(is_delivery, spans(receiver)))
    assert delivery.kind == Span.SPAN_KIND_CLIENT
    assert (delivery.trace_id, delivery.parent_span_id) == (call.trace_id, call.span_id)
    assert [(link.trace_id, link.span_id) for link in delivery.links] == [(call.trace_id, call.span_id)]
    of_delivery = {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
        "server.port": receiver.port,
    }
    assert attributes(delivery).items() >= of_delivery.items()
    parents = [one.headers.get("traceparent", "") for one in receiver.requests if one.path == HOOK]
    assert any(one.split("-")[1:3] == [trace_id, delivery.span_id.hex()] for one in parents)

    resource, _ = exported(receiver)[0]
    assert (resource["service.name"], resource["deployment.environment.name"]) == ("shop-events", "test")


@pytest.mark.parametrize("kind", [DestinationKind.SQS, DestinationKind.SNS])
async def test_sends_to_queues_and_topics_are_producer_spans_linked_to_the_event(
    make_instance: Callable[..., Instance],
    session: aiohttp.ClientSession,
    receiver: Receiver,
    aws: Aws,
    monkeypatch: pytest.MonkeyPatch,
    *,
    kind: DestinationKind,
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    name = f"traced-{kind.value.lower()}"
    if kind is DestinationKind.SQS:
        queue = address = aws.queue(name)
    else:
        address, queue = aws.topic(name)
    rest = await demo_rest(session, make_instance(otel=receiver.url(""), aws_endpoint_url=aws.endpoint_url))
    made = await rest("POST", "/api/v1/event-subscription", json=subscription(kind, address))
    assert made.status == 201, made.json
    trace_id, parent_id = uuid4().hex, uuid4().hex[:16]
    event = EVENT | {"event_payload": {"operation": "CREATE", "key_attributes": {"total": "1"}}}
    sent = await rest("POST", "/api/v1/events", json=event, headers={"traceparent": f"00-{trace_id}-{parent_id}-01"})
    assert sent.status == 201
    await receiver.wait_until(lambda _: any(span.kind == Span.SPAN_KIND_PRODUCER for span in spans(receiver)))

    [call] = named(receiver, CREATE)
    [produced] = [span for span in spans(receiver) if span.kind == Span.SPAN_KIND_PRODUCER]
    assert (produced.trace_id, produced.parent_span_id) == (call.trace_id, call.span_id)
    assert [(link.trace_id, link.span_id) for link in produced.links] == [(call.trace_id, call.span_id)]
    assert produced.name == f"send {name}"
    of_send = {
        "messaging.system": {DestinationKind.SQS: "aws_sqs", DestinationKind.SNS: "aws.sns"}[kind],
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": name,
        "messaging.message.id": sent.json["id"],
        "tidings.topic": "order.created",
    }
    assert attributes(produced).items() >= of_send.items()
    [message] = aws.drain(queue)
    parent = message["MessageAttributes"]["traceparent"]["StringValue"]
    assert parent.split("-")[1:3] == [trace_id, produced.span_id.hex()]


def subscription(kind: DestinationKind, address: str) -> dict[str, Any]:
    """A subscription to a queue or a topic on this machine."""
    at = "queueUrl" if kind is DestinationKind.SQS else "topicArn"
    access = {"accessKey": ACCESS_KEY, "accessSecret": ACCESS_SECRET, "region": REGION}
    return {
        "active": True,
        "entityType": "ORDER",
        "subscribeCreate": True,
        "destination": {"type": kind.value, kind.value.lower(): {**access, at: address}},
    }


def exported(receiver: Receiver) -> list[tuple[dict[str, Any], Span]]:
    """Every span that has come, with the attributes of its resource."""
    found = []
    for body in receiver.bodies(TRACES):
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            of_resource = {one.key: one.value.string_value for one in resource.resource.attributes}
            found += [(of_resource, span) for scope in resource.scope_spans for span in scope.spans]
    return found


def spans(receiver: Receiver) -> list[Span]:
    return [span for _, span in exported(receiver)]


def named(receiver: Receiver, name: str) -> list[Span]:
    return [span for span in spans(receiver) if span.name == name]


def is_delivery(span: Span) -> bool:
    return span.name == "POST" and bool(span.links)


def attributes(span: Span) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value") or "string_value") for one in span.attributes}
