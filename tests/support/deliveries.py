"""Subscriptions and events written straight into the tables, for tests of their deliveries."""

import io
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, update

from tidings_server.delivery.attempt_log import AttemptLog
from tidings_server.delivery.destination_cache import DestinationCache
from tidings_server.delivery.destinations import Destinations
from tidings_server.delivery.dispatch.dispatcher import Dispatcher
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.message import DestinationSettings, Payload
from tidings_server.delivery.message_builder import PayloadBuilder
from tidings_server.delivery.queue import DeliveryQueue
from tidings_server.delivery.retry_policy import RetryPolicy
from tidings_server.delivery.store import deliveries, leases, redeliveries
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.deliveries import NewDelivery, Order, Priority
from tidings_server.delivery.store.leases import Lease, LeaseHolder, QueueKey, ReadySubscription
from tidings_server.delivery.store.subscriptions import DestinationKind, Subscription
from tidings_server.delivery.store.tables import delivery, delivery_attempt, subscription
from tidings_server.delivery.subscription_secrets import SubscriptionSecrets
from tidings_server.mail.destination import TenantMail
from tidings_server.mail.message import MailTransport
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.sealing import Sealer
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import Api, EventRecord, StoredEvent

TENANT = 7
POLICY = RetryPolicy()


class PlainPayloads:
    """Payloads of an event's body, or of its id where it has none."""

    def payload(self, subscription: Subscription, event: StoredEvent, *, is_test: bool = False) -> Payload:
        assert subscription.tenant_id == event.tenant_id
        body = f"test {event.topic}".encode() if is_test else event.body or event.event_id.encode()
        return Payload(body, "text/plain", {}, group=event.entity_id or "")


PLAIN = PlainPayloads()


@dataclass
class World:
    """A database, and short ways to fill it and look into it."""

    database: Database
    clock: Clock
    secrets: SubscriptionSecrets = field(init=False)

    def __post_init__(self) -> None:
        self.ids = Ids(self.clock)
        self.secrets = SubscriptionSecrets(Sealer(bytes(32)), self.clock)

    async def subscription(self, endpoint: str = "http://127.0.0.1:1/", **changes: Any) -> Subscription:
        """An active, confirmed webhook for everything, but for `changes`."""
        values = _values(self.ids.uuid7(), self.clock.now_us()) | {"endpoint": endpoint} | changes
        values["sealed_secret"] = self.secrets.sealed(
            "secret", tenant_id=values["tenant_id"], api=values["api"], subscription_id=values["id"]
        )
        return await self.database.write_queue.run(lambda conn: table.add(conn, values))

    async def events(self, count: int = 1, **changes: Any) -> list[int]:
        """Positions of new events in the log."""
        records = [event_record(self.ids.uuid7(), self.clock.now_us(), **changes) for _ in range(count)]
        return [appended.seq for appended in await self.database.write_queue.append(records)]

    async def queue(self, to: Subscription, seqs: list[int], **changes: Any) -> None:
        """Queues deliveries, due now."""
        now = self.clock.now_us()
        rows = [
            NewDelivery(
                to.tenant_id, to.key, seq, "", priority=Priority.FIRST, order_key=None, due_at=now, created_at=now
            )._replace(**changes)
            for seq in seqs
        ]
        await self.database.write_queue.run(lambda conn: deliveries.add(conn, rows))

    async def redeliver(self, delivery_id: int) -> None:
        """Starts a delivery again that has ended."""
        now = self.clock.now_us()
        await self.database.write_queue.run(
            lambda conn: redeliveries.start_again(conn, [delivery_id], tenant_id=TENANT, now=now)
        )

    async def expire(self, *, since: int) -> None:
        """Expires the pending deliveries that were queued at `since` or later."""
        late = delivery.c.state == "PENDING", delivery.c.created_at >= since
        values = {"state": "EXPIRED", "updated_at": self.clock.now_us(), "priority": Priority.RETRY}
        await self.database.write_queue.run(lambda conn: conn.execute(update(delivery).where(*late).values(values)))

    async def rows(self) -> list[Any]:
        """All deliveries, oldest first."""
        async with self.database.read() as conn:
            return list((await conn.execute(select(delivery).order_by(delivery.c.id))).all())

    async def attempts(self) -> list[Any]:
        async with self.database.read() as conn:
            query = select(delivery_attempt).order_by(delivery_attempt.c.delivery_id, delivery_attempt.c.number)
            return list((await conn.execute(query)).all())

    async def log(self, topic: str = "") -> list[StoredEvent]:
        """Every event of the log, or those of one topic."""
        async with self.database.read() as conn:
            events = await log.page(conn, after=0, limit=100_000)
        return [event for event in events if topic in ("", event.topic)]

    async def stored(self, of: Subscription) -> Any:
        async with self.database.read() as conn:
            return (await conn.execute(select(subscription).where(subscription.c.key == of.key))).one()

    async def ready(self) -> list[ReadySubscription]:
        async with self.database.read() as conn:
            return [each async for page in leases.ready(conn, now=self.clock.now_us()) for each in page]

    async def lease(self, of: Subscription, limit: int = 100, *, priority: Priority = Priority.FIRST) -> list[int]:
        """Leases; the positions of the events, in the order of the leases."""
        return [row.seq for row in await self.leased(of, limit, priority=priority)]

    async def leased(self, of: Subscription, limit: int = 100, *, priority: Priority = Priority.FIRST) -> list[Lease]:
        now = self.clock.now_us()
        limits = {(of.key, priority): limit}
        return await self.database.write_queue.run(lambda conn: leases.lease(conn, limits, now=now))


