"""Listings of subscriptions, and of deliveries with their attempts. Source: WIRE.md 002 (b) and (c)."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.retry_policy import RetryPolicy, tries_left
from tidings_server.delivery.store import redeliveries
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.waiting import PendingDelivery, Wait, wait_of
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import NotFound
from tidings_server.platform.scope import Scope
from tidings_server.push.paging import ListQuery
from tidings_server.push.store import deliveries as push_deliveries
from tidings_server.push.store import events as push_events
from tidings_server.push.store import listings
from tidings_server.push.store.deliveries import DeliveryScope, ListedDelivery
from tidings_server.push.store.pages import OffsetPage
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api, StoredEvent

MAX_NUMBER_DIGITS: Final = 18


class PushDelivery(NamedTuple):
    """A delivery in its present state; `event` is None once retention has removed it."""

    row: ListedDelivery
    event: StoredEvent | None
    is_running: bool
    retries_remaining: int
    wait: Wait


class PushListings:
    """Reads listings; for a caller that names a site (`x-vol-site`) only those of that site."""

    def __init__(self, database: Database, *, clock: Clock, policy: RetryPolicy) -> None:
        self._database = database
        self._clock = clock
        self._policy = policy

    async def subscriptions(self, scope: Scope, query: ListQuery) -> OffsetPage[Subscription]:
        """The tenant's push subscriptions, the oldest first unless `query` has another order."""
        async with self._database.read() as conn:
            page = await listings.subscriptions(
                conn,
                scope.tenant,
                site_id=scope.site_id,
                application=scope.application,
                comparisons=query.comparisons,
                orderings=query.orderings,
                offset=query.start_index,
                limit=query.page_size,
            )
        now = self._clock.now_us()
        return OffsetPage([each.as_of(now) for each in page.items], page.total, page.is_lower_bound)

    async def deliveries(
        self, scope: Scope, query: ListQuery, *, subscription_id: str | None = None
    ) -> OffsetPage[PushDelivery]:
        """Deliveries of one push subscription or of all, the newest first. Raises NotFound for an unknown one."""
        async with self._database.read() as conn:
            key = None if subscription_id is None else await _key(conn, scope, subscription_id)
            page = await push_deliveries.deliveries(
                conn,
                DeliveryScope(scope.tenant, key, scope.site_id, scope.application),
                comparisons=query.comparisons,
                orderings=query.orderings,
                offset=query.start_index,
                limit=query.page_size,
            )
            items = await self._with_events(conn, page.items)
        return OffsetPage(items, page.total, page.is_lower_bound, is_cut=len(items) < len(page.items))

    async def delivery(self, scope: Scope, *, subscription_id: str, number: str) -> PushDelivery:
        """One delivery by its number in decimal digits. Raises NotFound."""
        if not (number.isascii() and number.isdigit() and len(number) <= MAX_NUMBER_DIGITS):
            raise NotFound
        async with self._database.read() as conn:
            row = await push_deliveries.delivery_of(
                conn,
                DeliveryScope(scope.tenant, application=scope.application),
                subscription_id=subscription_id,
                delivery_id=int(number),
            )
            if row is None:
                raise NotFound
            [delivery] = await self._with_events(conn, [row])
        return delivery

    async def _with_events(self, conn: AsyncConnection, rows: Sequence[ListedDelivery]) -> list[PushDelivery]:
        """The first of the rows with their events: fewer where these are large."""
        events, done = await push_events.read(conn, [row.seq for row in rows])
        rows = rows[:done]
        subscriptions = await table.by_keys(conn, sorted({row.subscription_key for row in rows})) if rows else {}
        pending = [row.id for row in rows if row.next_attempt_at is not None]
        predecessors: dict[int, int] = {}
        if pending:
            predecessors = await redeliveries.predecessors(conn, pending, tenant_id=rows[0].tenant_id)
        return [
            self._delivery(row, events.get(row.seq), subscriptions.get(row.subscription_key), predecessors.get(row.id))
            for row in rows
        ]

    def _delivery(
        self, row: ListedDelivery, event: StoredEvent | None, to: Subscription | None, predecessor: int | None
    ) -> PushDelivery:
        now = self._clock.now_us()
        if row.next_attempt_at is None or to is None:
            return PushDelivery(row, event, is_running=False, retries_remaining=0, wait=Wait(row.reason, None))
        left = tries_left(failed=row.tries, tries_from=row.tries_from or now, now=now, policy=self._policy)
        wait = wait_of(PendingDelivery(row.next_attempt_at, row.lease_until, row.reason, predecessor), to, now=now)
        return PushDelivery(row, event, is_running=row.lease_until > now, retries_remaining=left, wait=wait)


async def _key(conn: AsyncConnection, scope: Scope, subscription_id: str) -> int:
    stored = await table.get(conn, scope.tenant, Api.PUSH, subscription_id)
    if stored is None or stored.deleted_at is not None or not scope.sees(stored.app_id):
        raise NotFound("There is no such subscription.")
    return stored.key
