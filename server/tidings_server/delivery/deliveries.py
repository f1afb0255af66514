"""Explanations of deliveries, and redelivery."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.matching import SubscriptionMatcher
from tidings_server.delivery.router import MAX_HOPS, Router
from tidings_server.delivery.store import redeliveries
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.redeliveries import DeliveryState
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.subscription_lookup import find_subscription
from tidings_server.delivery.subscription_pages import all_of
from tidings_server.delivery.waiting import MAX_AHEAD, PendingDelivery, Wait, wait_of
from tidings_server.log.event_ids import spellings
from tidings_server.log.store import consumers
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import InvalidInput, NotFound, WrongState
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.shards import shard_of

TRANSACTION_ROWS: Final = 500
COUNTED: Final = 20
"""Deliveries of one event for which those ahead of them are counted."""

MAX_NUMBER_DIGITS: Final = 18

NOT_ROUTED_YET: Final = "not routed yet"
NOT_WHEN_ROUTED: Final = "it did not match when the event was routed"
TOO_MANY_HOPS: Final = "too many hops"


class DeliveryStatus(StrEnum):
    """State of an event at a subscription."""

    DELIVERED = "DELIVERED"
    PENDING = "PENDING"
    EXPIRED = "EXPIRED"
    NOT_MATCHED = "NOT_MATCHED"


STATUSES: Final[Mapping[str, DeliveryStatus]] = {
    "SUCCEEDED": DeliveryStatus.DELIVERED,
    "PENDING": DeliveryStatus.PENDING,
    "EXPIRED": DeliveryStatus.EXPIRED,
}


_PLACE: Final = re.compile("([0-9]{1,18})-([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Explanation:
    """State of one event at one subscription, and the reason.

    `delivery` and `next_attempt_at` (microseconds) are None where there is none.
    """

    subscription_key: int
    subscription_id: str
    status: DeliveryStatus
    reason: str
    delivery: int | None = None
    attempts: int = 0
    next_attempt_at: int | None = None

    @property
    def place(self) -> str:
        """Place in the list of an event's explanations."""
        return f"{self.subscription_key}-{self.delivery or 0}"


