"""Sends one order to a Tidings server and reads it back."""

import asyncio
import os

from tidings.collector.v1.events_pb2 import Event, EventPayload
from tidings_client import ClientCredentials, Tidings


async def main() -> None:
    """Print what was stored."""
    credentials = ClientCredentials(os.environ["TIDINGS_CLIENT_ID"], os.environ["TIDINGS_CLIENT_SECRET"])
    target, tenant = os.environ["TIDINGS_TARGET"], os.environ["TIDINGS_TENANT"]
    async with Tidings(target, tenant=tenant, credentials=credentials) as tidings:
        payload = EventPayload(operation=EventPayload.CREATE, key_attributes={"total": "99.90"})
        order = Event(entity_name="ORDER", entity_id="1001", event_type=Event.ENTITY_EVENT, event_payload=payload)
        stored = await tidings.events.create(order)
        found = await tidings.events.get(stored.id)
        print("stored", found.entity_name, found.entity_id, "as", found.id)


asyncio.run(main())
