"""The transaction that stores attempts and everything that follows from them: events and stopped subscriptions too."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.attempt_tally import tallied
from tidings_server.delivery.endpoint_alerts import EndpointAlerts
from tidings_server.delivery.message import OutcomeKind
from tidings_server.delivery.retry_decision import AttemptResult, in_turn, span
from tidings_server.delivery.store import attempts as table
from tidings_server.delivery.store import delivery_counts, leases, subscriptions
from tidings_server.delivery.store.attempts import Pause
from tidings_server.delivery.store.leases import Lease, LeaseHolder
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.subscription_changes import deactivate_in
from tidings_server.log.server_events import operation_event
from tidings_server.platform.clock import US_PER_S
from tidings_server.storage.log import events
from tidings_server.storage.log.records import EventRecord

EXPIRED: Final = "delivery.expired"
ENDPOINT_FAULTS: Final = (OutcomeKind.RETRY, OutcomeKind.GONE)


class AttemptRecorder:
    """The transaction for some decided attempts. All it needs is prepared; it may be run twice."""

    def __init__(
        self,
        attempts: Sequence[AttemptResult],
        *,
        new_id: Callable[[], str],
        now: int,
        deactivate_after_s: float,
        holder: LeaseHolder,
    ) -> None:
        """`new_id` makes ids of events."""
        self._holder = holder
        self._attempts = attempts
        self._failed = [attempt for attempt in attempts if not attempt.is_delivered]
        self._new_id = new_id
        self._now = now
        self._deactivate_after_us = int(deactivate_after_s * US_PER_S)
        self._alerts = EndpointAlerts(now=now, deactivate_after_us=self._deactivate_after_us, new_id=new_id)
        self._stored: Mapping[int, Subscription] = {}
        self.next_leases: list[Lease] = []
        """The deliveries in order behind those that were delivered, leased in the same transaction."""

    async def __call__(self, conn: AsyncConnection) -> list[AttemptResult]:
        """The attempts that were stored. The others had been recorded before, when a lease had ended too early.

        Locks in the order of every transaction: the version of subscriptions, deliveries, subscriptions, the log's
        head.
        """
        keys = sorted({attempt.lease.subscription_key for attempt in self._failed})
        self._stored = await subscriptions.by_keys(conn, keys) if keys else {}
        stopped = self._stopped()
        if stopped:
            await subscriptions.hold(conn)
        held = await table.hold(conn, [attempt.lease for attempt in self._attempts])
        delivered = [each for each in self._attempts if each.is_delivered and each.lease.id in held]
        failed = [await self._in_turn(conn, each) for each in self._failed if each.lease.id in held]
        recorded = delivered + failed
        await table.record(conn, [attempt.row(now=self._now) for attempt in recorded], now=self._now)
        await delivery_counts.add(conn, tallied(recorded))
        is_mended = await self._note_health(conn, delivered, failed)
        alerts = await self._alerts_of(conn, delivered if is_mended else [], failed)
        for subscription, reason in stopped:
            await deactivate_in(conn, subscription, reason=reason, at_us=self._now, event_id=self._new_id())
        expired = [each for each in failed if each.is_expired and each.lease.subscription_key in self._stored]
        ordered = {each.lease.order: None for each in delivered if each.lease.is_ordered}
        self.next_leases = await leases.lease_next(conn, list(ordered), now=self._now, holder=self._holder)
        await self._append(conn, expired, alerts)
        return recorded

    def _stopped(self) -> list[tuple[Subscription, str]]:
        """Subscriptions to be stopped, and why."""
        if not self._failed:
            return []
        delivered = {each.lease.subscription_key for each in self._attempts if each.is_delivered}
        gone = {each.lease.subscription_key for each in self._failed if each.outcome.kind is OutcomeKind.GONE}
        at_fault = {each.lease.subscription_key for each in self._failed if _is_endpoints_fault(each)}
        stopped = []
        for key in sorted(at_fault & self._stored.keys()):
            subscription = self._stored[key]
            since = subscription.failing_since
            if not subscription.is_active:
                continue
            if key in gone:
                stopped.append((subscription, "the endpoint answered 410 Gone"))
            elif key not in delivered and since is not None and self._now - since >= self._deactivate_after_us:
                limit = span(self._deactivate_after_us / US_PER_S)
                stopped.append((subscription, f"every attempt has failed for {limit}"))
        return stopped

    async def _in_turn(self, conn: AsyncConnection, attempt: AttemptResult) -> AttemptResult:
        lease = attempt.lease
        stored = self._stored.get(lease.subscription_key)
        if lease.order_key is None or attempt.due_at is None or stored is None or not stored.ordered:
            return attempt
        queued_at = await table.next_queued_at(
            conn, subscription_key=lease.subscription_key, order_key=lease.order_key, seq=lease.seq
        )
        changed_at, max_wait_s = stored.updated_at, stored.ordered_max_wait_s
        return in_turn(attempt, queued_at=queued_at, changed_at=changed_at, max_wait_s=max_wait_s, now=self._now)

    async def _alerts_of(
        self, conn: AsyncConnection, delivered: Sequence[AttemptResult], failed: Sequence[AttemptResult]
    ) -> list[EventRecord]:
        """Events for operators. An endpoint that has delivered among these attempts does not fail."""
        well = {attempt.lease.subscription_key for attempt in self._attempts if attempt.is_delivered}
        at_fault = [each for each in failed if _is_endpoints_fault(each) and each.lease.subscription_key not in well]
        events = await self._alerts.failed(conn, self._stored, at_fault) if at_fault else []
        if delivered:
            events += await self._alerts.recovered(conn, sorted({each.lease.subscription_key for each in delivered}))
        return events

    async def _note_health(
        self, conn: AsyncConnection, delivered: Sequence[AttemptResult], not_delivered: Sequence[AttemptResult]
    ) -> bool:
        """Stores health; whether an endpoint that failed before has delivered."""
        mended = {attempt.lease.subscription_key for attempt in delivered}
        failed: dict[int, int] = {}
        paused: dict[int, Pause] = {}
        for attempt in not_delivered:
            key, pause = attempt.lease.subscription_key, attempt.pause
            if _is_endpoints_fault(attempt) and key not in mended:
                failed[key] = min(attempt.at, failed.get(key, attempt.at))
            if pause:
                paused[key] = max(pause, paused.get(key, pause))
        return await table.note_health(conn, mended=sorted(mended), failed=failed, paused=paused)

    async def _append(
        self, conn: AsyncConnection, expired: Sequence[AttemptResult], alerts: Sequence[EventRecord]
    ) -> None:
        """Appends `delivery.expired` for each, and alerts: last in the transaction, since it holds the log's head."""
        if not expired and not alerts:
            return
        seqs = sorted({attempt.lease.seq for attempt in expired})
        causes = await table.summaries(conn, seqs) if seqs else {}
        ended = [self._event(each, causes.get(each.lease.seq), event_id=self._new_id()) for each in expired]
        await events.append_in(conn, [*ended, *alerts])

    def _event(self, attempt: AttemptResult, cause: table.EventSummary | None, *, event_id: str) -> EventRecord:
        lease = attempt.lease
        subscription = self._stored[lease.subscription_key]
        return operation_event(
            EXPIRED,
            tenant_id=lease.tenant_id,
            entity_id=str(lease.id),
            subscription_id=subscription.id,
            facts={
                "subscriptionId": subscription.id,
                "deliveryId": str(lease.id),
                "eventId": cause.event_id if cause else "",
                "topic": cause.topic if cause else "",
                "reason": attempt.reason,
            },
            event_id=event_id,
            at_us=self._now,
            hops=cause.hops + 1 if cause else 1,
        )


def _is_endpoints_fault(attempt: AttemptResult) -> bool:
    return attempt.outcome.kind in ENDPOINT_FAULTS
