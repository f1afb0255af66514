"""Readers of event bodies and documents by API, and the shapes of events that are made with them."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tidings_server.collector.api import event_messages
from tidings_server.collector.api.documents import DocumentReaders
from tidings_server.collector.api.event_shapes import BodyReader, EventShapes
from tidings_server.collector.api.payloads import as_json
from tidings_server.delivery.json_body import json_body
from tidings_server.log.server_events import facts_of
from tidings_server.loyalty.api import event_messages as loyalty_messages
from tidings_server.platform.scope import Scope
from tidings_server.storage.log.records import Api, StoredEvent
from tidings_server.workflow.api import event_messages as workflow_messages
from tidings_server.workflow.attributes import by_name
from tidings_server.workflow.event_codec import decode_body
from tidings_server.workflow.event_queries import of_event


def workflow_body(event: StoredEvent) -> Mapping[str, Any]:
    """The attributes of a workflow's event as one JSON object."""
    return by_name(decode_body(event.body).attributes)


def scheduling_body(event: StoredEvent) -> Mapping[str, Any]:
    """The body of a schedule's event or of a requested mail, which is JSON already."""
    body: Mapping[str, Any] = json.loads(event.body)
    return body


BODY_READERS: Final[Mapping[Api, BodyReader]] = {
    Api.ORCHESTRATION: workflow_body,
    Api.LOYALTY: loyalty_messages.body_of,
    Api.SCHEDULING: scheduling_body,
}
"""Readers of event bodies by API; events of other APIs have all in their envelopes."""


def collector_document(event: StoredEvent, _scope: Scope) -> Mapping[str, Any]:
    """A collector event as REST prints it."""
    return as_json(event_messages.dump(event))


def workflow_document(event: StoredEvent, scope: Scope) -> Mapping[str, Any]:
    """A workflow event as its API prints it, without how far it has come, which its trace tells."""
    message = workflow_messages.dump(of_event(event, None), scope.tenant_name)
    message.ClearField("event_status")
    message.ClearField("meta")
    return as_json(message)


def loyalty_document(event: StoredEvent, scope: Scope) -> Mapping[str, Any]:
    """A loyalty event as the list of a customer's events prints it, with the block of its kind alone."""
    return as_json(loyalty_messages.dump(event, scope.tenant_id))


DOCUMENT_READERS: Final[DocumentReaders] = {
    Api.COLLECTOR: collector_document,
    Api.PUSH: collector_document,
    Api.ORCHESTRATION: workflow_document,
    Api.LOYALTY: loyalty_document,
    Api.SCHEDULING: lambda event, _scope: scheduling_body(event),
    Api.OPERATION: lambda event, _scope: facts_of(event.body),
}
"""Readers of events' documents by API."""

EVENT_SHAPES: Final = EventShapes(BODY_READERS)


def event_json(event: StoredEvent) -> bytes:
    """Any event in JSON, in the collector's shape."""
    return json_body(as_json(EVENT_SHAPES.of(event)))
