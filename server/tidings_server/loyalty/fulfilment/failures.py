"""Failures: fulfilments that could not be carried out, listed and retried."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty import derived_events
from tidings_server.loyalty.event_codec import LoyaltyBodies
from tidings_server.loyalty.events import Kind
from tidings_server.loyalty.store import assessments, customers
from tidings_server.loyalty.store.assessments import ListedFailure, StoredFailure
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import NotFound, WrongState
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.storage.log.records import Api, EventRecord


class Failures:
    """The use cases. A retry is an event: the reactor carries it out in the customer's turn."""

    def __init__(self, database: Database, bodies: LoyaltyBodies, *, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._bodies = bodies
        self._clock = clock
        self._ids = ids

    async def list(self, scope: Scope, *, before_us: int = 0, limit: int = 20) -> Sequence[ListedFailure]:
        """The tenant's failures, the newest first; those before an instant, 0: from the newest."""
        async with self._database.read() as conn:
            return await assessments.failures(conn, scope.tenant, before_us=before_us or 1 << 62, limit=limit)

    async def retry(self, scope: Scope, event_id: str) -> ListedFailure:
        """Tries one again, by the id of its errorAction event. Raises NotFound; WrongState for one that was retried."""

        async def unit(conn: AsyncConnection) -> ListedFailure:
            failure = await assessments.failure(conn, scope.tenant, event_id)
            if failure is None:
                raise NotFound(f"There is no failure {event_id}.")
            if not await self._ask(conn, scope, [failure]):
                raise WrongState("This failure was retried before.")
            [listed] = await assessments.listed(conn, scope.tenant, [event_id])
            return listed

        return await self._database.write_queue.run(unit)

    async def resume(self, scope: Scope, event_id: str) -> None:
        """Tries again whatever failed for an event of a client: what a repeat of it asks for.

        Source: WIRE.md 003 (c), a repeated eventId resumes unfinished work only.
        """
        async with self._database.read() as conn:
            source = await events.find(conn, scope.tenant, Api.LOYALTY, event_id=event_id)
            has_any = source is not None and bool(await assessments.open_failures(conn, source.seq))
        if source is None or not has_any:
            return

        async def unit(conn: AsyncConnection) -> None:
            await self._ask(conn, scope, await assessments.open_failures(conn, source.seq))

        await self._database.write_queue.run(unit)

    async def _ask(self, conn: AsyncConnection, scope: Scope, failures: Sequence[StoredFailure]) -> bool:
        """Store the events that ask for retries; false when there is nothing to be retried."""
        now_us = self._clock.now_us()
        rows = await customers.by_keys(conn, {failure.customer_key for failure in failures})
        records: list[EventRecord] = [
            self._record(scope, failure, rows[failure.customer_key].id, now_us)
            for failure in failures
            if await assessments.retry(conn, scope.tenant, failure.event_id, at_us=now_us)
        ]
        if records:
            await events.append_in(conn, records)
        return bool(records)

    def _record(self, scope: Scope, failure: StoredFailure, customer_id: str, now_us: int) -> EventRecord:
        event_id = self._ids.uuid7()
        body = self._bodies.retry(
            event_id=event_id, customer_id=customer_id, retried_event_id=failure.event_id, at_us=now_us
        )
        return derived_events.record(
            derived_events.RETRIED,
            Kind.RETRY,
            body,
            event_id=event_id,
            tenant=scope.tenant,
            customer_id=customer_id,
            at_us=now_us,
            actor=scope.actor,
        )
