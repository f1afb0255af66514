"""The Collector API: events, subscriptions, deliveries."""

from collections.abc import Mapping
from typing import Any

from tests.isolation.entry import Call, Entry, Names, NamesNothing, Walked
from tests.support.waiting import blocking_until

PACKAGE = "tidings.collector.v1"
MARK = "marked"


def event(event_id: str) -> dict[str, Any]:
    """A good event; `MARK` is in it."""
    return {
        "id": event_id,
        "entity_id": f"{MARK}-order",
        "entity_name": "ORDER",
        "event_type": "ENTITY_EVENT",
        "event_source": "APPLICATION",
        "event_payload": {"operation": "CREATE"},
    }


def subscription(subscription_id: str, **other: Any) -> dict[str, Any]:
    sqs = {
        "access_key": "AKIAEXAMPLE",
        "access_secret": "hush",
        "queue_url": "https://sqs.eu-west-1.amazonaws.com/123456789012/orders",
        "region": "eu-west-1",
    }
    destination = {"type": "SQS", "sqs": sqs}
    return {
        "id": subscription_id,
        "entity_type": "ORDER",
        "subscribe_create": True,
        "destination": destination,
        **other,
    }


def job(job_id: str) -> dict[str, Any]:
    return {"id": job_id, "notification": "PRICE_DROP", "schedule": "0 3 * * *", "is_scheduled": True}


def seed(call: Call, _receiver: str) -> Mapping[str, str]:
    ids = {"event": f"{MARK}-event", "taken event": f"{MARK}-taken", "subscription": f"{MARK}-subscription"}
    service = f"/{PACKAGE}.EventSubscriptionService"
    call(f"{service}/CreateEventSubscription", {"subscription": subscription(ids["subscription"])})
    call(f"{service}/CreateEventSubscription", {"subscription": subscription(f"{MARK}-taken")})
    for name in ("event", "taken event"):
        call(f"/{PACKAGE}.EventService/CreateEvent", {"event": event(ids[name])})

    def deliveries() -> list[str]:
        found = call(f"/{PACKAGE}.DeliveryService/ListEventDeliveries", {"id": ids["event"]})["deliveries"]
        return [each["deliveryId"] for each in found if "deliveryId" in each]

    made = blocking_until(deliveries, bool)
    page = call(f"/{PACKAGE}.EventService/SearchEvents", {"page_size": 1})
    call(f"/{PACKAGE}.JobService/CreateJob", {"job": job(f"{MARK}-job")})
    call(f"/{PACKAGE}.JobService/CreateJob", {"job": job(f"{MARK}-other-job")})
    wanted = {"subscription_id": ids["subscription"], "since": "2026-01-01T00:00:00Z"}
    recovery = call(f"/{PACKAGE}.RecoveryService/CreateRecovery", wanted)
    return {
        **ids,
        "taken subscription": f"{MARK}-taken",
        "delivery": made[0],
        "recovery": recovery["id"],
        "position": page["next"],
        "job": f"{MARK}-job",
        "taken job": f"{MARK}-other-job",
    }


ENTRIES: dict[str, Entry] = {
    "EventService/CreateEvent": Names({"event": event("<taken event>")}),
    "EventService/BatchCreateEvents": Names({"events": [event("<taken event>")]}),
    "PublishService/PublishEvents": Names({"events": [event("<taken event>")]}),
    "EventService/GetEvent": Names({"id": "<event>"}),
    "EventService/GetEventDocument": Names({"id": "<event>"}),
    "EventService/SearchEvents": Names({"after": "<position>"}),
    "EventService/WatchEvents": Names({"after": "<position>"}),
    "EventService/StreamEvents": Names({"after": "<position>"}),
    "EventSubscriptionService/CreateEventSubscription": Names({"subscription": subscription("<taken subscription>")}),
    "EventSubscriptionService/UpdateEventSubscription": Names({"subscription": subscription("<subscription>")}),
    "EventSubscriptionService/ListEventSubscriptions": NamesNothing("lists the caller's own"),
    "EventSubscriptionService/GetEventSubscription": Names({"id": "<subscription>"}),
    "EventSubscriptionService/DeactivateEventSubscription": Names({"id": "<subscription>"}),
    "EventSubscriptionService/RotateEventSubscriptionKeys": Names(
        {"id": "<subscription>", "access_key": "AKIAEXAMPLE", "access_secret": "hush"}
    ),
    "EventSubscriptionService/TestEventSubscription": Names({"id": "<subscription>"}),
    "JobService/CreateJob": Names({"job": job("<taken job>")}),
    "JobService/UpdateJob": Names({"id": "<job>", "job": job("<job>")}),
    "JobService/DeleteJob": Names({"id": "<job>"}),
    "JobService/ListJobs": NamesNothing("lists the caller's own"),
    "JobService/GetJob": Names({"id": "<job>"}),
    "JobService/SetJobActive": Names({"id": "<job>", "is_active": False}),
    "JobService/ListJobRuns": Names({"id": "<job>"}),
    "JobService/PreviewJob": Names({"id": "<job>"}),
    "JobService/RunJob": Names({"id": "<job>"}),
    "MailService/ListMails": NamesNothing("lists the caller's own"),
    "ConditionService/CheckCondition": NamesNothing("reads nothing that is stored", {"condition": "true"}),
    "MetricsService/ListBacklogs": NamesNothing(
        "counts the caller's own; of another's subscription there is nothing to count"
    ),
    "MetricsService/ListEventCounts": NamesNothing("counts the caller's own"),
    "MetricsService/ListDeliveryCounts": NamesNothing(
        "counts the caller's own", {"subscription_id": f"{MARK}-subscription"}
    ),
    "RecoveryService/PreviewRecovery": Names({"subscription_id": "<subscription>", "since": "2026-01-01T00:00:00Z"}),
    "RecoveryService/CreateRecovery": Names({"subscription_id": "<subscription>", "since": "2026-01-01T00:00:00Z"}),
    "RecoveryService/ListRecoveries": NamesNothing("lists the caller's own"),
    "RecoveryService/GetRecovery": Names({"id": "<recovery>"}),
    "RecoveryService/ListRecoveryItems": Names({"id": "<recovery>"}),
    "RecoveryService/CancelRecovery": Names({"id": "<recovery>"}),
    "DeliveryService/ListEventDeliveries": Names({"id": "<event>"}),
    "DeliveryService/ListDeliveries": Names({"id": "<subscription>", "after": "<delivery>"}),
    "DeliveryService/GetDelivery": Names({"id": "<delivery>"}),
    "DeliveryService/RedeliverDelivery": Names({"id": "<delivery>"}),
    "DeliveryService/RedeliverFailed": Names({"id": "<subscription>", "since": "2026-01-01T00:00:00Z"}),
    "DeliveryService/ListReplays": Names({"id": "<subscription>"}),
    "DeliveryService/PreviewReplay": Names({"id": "<subscription>", "from": "2026-01-01T00:00:00Z"}),
    "DeliveryService/ReplaySubscription": Names({"id": "<subscription>", "from": "2026-01-01T00:00:00Z"}),
}
UNKNOWN = {
    "job": "nobodys-job",
    "taken job": "nobodys-other-job",
    "event": "nobodys-event",
    "taken event": "nobodys-other-event",
    "subscription": "nobodys-subscription",
    "taken subscription": "nobodys-other-subscription",
    "delivery": "987654321",
    "recovery": "01a22984-32ce-72ae-8005-9458e6e085ff",
    "position": "bm9ib2R5cw",
}
WALKED = Walked(PACKAGE, ENTRIES, seed, UNKNOWN)
