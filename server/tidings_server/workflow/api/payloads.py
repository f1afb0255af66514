"""What the server of a webhook that a rule asked for gets. Source: WIRE.md 001 (b), outbound webhooks."""

import json
from typing import Final

from tidings_server.delivery import Payload
from tidings_server.storage.log.records import StoredEvent
from tidings_server.workflow.attributes import by_name
from tidings_server.workflow.event_codec import decode_body

JSON: Final = "application/json"


def webhook_payload(event: StoredEvent) -> Payload:
    """The message that the webhook's event holds, and the URL that it goes to."""
    body = decode_body(event.body)
    return Payload(
        body=json.dumps(body.message, ensure_ascii=False, separators=(",", ":")).encode(),
        content_type=JSON,
        headers={},
        group=event.entity_id or event.entity_ref or event.topic,
        url=str(by_name(body.attributes)["url"]),
    )
