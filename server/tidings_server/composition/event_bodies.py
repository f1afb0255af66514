"""Readers of event bodies by API, and the shapes of events that are made with them."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tidings_server.collector.api.event_shapes import BodyReader, EventShapes
from tidings_server.loyalty.api.event_messages import body_of as loyalty_body
from tidings_server.storage.log.records import Api, StoredEvent
from tidings_server.workflow.attributes import by_name
from tidings_server.workflow.event_codec import decode_body


def workflow_body(event: StoredEvent) -> Mapping[str, Any]:
    """The attributes of a workflow's event as one JSON object."""
    return by_name(decode_body(event.body).attributes)


def scheduling_body(event: StoredEvent) -> Mapping[str, Any]:
    """The body of a schedule's event or of a requested mail, which is JSON already."""
    body: Mapping[str, Any] = json.loads(event.body)
    return body


BODY_READERS: Final[Mapping[Api, BodyReader]] = {
    Api.ORCHESTRATION: workflow_body,
    Api.LOYALTY: loyalty_body,
    Api.SCHEDULING: scheduling_body,
}
"""Readers of event bodies by API; events of other APIs have all in their envelopes."""

EVENT_SHAPES: Final = EventShapes(BODY_READERS)
