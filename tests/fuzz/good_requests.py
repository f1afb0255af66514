"""A good request of each RPC whose handler does more than look something up, as JSON."""

from collections.abc import Mapping
from typing import Any, Final

COLLECTED: Final = {"event_type": "ENTITY_EVENT", "entity_name": "ORDER", "event_payload": {"operation": "CREATE"}}
_SUBSCRIPTION: Final = {
    "destination": {
        "type": "SQS",
        "sqs": {
            "queueUrl": "https://sqs.eu-central-1.amazonaws.com/000000000000/q",
            "accessKey": "k",
            "accessSecret": "s",
            "region": "eu-central-1",
        },
    },
    "entityType": "CUSTOMER",
}
_SCHEDULED: Final = {
    "triggerType": "TIME",
    "trigger": {"cron": "0 * * * *"},
    "actionType": "SEND_EMAIL",
    "action": {"to": "ada@example.com", "subject": "Store {{ store }}", "body": "It is {{ scheduledAt }}."},
}
_RULE: Final = {"name": "r", "assesses": "ORDER", "fulfilments": [{"type": "POINTS_FLAT", "points": 1}]}
LOYALTY: Final = {
    "customerId": "c4ca4238-a0b9-4382-8dcc-509a6f75849b",
    "nameSpace": "Shop",
    "eventId": "c81e728d-9d4c-4f63-af06-7f89cc14862c",
}
WORKFLOW: Final[Mapping[str, Any]] = {
    "name": "ORDER::HOME",
    "entityType": "ORDER",
    "entitySubtype": "HOME",
    "statuses": [{"name": "BOOKED", "entityType": "ORDER"}],
    "rulesets": [
        {
            "name": "CREATE",
            "type": "ORDER",
            "triggers": [{"status": "BOOKED"}],
            "rules": [{"name": "ChangeState", "props": {"status": "BOOKED"}}],
        }
    ],
}
_EVENT: Final = {"name": "CREATE", "retailerId": "1", "rootEntityType": "ORDER", "rootEntityId": "1"}
_EVENT_OF_ENTITY: Final = {**_EVENT, "entityType": "ORDER", "entityId": "1"}

GOOD: Final[Mapping[str, Any]] = {
    "/tidings.collector.v1.EventService/CreateEvent": {"event": COLLECTED},
    "/tidings.collector.v1.EventService/BatchCreateEvents": {"events": [COLLECTED]},
    "/tidings.orchestration.v1.EventService/CreateAsyncEvent": {"event": _EVENT_OF_ENTITY},
    "/tidings.orchestration.v1.EventService/CreateSyncEvent": {"event": _EVENT_OF_ENTITY},
    "/tidings.orchestration.v1.WorkflowService/PutWorkflow": {"name": "ORDER::HOME", "workflow": WORKFLOW},
    "/tidings.orchestration.v1.WorkflowService/ValidateWorkflow": {"name": "ORDER::HOME", "workflow": WORKFLOW},
    "/tidings.orchestration.v1.WorkflowService/SimulateWorkflow": {
        "name": "ORDER::HOME",
        "simulation": {"event": _EVENT_OF_ENTITY},
    },
    "/tidings.loyalty.v1.RuleService/CreateRule": {"rule": _RULE},
    "/tidings.loyalty.v1.EventService/CreateAction": {"event": {**LOYALTY, "action": {"amount": 1}}},
    "/tidings.loyalty.v1.EventService/AssessBasket": {"event": {**LOYALTY, "basket": {"basketTotal": 1}}},
    "/tidings.loyalty.v1.EventService/CreateOrder": {"event": {**LOYALTY, "order": {"orderId": "1", "total": 1}}},
    "/tidings.loyalty.v1.EventService/CreateTransaction": {"event": {**LOYALTY, "transaction": {"total": 1}}},
    "/tidings.loyalty.v1.EventService/CreateRedemption": {"event": {**LOYALTY, "redemption": {"quantity": 1}}},
    "/tidings.collector.v1.EventSubscriptionService/CreateEventSubscription": {"subscription": _SUBSCRIPTION},
    "/tidings.collector.v1.JobService/CreateJob": {
        "job": {"notification": "PRICE_DROP", "schedule": "0 3 * * *", "is_scheduled": True}
    },
    "/tidings.push.v1.SubscriptionService/CreateSubscription": {
        "subscription": {"endpoint": "https://example.com/hook", "topics": ["order.opened"]}
    },
    "/tidings.scheduling.v1.ScheduledEventService/CreateScheduledEvent": {"event": _SCHEDULED},
    "/tidings.scheduling.v1.XmlService/PostXml": {"path": "v1/events", "body": {"contentType": "application/xml"}},
}

_NEVER: Final = "event.entity_name == 'NOTHING' && size(event.event_payload.base64_encoded_payload_json) == 1"
CONDITIONED: Final[Mapping[str, Any]] = {
    "/tidings.push.v1.SubscriptionService/CreateSubscription": {
        "subscription": {"endpoint": "https://example.com/hook", "topics": ["*"], "condition": _NEVER}
    },
    "/tidings.scheduling.v1.ScheduledEventService/CreateScheduledEvent": {
        "event": {**_SCHEDULED, "triggerType": "EVENT", "trigger": {"topic": "*", "condition": _NEVER}}
    },
}
"""A subscription and a trigger with a condition on every event of the tenant, which none fulfils."""
