"""Codec between workflow events in the log and those that the engine runs, and records of the events that a run sends.

The body is JSON, since attributes are: `{"attributes": [[name, value, type], …]}` and what else the envelope has no
column for. `hops` is the depth in a chain of events, `correlation_id` the event that sent this one.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from tidings_server.delivery.requested_deliveries import GENERAL, webhook_event
from tidings_server.log import topics
from tidings_server.platform.json_type import Json
from tidings_server.platform.scope import SYSTEM_ACTOR
from tidings_server.storage.log.records import Api, EventRecord, StoredEvent
from tidings_server.workflow.attributes import Attribute, attributes, by_name
from tidings_server.workflow.audits import Audit, AuditCategory
from tidings_server.workflow.engine.actions import TopicEmitted, WebhookRequested
from tidings_server.workflow.entities import Entity, Reference
from tidings_server.workflow.workflow_event import MAX_TREE_ACTIONS, OutgoingEvent, WorkflowEvent

ORCHESTRATION: Final = "ORCHESTRATION"
ORCHESTRATION_AUDIT: Final = "ORCHESTRATION_AUDIT"

AUDIT: Final = "audit"
"""First part of the topics of audits, which are the server's own."""

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


class EventBody(NamedTuple):
    """The part of an event that has no column. `by` is the user who caused it; `message` the body of a webhook."""

    attributes: tuple[Attribute, ...] = ()
    by: str = SYSTEM_ACTOR
    subtype: str = ""
    is_sync: bool = False
    allowance: int = MAX_TREE_ACTIONS
    message: Mapping[str, Json] | None = None

    def encode(self) -> bytes:
        """The body as JSON, without the fields that have their default."""
        fields = {"attributes": self.attributes, "by": self.by, "subtype": self.subtype, "sync": self.is_sync}
        fields |= {"allowance": self.allowance, "message": self.message}
        return _ENCODER.encode({name: value for name, value in fields.items() if value != _DEFAULTS[name]}).encode()


_DEFAULTS: Final[Mapping[str, object]] = {
    "attributes": (),
    "by": SYSTEM_ACTOR,
    "subtype": "",
    "sync": False,
    "allowance": MAX_TREE_ACTIONS,
    "message": None,
}


def decode_body(encoded: bytes) -> EventBody:
    """The body of `EventBody.encode`."""
    fields: dict[str, Any] = {**_DEFAULTS, **json.loads(encoded)}
    return EventBody(
        attributes=tuple(Attribute(*one) for one in fields["attributes"]),
        by=fields["by"],
        subtype=fields["subtype"],
        is_sync=fields["sync"],
        allowance=fields["allowance"],
        message=fields["message"],
    )


def is_workflow_event(event: StoredEvent) -> bool:
    """Whether workflows run this event of the log."""
    return event.api == Api.ORCHESTRATION and event.type == ORCHESTRATION


def decode_event(event: StoredEvent) -> WorkflowEvent:
    """The event of a record, as the engine runs it."""
    body = decode_body(event.body)
    return WorkflowEvent(
        id=event.event_id,
        name=event.name or "",
        retailer_id=event.retailer_id or "",
        entity=Reference(event.entity_type or "", event.entity_id, event.entity_ref),
        subtype=body.subtype,
        root=Reference(event.root_type, event.root_id, event.root_ref) if event.root_type else None,
        attributes=by_name(body.attributes),
        recorded_at_us=event.recorded_at,
        depth=event.hops,
        allowance=body.allowance,
        is_sync=body.is_sync,
    )


