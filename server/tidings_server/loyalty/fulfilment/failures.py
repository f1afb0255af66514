"""Failed fulfilments: listing them, and requesting retries."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty import derived_events
from tidings_server.loyalty.event_codec import LoyaltyEventCodec
from tidings_server.loyalty.events import EventKind
from tidings_server.loyalty.store import customers, fulfilment_failures
from tidings_server.loyalty.store.fulfilment_failures import ListedFailure, StoredFailure
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import NotFound, WrongState
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.storage.log.records import Api, EventRecord


class FulfilmentFailures:
    """Lists and retries failures. A retry is an event, which the consumer processes in the customer's order."""

    def __init__(self, database: Database, codec: LoyaltyEventCodec, *, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._codec = codec
        self._clock = clock
        self._ids = ids

    async def list(self, scope: Scope, *, before_us: int = 0, limit: int = 20) -> Sequence[ListedFailure]:
        """The tenant's failures before an instant, the newest first; 0 begins with the newest."""
        async with self._database.read() as conn:
            return await fulfilment_failures.page(conn, scope.tenant, before_us=before_us or 1 << 62, limit=limit)

    async def retry(self, scope: Scope, event_id: str) -> ListedFailure:
        """Request a retry, by the id of the errorAction event. Raises NotFound; WrongState after an earlier retry."""

        async def request(conn: AsyncConnection) -> ListedFailure:
            failure = await fulfilment_failures.find(conn, scope.tenant, event_id)
            if failure is None:
                raise NotFound("There is no such failure.")
            if not await self._request_retries(conn, scope, [failure]):
                raise WrongState("This failure was retried before.")
            return await fulfilment_failures.listed(conn, scope.tenant, event_id)

        return await self._database.write_queue.run(request)

    async def resume(self, scope: Scope, event_id: str) -> None:
        """Request retries of all failures for a client's event, which a repeat of the event asks for.

        Source: WIRE.md 003 (c), a repeated eventId resumes unfinished work only.
        """
        async with self._database.read() as conn:
            source = await events.find(conn, scope.tenant, Api.LOYALTY, event_id=event_id)
            has_failures = source is not None and bool(await fulfilment_failures.not_retried(conn, source.seq))
        if source is None or not has_failures:
            return

        async def request(conn: AsyncConnection) -> None:
            failures = await fulfilment_failures.not_retried(conn, source.seq)
            await self._request_retries(conn, scope, failures)

        await self._database.write_queue.run(request)

    async def _request_retries(self, conn: AsyncConnection, scope: Scope, failures: Sequence[StoredFailure]) -> bool:
        """Store retry events; false when all failures were retried before."""
        now_us = self._clock.now_us()
        rows = await customers.by_keys(conn, {failure.customer_key for failure in failures})
        records = [
            self._record(scope, failure, customer_id=rows[failure.customer_key].id, now_us=now_us)
            for failure in failures
            if await fulfilment_failures.mark_retried(conn, scope.tenant, failure.event_id, at_us=now_us)
        ]
        if records:
            await events.append_in(conn, records)
        return bool(records)

    def _record(self, scope: Scope, failure: StoredFailure, *, customer_id: str, now_us: int) -> EventRecord:
        event_id = self._ids.uuid7()
        body = self._codec.encode_retry(
            event_id=event_id, customer_id=customer_id, retried_event_id=failure.event_id, at_us=now_us
        )
        return derived_events.record(
            derived_events.FULFILMENT_RETRIED,
            EventKind.RETRY,
            body,
            event_id=event_id,
            tenant=scope.tenant,
            customer_id=customer_id,
            at_us=now_us,
            actor=scope.actor,
        )