class Deliveries:
    """The use cases of deliveries. Another tenant's delivery, event or subscription is NotFound."""

    def __init__(
        self, database: Database, matcher: SubscriptionMatcher, *, clock: Clock, on_queued: Callable[[], None]
    ) -> None:
        """`on_queued` is called when there is something new to deliver."""
        self._database = database
        self._matcher = matcher
        self._clock = clock
        self._on_queued = on_queued

    async def redeliver(self, scope: Scope, delivery_id: str) -> None:
        """Sends a delivery that has ended once more; tries one now that waits for its next try, or for a pause to end.

        Either way a pause of its subscription ends. Raises NotFound, and WrongState for one that is due as it is.
        """
        number = delivery_number(delivery_id)
        now = self._clock.now_us()
        async with self._database.read() as conn:
            subscription_key = await redeliveries.subscription_of(conn, scope.tenant, number)
            found = await table.by_keys(conn, [subscription_key]) if subscription_key is not None else {}
        if subscription_key is None or not scope.sees(found[subscription_key].app_id):
            raise NotFound("There is no such delivery.")

        async def transaction(conn: AsyncConnection) -> bool:
            changed = await redeliveries.start_again(conn, [number], tenant_id=scope.tenant, now=now)
            changed += await redeliveries.hasten(conn, number, tenant_id=scope.tenant, now=now)
            return bool(changed + await table.end_pause(conn, subscription_key, tenant_id=scope.tenant, now=now))

        if not await self._database.write_queue.run(transaction):
            raise WrongState("The delivery is due already and has not ended yet.")
        self._on_queued()

    async def redeliver_failed(self, scope: Scope, subscription_id: str, *, since: int) -> int:
        """Sends everything once more that expired at `since` (microseconds) or later; how many deliveries that is."""
        async with self._database.read() as conn:
            subscription = await find_subscription(conn, scope, subscription_id)
        started, until = 0, self._clock.now_us()
        while ids := await self._expired(subscription, since, until):
            started += await self._start_again(scope, ids)
        if started:
            await self._database.write_queue.run(
                lambda conn: table.end_pause(conn, subscription.key, tenant_id=scope.tenant, now=until)
            )
            self._on_queued()
        return started

    async def explain(self, scope: Scope, event_id: str, *, after: str = "") -> list[Explanation]:
        """The state of an event at each of the tenant's subscriptions, the oldest first, each with its deliveries.

        Those `after` an explanation, by its `place`. Raises NotFound, and InvalidInput for no place.
        """
        after_subscription, after_delivery = _place(after)
        async with self._database.read() as conn:
            event = await _event(conn, scope, event_id)
            position = await consumers.position_in(conn, Router.name, shard_of(event.seq))
        subscriptions = await all_of(self._database, scope.tenant, after_key=after_subscription - 1)
        async with self._database.read() as conn:
            keys = [subscription.key for subscription in subscriptions]
            states = await redeliveries.delivery_states(conn, subscription_keys=keys, seq=event.seq)
            pending = await self._pending(conn, states, tenant_id=scope.tenant)
        by_key: dict[int, list[DeliveryState]] = {}
        for state in states:
            by_key.setdefault(state.subscription_key, []).append(state)
        explanations = (
            explanation
            for subscription in subscriptions
            for explanation in (
                [
                    self._explanation(subscription, state, pending.get(state.id))
                    for state in by_key.get(subscription.key, ())
                ]
                or await self._unmatched(subscription, event, is_routed=event.seq <= position)
            )
        )
        passed = after_subscription, after_delivery
        return [each async for each in explanations if (each.subscription_key, each.delivery or 0) > passed]

    async def _pending(
        self, conn: AsyncConnection, states: Sequence[DeliveryState], *, tenant_id: int
    ) -> dict[int, PendingDelivery]:
        """Those of the deliveries that have not ended."""
        waiting = [state for state in states if state.state == "PENDING"]
        predecessors: dict[int, int] = {}
        if waiting:
            ids = [state.id for state in waiting]
            predecessors = await redeliveries.predecessors(conn, ids, tenant_id=tenant_id)
        found: dict[int, PendingDelivery] = {}
        for place, state in enumerate(waiting):
            is_counted = place < COUNTED and state.due_at <= self._clock.now_us()
            ahead = (
                await redeliveries.due_before(conn, state, tenant_id=tenant_id, limit=MAX_AHEAD) if is_counted else 0
            )
            predecessor = predecessors.get(state.id)
            found[state.id] = PendingDelivery(state.due_at, state.lease_until, state.reason, predecessor, ahead)
        return found

    def _explanation(
        self, subscription: Subscription, state: DeliveryState, pending: PendingDelivery | None
    ) -> Explanation:
        wait = wait_of(pending, subscription, now=self._clock.now_us()) if pending else Wait(state.reason, None)
        return Explanation(
            subscription.key,
            subscription.id,
            STATUSES[state.state],
            reason=wait.reason,
            delivery=state.id,
            attempts=state.attempts,
            next_attempt_at=wait.next_attempt_at,
        )

    async def _expired(self, subscription: Subscription, since: int, until: int) -> Sequence[int]:
        async with self._database.read() as conn:
            return await redeliveries.expired(
                conn, subscription_key=subscription.key, since=since, until=until, limit=TRANSACTION_ROWS
            )

    async def _start_again(self, scope: Scope, ids: Sequence[int]) -> int:
        now = self._clock.now_us()
        started = await self._database.write_queue.run(
            lambda conn: redeliveries.start_again(conn, ids, tenant_id=scope.tenant, now=now)
        )
        self._on_queued()
        return started

    async def _unmatched(self, subscription: Subscription, event: StoredEvent, *, is_routed: bool) -> list[Explanation]:
        """The state at a subscription that has no delivery; none at an internal one, which nobody has made."""
        if subscription.is_internal:
            return []
        refusal = TOO_MANY_HOPS if event.hops >= MAX_HOPS else await self._matcher.refusal(subscription, event)
        if refusal is None and not is_routed:
            return [Explanation(subscription.key, subscription.id, DeliveryStatus.PENDING, NOT_ROUTED_YET)]
        return [
            Explanation(subscription.key, subscription.id, DeliveryStatus.NOT_MATCHED, str(refusal or NOT_WHEN_ROUTED))
        ]


def _place(text: str) -> tuple[int, int]:
    """Key of a subscription and number of a delivery, behind which a list goes on; (-1, 0) of an empty text."""
    if not text:
        return -1, 0
    found = _PLACE.fullmatch(text)
    if found is None:
        raise InvalidInput.of("after", "must be the `next` of an answer")
    return int(found[1]), int(found[2])


async def _event(conn: AsyncConnection, scope: Scope, event_id: str) -> StoredEvent:
    """The tenant's event of that id in any spelling; where several APIs have one, the first that was stored."""
    event = await events.find_any(conn, scope.tenant, *spellings(event_id))
    if event is None:
        raise NotFound("There is no such event.")
    return event


def delivery_number(delivery_id: str, *, field: str = "id") -> int:
    """Number of a delivery. Raises InvalidInput for what is no number, and NotFound for an id that none can have."""
    is_number = delivery_id.isascii() and delivery_id.isdigit()
    if not is_number or (field != "id" and len(delivery_id) > MAX_NUMBER_DIGITS):
        raise InvalidInput.of(field, "must be the number of a delivery")
    if len(delivery_id) > MAX_NUMBER_DIGITS:
        raise NotFound("There is no such delivery.")
    return int(delivery_id)