def event_record(
    name: str,
    body: EventBody,
    *,
    event_id: str,
    tenant_id: int,
    retailer_id: str | None,
    entity: Reference,
    root: Reference | None,
    at_us: int,
    actor: str,
    **other: Any,
) -> EventRecord:
    """The record of an event; `other` are columns whose values differ from those of an event that a client sends."""
    encoded = body.encode()
    values = {
        "topic": topics.client_topic(entity.type, name),
        "category": f"{(root or entity).type}_WORKFLOW"[:128],
        "type": ORCHESTRATION,
        **other,
    }
    if "body_hash" not in values:
        values["body_hash"] = hashlib.sha256(encoded).digest()
    return EventRecord(
        tenant_id=tenant_id,
        api=Api.ORCHESTRATION,
        event_id=event_id,
        entity_type=entity.type,
        entity_id=entity.id,
        entity_ref=entity.ref,
        root_type=root.type if root else None,
        root_id=root.id if root else None,
        root_ref=root.ref if root else None,
        retailer_id=retailer_id,
        name=name,
        actor=actor,
        occurred_at=at_us,
        recorded_at=at_us,
        body=encoded,
        **values,
    )


class FollowUpEvents:
    """Records of the events that a run sends; `cause` is the event that ran, `entity` the entity afterwards, if any."""

    def __init__(self, cause: StoredEvent, event: WorkflowEvent, entity: Entity | None, *, at_us: int) -> None:
        self._cause = cause
        self._event = event
        self._entity = entity
        self._at_us = at_us
        self._target = entity.reference if entity else event.entity
        self._root = event.root or (entity.root if entity else None) or self._target

    def sent(self, outgoing: OutgoingEvent) -> EventRecord:
        body = EventBody(attributes=attributes(outgoing.attributes), allowance=outgoing.allowance)
        return self._record(
            outgoing.name, body, event_id=outgoing.id, entity=outgoing.entity, root=outgoing.root, hops=outgoing.depth
        )

    def emitted(self, action: TopicEmitted) -> EventRecord:
        body = EventBody(attributes=attributes(self._event.attributes))
        return self._record(
            action.topic,
            body,
            event_id=action.id,
            entity=self._target,
            root=self._root,
            topic=action.topic,
            category="topic",
            type=GENERAL,
        )

    def webhook(self, action: WebhookRequested, *, account_id: str) -> EventRecord:
        """The event that has a message posted to the webhook's URL."""
        return webhook_event(
            action.url,
            self._message(account_id),
            name="SendWebhook",
            cause=self._cause,
            event_id=action.id,
            entity=self._target,
            root=self._root,
            at_us=self._at_us,
            retailer_id=self._cause.retailer_id,
        )

    def audit(self, audit: Audit, *, event_id: str) -> EventRecord:
        """An audit of the run as an event, for subscriptions to audits."""
        return self._record(
            audit.name,
            EventBody(attributes=audit.attributes),
            event_id=event_id,
            entity=self._target,
            root=self._root,
            topic=audit_topic(audit.category),
            category=audit.category.value,
            type=ORCHESTRATION_AUDIT,
        )

    def _record(
        self, name: str, body: EventBody, *, event_id: str, entity: Reference, root: Reference, **other: Any
    ) -> EventRecord:
        return event_record(
            name,
            body,
            event_id=event_id,
            tenant_id=self._cause.tenant_id,
            retailer_id=self._cause.retailer_id,
            entity=entity,
            root=root,
            at_us=self._at_us,
            actor=self._cause.actor or SYSTEM_ACTOR,
            **{
                "correlation_id": self._cause.event_id,
                "traceparent": self._cause.traceparent,
                "hops": self._cause.hops + 1,
                **other,
            },
        )

    def _message(self, account_id: str) -> dict[str, Json]:
        """The body of a webhook. Source: WIRE.md 001 (b), outbound webhooks."""
        event, target, entity = self._event, self._target, self._entity
        return {
            "id": event.id,
            "name": event.name,
            "accountId": account_id,
            "retailerId": event.retailer_id,
            "entityId": target.id,
            "entityRef": target.ref,
            "entityType": target.type,
            "entitySubtype": entity.subtype if entity else event.subtype,
            "entityStatus": entity.status if entity else "",
            "type": ORCHESTRATION,
            "rootEntityId": self._root.id,
            "rootEntityType": self._root.type,
            "rootEntityRef": self._root.ref,
            "attributes": event.attributes,
        }


def audit_topic(category: AuditCategory) -> str:
    """The topic of audits of this category."""
    return topics.topic(AUDIT, category.value)