@dataclass
class Sender:
    """The delivery queue and the dispatcher of a world, for loopback receivers too."""

    queue: DeliveryQueue
    dispatcher: Dispatcher
    lines: io.StringIO


class NoSender:
    """A dispatcher that takes nothing over from the router."""

    holder = LeaseHolder()

    def suspect_strays(self) -> None:
        return

    def lease_limits(self, queued: Iterable[tuple[Subscription, int]]) -> dict[QueueKey, int]:  # noqa: ARG002  a port's
        return {}

    def hand_over(self, leases: Sequence[Lease]) -> None:  # noqa: ARG002  a port's
        return

    def queued(self, orders: Collection[Order]) -> None:  # noqa: ARG002  a port's
        return

    def wake(self) -> None:
        return


@asynccontextmanager
async def sending(
    world: World,
    *,
    policy: RetryPolicy = POLICY,
    deactivate_after_s: float = 5 * 86_400,
    payloads: PayloadBuilder = PLAIN,
    mail_transport: MailTransport | None = None,
    aws_endpoint_url: str = "",
) -> AsyncIterator[Sender]:
    """A delivery queue and a dispatcher over the world, with the longest pauses the policy allows."""
    egress = Egress("127.0.0.0/8")
    destinations = Destinations(
        egress=egress,
        clock=world.clock,
        mail=TenantMail(mail_transport) if mail_transport else None,
        aws_endpoint_url=aws_endpoint_url,
    )
    lines = io.StringIO()
    queue = DeliveryQueue(
        world.database,
        destinations=DestinationCache(destinations, world.secrets),
        payloads=payloads,
        policy=policy,
        deactivate_after_s=deactivate_after_s,
        clock=world.clock,
        ids=world.ids,
        attempt_log=AttemptLog(stream=lines),
        uniform=max,
    )
    yield Sender(queue, Dispatcher(queue, world.clock, policy=policy, uniform=max), lines)
    await destinations.close()


def webhook_at(url: str, secrets: tuple[str, ...] = ()) -> DestinationSettings:
    """The settings of a webhook, unsigned without secrets."""
    return DestinationSettings(DestinationKind.WEBHOOK, url, secrets=secrets)


def event_record(event_id: str, at_us: int, **changes: Any) -> EventRecord:
    """An event `order.created` of ORDER 1, but for `changes`."""
    plain = dict.fromkeys(EventRecord._fields)
    values = plain | {
        "tenant_id": TENANT,
        "api": Api.COLLECTOR,
        "event_id": event_id,
        "topic": "order.created",
        "entity_type": "ORDER",
        "entity_id": "1",
        "hops": 0,
        "occurred_at": at_us,
        "recorded_at": 0,
        "body_hash": bytes(32),
        "body": b"",
    }
    return EventRecord(**(values | changes))  # type: ignore[arg-type]  # the fields' own types


def _values(subscription_id: str, now: int) -> dict[str, Any]:
    return {
        "id": subscription_id,
        "tenant_id": TENANT,
        "api": Api.PUSH,
        "version": 1,
        "is_active": True,
        "is_confirmed": True,
        "created_at": now,
        "created_by": "test",
        "updated_at": now,
        "updated_by": "test",
        "entity_type": None,
        "on_create": False,
        "on_change": False,
        "on_delete": False,
        "topics": ("*",),
        "sites": (),
        "condition": "",
        "app_id": "",
        "no_callback": False,
        "after_seq": 0,
        "destination": DestinationKind.WEBHOOK,
        "region": "",
        "access_key": "",
        "content_type": "application/json",
        "ordered": False,
        "ordered_max_wait_s": 3_600,
        "max_concurrency": 32,
        "max_per_second": 0,
        "inactive_reason": "",
        "last_condition_error": "",
        "extra": {},
        "request_hash": bytes(32),
    }
