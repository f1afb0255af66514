"""The Push API: subscriptions, attempts, events to pull."""

from collections.abc import Mapping
from typing import Any

from tests.isolation.entries.collector import MARK
from tests.isolation.entry import Call, Entry, Names, NamesNothing, Walked
from tests.support.waiting import blocking_until

PACKAGE = "tidings.push.v1"
TAKEN = "0123456789abcdef0123456789abcd02"


def subscription(subscription_id: str, endpoint: str) -> dict[str, Any]:
    return {"id": subscription_id, "endpoint": endpoint, "topics": ["order.created"]}


def seed(call: Call, receiver: str) -> Mapping[str, str]:
    mine = "0123456789abcdef0123456789abcd01"
    service = f"/{PACKAGE}.SubscriptionService"
    for each in (mine, TAKEN):
        call(f"{service}/CreateSubscription", {"subscription": subscription(each, f"{receiver}/{MARK}")})
    pushed = f"{MARK}-pushed"
    call("/tidings.collector.v1.EventService/CreateEvent", {"event": _order(pushed)})
    listed = f"/{PACKAGE}.DeliveryAttemptService/ListDeliveryAttempts"
    attempts = blocking_until(lambda: call(listed, {"subscription_id": mine})["items"], bool)
    return {
        "push subscription": mine,
        "taken push subscription": TAKEN,
        "process": str(int(attempts[0]["id"])),
        "event": pushed,
    }


def _order(event_id: str) -> dict[str, Any]:
    payload = {"operation": "CREATE"}
    return {
        "id": event_id,
        "entity_id": MARK,
        "entity_name": "ORDER",
        "event_type": "ENTITY_EVENT",
        "event_payload": payload,
    }


ENTRIES: dict[str, Entry] = {
    "SubscriptionService/ListSubscriptions": NamesNothing("lists the caller's own"),
    "SubscriptionService/CreateSubscription": Names(
        {"subscription": subscription("<taken push subscription>", "https://example.com/hook")}
    ),
    "SubscriptionService/GetSubscription": Names({"id": "<push subscription>"}),
    "SubscriptionService/UpdateSubscription": Names(
        {"id": "<push subscription>", "subscription": subscription("<push subscription>", "https://example.com/hook")}
    ),
    "SubscriptionService/DeleteSubscription": Names({"id": "<push subscription>"}),
    "SubscriptionService/ConfirmSubscription": Names({"id": "<push subscription>"}),
    "SubscriptionService/ReactivateSubscription": Names({"id": "<push subscription>"}),
    "SubscriptionService/RotateSecret": Names({"id": "<push subscription>"}),
    "SubscriptionService/TestSubscription": Names({"id": "<push subscription>"}),
    "SelectionService/SelectFields": Names(
        {"path": "event/push/subscriptions/<push subscription>", "response_fields": "id"}
    ),
    "DeliveryAttemptService/ListDeliveryAttempts": Names({"subscription_id": "<push subscription>"}),
    "DeliveryAttemptService/GetDeliveryAttempt": Names(
        {"subscription_id": "<push subscription>", "process_id": "<process>"}
    ),
    "EventPullService/ListEvents": NamesNothing("lists the caller's own"),
    "EventPullService/GetEvent": Names({"event_id": "<event>"}),
}
UNKNOWN = {
    "push subscription": "fedcba9876543210fedcba9876543201",
    "taken push subscription": "fedcba9876543210fedcba9876543202",
    "process": "987654321",
    "event": "nobodys-event",
}
WALKED = Walked(PACKAGE, ENTRIES, seed, UNKNOWN)
