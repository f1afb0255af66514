"""The message about one event to one subscription, ready for its destination."""

from typing import Protocol

from tidings_server.delivery import Payload, Sending
from tidings_server.delivery.signing import dedup_id
from tidings_server.store.records import StoredEvent
from tidings_server.store.subscriptions import Subscription


class Payloads(Protocol):
    """What the dialects send."""

    def payload(self, subscription: Subscription, event: StoredEvent, *, is_test: bool = False) -> Payload:
        """The message about `event` in the form that the subscription asks for."""
        ...


def sending(
    payloads: Payloads, subscription: Subscription, event: StoredEvent, *, replay_id: str = "", is_test: bool = False
) -> Sending:
    """What goes out. On a replay receivers see another message id, and FIFO queues another deduplication id."""
    return Sending(
        payload=payloads.payload(subscription, event, is_test=is_test),
        event_id=event.event_id,
        message_id=f"{event.event_id}:{replay_id}" if replay_id else event.event_id,
        dedup_id=dedup_id(event.event_id, subscription.id, replay_id),
        topic=event.topic,
        traceparent=event.traceparent,
    )
