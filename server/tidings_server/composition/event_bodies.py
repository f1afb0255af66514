"""What the body of an event says, as JSON, for those who read events of every API."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from google.protobuf.json_format import MessageToDict

from tidings.loyalty.v1.events_pb2 import Event as LoyaltyEvent
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.storage.log.records import Api, StoredEvent
from tidings_server.workflow.attributes import by_name
from tidings_server.workflow.event_codec import decode_body

Body = Mapping[str, Any]


def body_of(event: StoredEvent) -> Body | None:
    """The body of an event of an API that has one of its own; None for the others, whose envelope says all."""
    read = _READERS.get(event.api)
    return read(event) if read else None


def loyalty_body(event: StoredEvent) -> Body:
    """A loyalty event as REST prints it, with when it happened."""
    message = LoyaltyEvent.FromString(event.body)
    message.created_at = message.created_at or rfc3339_ms(event.occurred_at)
    printed: Body = MessageToDict(message, always_print_fields_with_no_presence=True)
    return printed


def _workflow_body(event: StoredEvent) -> Body:
    """The attributes of a workflow's event as one object."""
    return by_name(decode_body(event.body).attributes)


def _schedule_body(event: StoredEvent) -> Body:
    """What a schedule's event tells, the mail that is asked for."""
    body: Body = json.loads(event.body)
    return body


_READERS: Final[Mapping[Api, Callable[[StoredEvent], Body]]] = {
    Api.ORCHESTRATION: _workflow_body,
    Api.LOYALTY: loyalty_body,
    Api.SCHEDULING: _schedule_body,
}
