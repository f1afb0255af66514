"""Ports of delivery to the dialects: the event as conditions see it, and the message for a subscription.

A new kind of subscription is one entry in PAYLOADS.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tidings.collector.v1.events_pb2 import Event
from tidings_server.collector.api import event_messages
from tidings_server.collector.api.payloads import attributes, collector_payload
from tidings_server.composition.event_bodies import EVENT_SHAPES
from tidings_server.delivery.message import Payload
from tidings_server.delivery.requested_deliveries import webhook_payload
from tidings_server.delivery.store.subscriptions import DestinationKind, Subscription
from tidings_server.expressions.conditions import Conditions
from tidings_server.mail.rendering import MailRenderer
from tidings_server.push.api.payloads import push_payload
from tidings_server.storage.log.records import Api, StoredEvent

PAYLOADS: Final[Mapping[Api, Callable[[Subscription, StoredEvent, bool], Payload]]] = {
    Api.COLLECTOR: lambda _subscription, event, _is_test: collector_payload(event, EVENT_SHAPES.of(event)),
    Api.ORCHESTRATION: lambda _subscription, event, _is_test: webhook_payload(event),
    Api.PUSH: lambda subscription, event, is_test: push_payload(
        event, content_type=subscription.content_type, is_test=is_test
    ),
}


class DialectBodies:
    """Event shapes, attributes and payloads of all dialects; `renderer` renders mail."""

    def __init__(self, renderer: MailRenderer | None = None) -> None:
        self._renderer = renderer or MailRenderer()

    def event_shape(self, event: StoredEvent) -> Event:
        """Any event as a message of the collector."""
        return EVENT_SHAPES.of(event)

    def attributes(self, event: StoredEvent) -> Mapping[str, Any]:
        """The entity's attributes in an event of the collector."""
        return attributes(EVENT_SHAPES.of(event))

    def payload(self, subscription: Subscription, event: StoredEvent, *, is_test: bool = False) -> Payload:
        """The message about `event` in the form of the subscription's dialect; for mail, the rendered mail."""
        if subscription.destination is DestinationKind.MAIL:
            return self._renderer.payload(event)
        return PAYLOADS[subscription.api](subscription, event, is_test)


def event_conditions() -> Conditions:
    """Conditions on events in the collector's shape."""
    return Conditions(Event.DESCRIPTOR.file.pool, Event.DESCRIPTOR.full_name, bulky=event_messages.BULKY)
