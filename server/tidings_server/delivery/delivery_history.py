"""The history of deliveries to subscriptions of either API: what was tried, what was answered, and what is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.deliveries import STATUSES, DeliveryStatus, delivery_number
from tidings_server.delivery.message_builder import PayloadBuilder
from tidings_server.delivery.sent_request import SentRequest, request_of
from tidings_server.delivery.store import delivery_history, redeliveries
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.delivery_history import (
    MAX_ATTEMPTS,
    DeliveredEvent,
    PastAttempt,
    PastDelivery,
    delivered_event,
)
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.subscription_lookup import find_subscription
from tidings_server.delivery.waiting import PendingDelivery, Wait, wait_of
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import InvalidInput, NotFound
from tidings_server.platform.scope import Scope
from tidings_server.platform.worker_threads import off_loop
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log

LISTED_ATTEMPTS: Final = 1


@dataclass(frozen=True, slots=True)
class DeliveryHistory:
    """One delivery in its present state. `event` is None once retention has removed it, `request` in lists too."""

    row: PastDelivery
    subscription_id: str
    status: DeliveryStatus
    wait: Wait
    event: DeliveredEvent | None = None
    attempts: Sequence[PastAttempt] = ()
    request: SentRequest | None = field(default=None, repr=False)


class DeliveryHistories:
    """Reads the caller's deliveries. Another tenant's, or another application's, is NotFound."""

    def __init__(self, database: Database, payloads: PayloadBuilder, *, clock: Clock) -> None:
        self._database = database
        self._payloads = payloads
        self._clock = clock

    async def page(
        self, scope: Scope, subscription_id: str, *, state: str | None, after: str, limit: int
    ) -> tuple[list[DeliveryHistory], str | None]:
        """Deliveries of a subscription, the newest first, each with its last attempt; and the `after` of what follows.

        Raises NotFound, and InvalidInput for an `after` that is none of its deliveries.
        """
        last = delivery_number(after, field="after") if after else None
        async with self._database.read() as conn:
            subscription = await find_subscription(conn, scope, subscription_id)
            page = await delivery_history.page(
                conn, subscription_key=subscription.key, state=state, after=last, limit=limit
            )
            if page is None:
                raise InvalidInput.of("after", "must be the `next` of a page")
            tried = await delivery_history.attempts(conn, [row.id for row in page.deliveries], most=LISTED_ATTEMPTS)
            events = await delivery_history.events(conn, [row.seq for row in page.deliveries])
            predecessors = await _predecessors(conn, page.deliveries, tenant_id=scope.tenant)
        found = [
            replace(
                self._state(row, subscription, predecessors), event=events.get(row.seq), attempts=tried.get(row.id, ())
            )
            for row in page.deliveries
        ]
        return found, None if page.next is None else str(page.next)

    async def get(self, scope: Scope, delivery_id: str) -> DeliveryHistory:
        """One delivery with its attempts and its request. Raises NotFound."""
        number = delivery_number(delivery_id)
        async with self._database.read() as conn:
            row = await delivery_history.one(conn, scope.tenant, number)
            subscriptions = await table.by_keys(conn, [row.subscription_key]) if row else {}
            subscription = subscriptions.get(row.subscription_key) if row else None
            if row is None or subscription is None or not scope.sees(subscription.app_id):
                raise NotFound("There is no such delivery.")
            tried = await delivery_history.attempts(conn, [number], most=MAX_ATTEMPTS)
            event = next(iter(await log.at(conn, [row.seq])), None)
            predecessors = await _predecessors(conn, [row], tenant_id=scope.tenant)
        request = None
        if event is not None:
            size = len(event.body)
            request = await off_loop(
                lambda: request_of(self._payloads, subscription, event, replay_id=row.replay_id),
                tenant=scope.tenant,
                size=size,
            )
        state = self._state(row, subscription, predecessors)
        return replace(state, event=event and delivered_event(event), attempts=tried.get(number, ()), request=request)

    def _state(self, row: PastDelivery, subscription: Subscription, predecessors: Mapping[int, int]) -> DeliveryHistory:
        """State of a delivery, without its event and attempts."""
        now = self._clock.now_us()
        status = STATUSES[row.state]
        wait = Wait(row.reason, None)
        if status is DeliveryStatus.PENDING:
            pending = PendingDelivery(row.due_at, row.lease_until, row.reason, predecessors.get(row.id))
            wait = wait_of(pending, subscription.as_of(now), now=now)
        return DeliveryHistory(row, subscription.id, status, wait)


async def _predecessors(conn: AsyncConnection, rows: Sequence[PastDelivery], *, tenant_id: int) -> Mapping[int, int]:
    waiting = [row.id for row in rows if row.state == DeliveryStatus.PENDING]
    return await redeliveries.predecessors(conn, waiting, tenant_id=tenant_id) if waiting else {}
