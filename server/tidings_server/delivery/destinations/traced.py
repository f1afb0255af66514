"""Spans of deliveries: CLIENT of a webhook, PRODUCER of a queue or topic, each linked to the events it is about."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from tidings_server.delivery.message import Destination, DestinationSettings, Message, Outcome, OutcomeKind
from tidings_server.delivery.store.subscriptions import DestinationKind
from tidings_server.platform.telemetry.traces import Attributes, Span, SpanKind, Tracer

SYSTEMS: Final = {DestinationKind.SQS: "aws_sqs", DestinationKind.SNS: "aws.sns"}
"""`messaging.system` of what is no HTTP endpoint."""
PORTS: Final = {"http": 80, "https": 443}


class TracedDestination:
    """A destination whose every send is a span.

    A send of one event belongs to the event's trace, and the receiver's to the send; one of several begins a trace of
    its own. The links say in either case which events it is about.
    """

    def __init__(self, inner: Destination, settings: DestinationSettings, tracer: Tracer) -> None:
        self._inner = inner
        self._tracer = tracer
        self._attributes = _attributes(settings)
        self._kind = SpanKind.PRODUCER if settings.kind in SYSTEMS else SpanKind.CLIENT
        self._name = "POST" if settings.kind is DestinationKind.WEBHOOK else f"send {_destination(settings)}"

    @property
    def max_batch(self) -> int:
        """Messages that one send takes."""
        return self._inner.max_batch

    async def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """Outcomes of the messages, in order."""
        links = [message.traceparent for message in batch if message.traceparent]
        parent = links[0] if len(batch) == 1 and links else None
        found = dict(self._attributes)
        if len(batch) > 1:
            found["messaging.batch.message_count"] = len(batch)
        with self._tracer.span(self._name, parent=parent, kind=self._kind, attributes=found, links=links) as span:
            sent = [replace(message, traceparent=span.traceparent) for message in batch] if len(batch) == 1 else batch
            outcomes = await self._inner.send(sent)
            _note(span, batch, outcomes)
            return outcomes


def _attributes(settings: DestinationSettings) -> Attributes:
    address = urlsplit(settings.endpoint)
    found: dict[str, str | int] = {}
    if settings.kind is DestinationKind.WEBHOOK:
        found = {
            "http.request.method": "POST",
            "server.address": address.hostname or "",
            "server.port": address.port or PORTS.get(address.scheme, 443),
            "url.scheme": address.scheme,
        }
    elif settings.kind in SYSTEMS:
        found = {
            "messaging.system": SYSTEMS[settings.kind],
            "messaging.operation.name": "send",
            "messaging.operation.type": "send",
            "messaging.destination.name": _destination(settings),
        }
    return found


def _destination(settings: DestinationSettings) -> str:
    """The name of a queue or topic: the end of its URL or ARN; of any other kind the kind."""
    if settings.kind not in SYSTEMS:
        return settings.kind.value.lower()
    return settings.endpoint.rpartition("/")[2].rpartition(":")[2]


def _note(span: Span, batch: Sequence[Message], outcomes: Sequence[Outcome]) -> None:
    if len(batch) == 1:
        span.note({"messaging.message.id": batch[0].message_id, "tidings.topic": batch[0].topic})
        if outcomes[0].status:
            span.note({"http.response.status_code": outcomes[0].status})
    failed = next((one for one in outcomes if one.kind is not OutcomeKind.DELIVERED), None)
    if failed is not None:
        span.fail(str(failed.status or failed.error_type.value or "failed"))
