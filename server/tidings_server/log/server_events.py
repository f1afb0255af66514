"""Events that Tidings makes about itself, such as `subscription.deactivated`, in the log like all others.

A use case or consumer appends them with `log.append_in`, in the transaction of the change that they report.
"""

import hashlib
import json
from collections.abc import Mapping

from tidings_server.log.topics import entity_of
from tidings_server.platform.scope import SYSTEM_ACTOR
from tidings_server.storage.log.records import Api, EventRecord

SUBSCRIPTION = "SUBSCRIPTION"
"""The root of every event about a subscription: the router never delivers it to that one."""


def operation_event(
    topic: str,
    *,
    tenant_id: int,
    entity_id: str | None,
    facts: Mapping[str, str],
    event_id: str,
    at_us: int,
    subscription_id: str | None = None,
    actor: str = SYSTEM_ACTOR,
    correlation_id: str | None = None,
    hops: int = 0,
) -> EventRecord:
    """The event `topic` about an entity: of the subscription `subscription_id`, that subscription itself, or of none.

    `facts` (texts of at most 1,024 characters) are its body, a JSON object. `hops` is one more than that of the event
    that caused it. `event_id` is a new UUIDv7.
    """
    body = json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()
    return EventRecord(
        tenant_id=tenant_id,
        api=Api.OPERATION,
        event_id=event_id,
        topic=topic,
        entity_type=entity_of(topic).upper(),
        entity_id=entity_id,
        root_type=None if subscription_id is None else SUBSCRIPTION,
        root_id=subscription_id,
        actor=actor,
        correlation_id=correlation_id,
        hops=hops,
        occurred_at=at_us,
        recorded_at=at_us,
        body_hash=hashlib.sha256(body).digest(),
        body=body,
    )


def facts_of(body: bytes) -> dict[str, str]:
    """The facts in a body that `operation_event` made."""
    facts: dict[str, str] = json.loads(body)
    return facts
