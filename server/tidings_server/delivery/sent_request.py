"""Requests of deliveries as people read them: without signatures and secrets."""

from dataclasses import dataclass, field
from typing import Final

from tidings_server.delivery.destinations.webhook import USER_AGENT, unsigned_headers
from tidings_server.delivery.message import message_attributes
from tidings_server.delivery.message_builder import PayloadBuilder, build_message
from tidings_server.delivery.pings import is_test
from tidings_server.delivery.store.subscriptions import DestinationKind, Subscription
from tidings_server.storage.log.records import StoredEvent

_METHODS: Final = {DestinationKind.SQS: "SendMessage", DestinationKind.SNS: "Publish"}


@dataclass(frozen=True, slots=True)
class SentRequest:
    """One request. `target` is a URL or an ARN, `headers` a webhook's headers or a queue's message attributes."""

    method: str
    target: str
    headers: dict[str, str]
    body: str = field(repr=False)


def request_of(
    payloads: PayloadBuilder, subscription: Subscription, event: StoredEvent, *, replay_id: str = ""
) -> SentRequest | None:
    """The request about an event, in the form that the subscription has now. None where no message can be made of it.

    Nothing of a request is stored: it follows from the event, which never changes, and the subscription.
    """
    try:
        message = build_message(payloads, subscription, event, replay_id=replay_id, is_test=is_test(event))
    except Exception:  # noqa: BLE001 - as the queue does: the reason stands in the delivery's last attempt
        return None
    body = message.payload.body.decode("utf-8", "replace")
    target = message.payload.url or subscription.endpoint
    if subscription.destination is DestinationKind.MAIL:
        return SentRequest("mail", target, {}, body)
    if subscription.destination in _METHODS:
        return SentRequest(_METHODS[subscription.destination], target, message_attributes(message), body)
    headers = {"User-Agent": USER_AGENT, **dict(unsigned_headers(message)), "webhook-id": message.message_id}
    return SentRequest("POST", target, headers, body)
