"""A catalogue over a database: append events, apply them, read its rows."""

import json
from base64 import b64encode
from typing import Any

from sqlalchemy import Table, select

from tests.support.deliveries import event_record
from tidings.collector.v1.events_pb2 import Event, EventPayload
from tidings_server.catalogue.consumer import CatalogueConsumer
from tidings_server.catalogue.queries import Catalogue
from tidings_server.composition.payloads import DialectBodies
from tidings_server.log import topics
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.platform.clock import Clock, Ids
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api, EventRecord

TENANT = 7
VERBS = {"CREATE": "created", "UPDATE": "updated", "DELETE": "deleted", "READ": "read"}


class World:
    """The catalogue of one process. `append` and `send` store events and apply them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.ids = Ids(clock)
        self.catalogue = Catalogue(database, clock)
        self.consumer = CatalogueConsumer(database, DialectBodies(), low_at=5)
        self.runner = ConsumerRunner(self.consumer, feed=LogFeed(database), database=database, clock=clock)

    def event(
        self,
        entity: str,
        operation: str = "CREATE",
        *,
        of: str = "",
        payload: Any = None,
        tenant: int = TENANT,
        **facts: Any,
    ) -> EventRecord:
        """An event about the entity `of`; `facts` are its key attributes, `payload` its base64 JSON."""
        message = Event(id=self.ids.uuid7(), entity_id=of, entity_name=entity, event_type=Event.ENTITY_EVENT)
        message.event_payload.operation = EventPayload.Operation.Value(operation)
        message.event_payload.key_attributes.update({name: str(value) for name, value in facts.items()})
        if payload is not None:
            message.event_payload.base64_encoded_payload_json = b64encode(json.dumps(payload).encode()).decode()
        record = event_record(message.id, self.clock.now_us(), tenant_id=tenant, api=Api.COLLECTOR)
        topic = topics.topic(entity, VERBS[operation])
        return record._replace(
            topic=topic,
            entity_type=topics.part(entity).upper(),
            entity_id=of or None,
            body=message.SerializeToString(),
        )

    async def append(self, *events: EventRecord) -> list[int]:
        seqs = [appended.seq for appended in await self.database.write_queue.append(list(events))]
        await self.follow()
        return seqs

    async def send(self, entity: str, operation: str = "CREATE", **facts: Any) -> int:
        [seq] = await self.append(self.event(entity, operation, **facts))
        return seq

    async def follow(self) -> None:
        while await self.runner.run_once():
            pass

    async def rows(self, table: Table) -> list[Any]:
        async with self.database.read() as conn:
            return list((await conn.execute(select(table).order_by(*table.primary_key))).all())

    async def customer(self, name: str = "ada", **facts: Any) -> None:
        """Send a customer who has opted in."""
        email = facts.pop("email", f"{name}@example.com")
        await self.send("CUSTOMER", of=name, email=email, first_name=name.title(), opt_in="true", **facts)

    async def wish(self, customer: str = "ada", item: str = "lamp") -> int:
        return await self.send("WISHLIST", of=f"list-{customer}", customer_id=customer, variant_id=item)

    async def stock(self, quantity: Any, item: str = "lamp", **facts: Any) -> int:
        return await self.send(
            "INVENTORY_LEVEL", "UPDATE", of=f"level-{item}", variant_id=item, quantity=quantity, **facts
        )

    async def price(self, price: Any, item: str = "lamp", currency: str = "EUR") -> int:
        return await self.send("PRICE", "UPDATE", of=f"price-{item}", variant_id=item, price=price, currency=currency)
