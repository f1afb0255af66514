"""The message about one event to one subscription, ready for its destination."""

from typing import Protocol

from tidings_server.delivery.message import Message, Payload
from tidings_server.delivery.signing import dedup_id
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.platform.trace_state import print_hops
from tidings_server.storage.log.records import StoredEvent


class PayloadBuilder(Protocol):
    """Payloads of events in the form of each dialect."""

    def payload(self, subscription: Subscription, event: StoredEvent, *, is_test: bool = False) -> Payload:
        """The payload of `event` in the form of the subscription's dialect."""
        ...


class PayloadCache:
    """Payloads built once for all subscriptions that get an event in the same form. Short-lived: it keeps them all."""

    def __init__(self, payloads: PayloadBuilder) -> None:
        self._payloads = payloads
        self._built: dict[tuple[object, ...], Payload] = {}

    def payload(self, subscription: Subscription, event: StoredEvent, *, is_test: bool = False) -> Payload:
        form = (subscription.api, subscription.destination, subscription.content_type, event.seq, is_test)
        if form not in self._built:
            self._built[form] = self._payloads.payload(subscription, event, is_test=is_test)
        return self._built[form]


def build_message(
    payloads: PayloadBuilder,
    subscription: Subscription,
    event: StoredEvent,
    *,
    replay_id: str = "",
    redelivered_after: int = 0,
    is_test: bool = False,
) -> Message:
    """The message of one event.

    A replay gives it another message id, and a replay or a redelivery another deduplication id for FIFO queues.
    """
    return Message(
        payload=payloads.payload(subscription, event, is_test=is_test),
        event_id=event.event_id,
        message_id=f"{event.event_id}:{replay_id}" if replay_id else event.event_id,
        dedup_id=dedup_id(event.event_id, subscription.id, replay_id, redelivered_after=redelivered_after),
        topic=event.topic,
        traceparent=event.traceparent,
        tracestate=print_hops(event.hops),
    )
