"""Messages that check a subscription's destination: the signed ping, and tests."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.destination_cache import DestinationCache
from tidings_server.delivery.message import Outcome
from tidings_server.delivery.message_builder import PayloadBuilder, build_message
from tidings_server.delivery.store import deliveries
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.deliveries import NewDelivery, Priority
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.log.server_events import operation_event
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import NotFound
from tidings_server.platform.scope import SYSTEM_ACTOR, Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.storage.log.records import Api, EventRecord, StoredEvent

TOPIC: Final = "application.ping"
"""Source: WIRE.md 002 (c), "confirmed"."""


class Pings:
    """Sends pings at once, and queues tests among a subscription's deliveries."""

    def __init__(
        self, database: Database, destinations: DestinationCache, payloads: PayloadBuilder, *, clock: Clock, ids: Ids
    ) -> None:
        self._database = database
        self._destinations = destinations
        self._payloads = payloads
        self._clock = clock
        self._ids = ids

    async def ping(self, subscription: Subscription) -> Outcome:
        """Sends the ping to the endpoint now; its outcome. Nothing is stored."""
        event = StoredEvent(0, *self._event(subscription, actor=SYSTEM_ACTOR))
        [outcome] = await self._destinations.open(subscription).send(
            [build_message(self._payloads, subscription, event, is_test=True)]
        )
        return outcome

    async def test(self, scope: Scope, api: Api, subscription_id: str) -> int:
        """Queues a test message like any other delivery; the delivery's number. Ends a pause. Raises NotFound."""
        async with self._database.read() as conn:
            subscription = await table.get(conn, scope.tenant, api, subscription_id)
        if subscription is None or subscription.deleted_at is not None or not scope.sees(subscription.app_id):
            raise NotFound("There is no such subscription.")
        event = self._event(subscription, actor=scope.actor)
        at = event.occurred_at

        async def transaction(conn: AsyncConnection) -> int:
            await table.end_pause(conn, subscription.key, tenant_id=scope.tenant, now=at)
            [seq] = await events.append_in(conn, [event])
            row = NewDelivery(
                scope.tenant, subscription.key, seq, "", Priority.FIRST, order_key=None, due_at=at, created_at=at
            )
            return await deliveries.add_one(conn, row)

        return await self._database.write_queue.run(transaction)

    def _event(self, subscription: Subscription, *, actor: str) -> EventRecord:
        return operation_event(
            TOPIC,
            tenant_id=subscription.tenant_id,
            entity_id=subscription.id,
            subscription_id=subscription.id,
            facts={"subscriptionId": subscription.id},
            event_id=self._ids.uuid7(),
            at_us=self._clock.now_us(),
            actor=actor,
        )


def is_test(event: StoredEvent) -> bool:
    """Whether an event of the log is a test, which its own subscription alone gets."""
    return event.api == Api.OPERATION and event.topic == TOPIC
