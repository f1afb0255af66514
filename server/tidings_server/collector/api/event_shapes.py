"""Conversion of any event of the log to a collector event, for conditions, watchers and subscribers."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final

from tidings.collector.v1 import events_pb2 as pb
from tidings_server.collector.api import event_messages
from tidings_server.collector.api.event_messages import CORRELATION_ID
from tidings_server.log import topics
from tidings_server.log.server_events import facts_of
from tidings_server.storage.log.records import Api, StoredEvent

BodyReader = Callable[[StoredEvent], Mapping[str, Any]]
"""Reads the body of one API's event as a JSON object."""

_Type = pb.Event.EventType
_Operation = pb.EventPayload.Operation

_OPERATIONS: Final = {
    topics.CREATED: _Operation.CREATE,
    "opened": _Operation.CREATE,
    topics.DELETED: _Operation.DELETE,
    topics.READ: _Operation.READ,
}
"""Operations of other APIs' verbs; any other verb is an update."""


class EventShapes:
    """Converts events of every API to collector events; those of other APIs from their envelope and body.

    `bodies` reads the bodies of other APIs; an API without a reader has an empty payload.
    """

    def __init__(self, bodies: Mapping[Api, BodyReader]) -> None:
        self._bodies = bodies

    def of(self, event: StoredEvent) -> pb.Event:
        """The event as a collector event."""
        return event_messages.dump(event) if event.api == Api.COLLECTOR else self._from_envelope(event)

    def _from_envelope(self, event: StoredEvent) -> pb.Event:
        entity_id = event.entity_id or event.entity_ref or ""
        verb = topics.verb_of(event.topic)
        is_operation = event.api == Api.OPERATION
        return pb.Event(
            id=event.event_id,
            entity_id=entity_id,
            entity_name=event.entity_type or "",
            event_source=pb.Event.SYSTEM if is_operation else pb.Event.APPLICATION,
            event_type=_Type.SYSTEM_EVENT if is_operation else _Type.ENTITY_EVENT,
            event_payload=pb.EventPayload(
                entity_id=entity_id,
                operation=_OPERATIONS.get(verb, _Operation.UPDATE),
                base64_encoded_payload_json=self._payload(event),
                key_attributes=facts_of(event.body) if is_operation else _envelope_attributes(event),
            ),
        )

    def _payload(self, event: StoredEvent) -> str:
        """Base64 of the body as one JSON object; empty where its API has no reader."""
        read = self._bodies.get(event.api)
        if read is None:
            return ""
        return b64encode(json.dumps(read(event), ensure_ascii=False, separators=(",", ":")).encode()).decode()


def _envelope_attributes(event: StoredEvent) -> dict[str, str]:
    attributes = {
        "name": event.name,
        "category": event.category,
        "type": event.type,
        "entityRef": event.entity_ref,
        "rootEntityType": event.root_type,
        "rootEntityId": event.root_id,
        "rootEntityRef": event.root_ref,
        "retailerId": event.retailer_id,
        CORRELATION_ID: event.correlation_id,
    }
    return {name: value for name, value in attributes.items() if value}
