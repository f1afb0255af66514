"""Events to put into a log, for tests that do not care what they say."""

import hashlib
from typing import Any

from tidings_server.platform.clock import Ids, SystemClock
from tidings_server.storage.log.records import Api, EventRecord

IDS = Ids(SystemClock())


def record(event_id: str | None = None, *, body: bytes = b"{}", **changes: Any) -> EventRecord:
    """An order that was created, but for `changes`; without an id, one of its own."""
    return EventRecord(
        tenant_id=1,
        api=Api.COLLECTOR,
        event_id=event_id or IDS.uuid7(),
        topic="order.created",
        entity_type="ORDER",
        entity_id="o-1",
        type="ENTITY_EVENT",
        source="APPLICATION",
        actor="client",
        body_hash=hashlib.sha256(body).digest(),
        body=body,
    )._replace(**changes)
