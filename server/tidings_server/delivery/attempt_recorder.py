"""One unit that stores outcomes and everything that follows from them: events and stopped subscriptions included."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery import OutcomeKind
from tidings_server.delivery.retry_decision import US_PER_S, Verdict, span
from tidings_server.delivery.store import attempts
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.subscriptions import deactivate_in
from tidings_server.log.server_events import operation_event
from tidings_server.storage.log import events
from tidings_server.storage.log.records import EventRecord

EXPIRED: Final = "delivery.expired"
HELD_AGAINST_ENDPOINT: Final = (OutcomeKind.RETRY, OutcomeKind.GONE)

Stored = Mapping[int, Subscription]


class Recording:
    """The unit for some verdicts. All it needs is prepared; it may be run twice."""

    def __init__(
        self, verdicts: Sequence[Verdict], new_ids: Sequence[str], *, now: int, deactivate_after_s: float
    ) -> None:
        """`new_ids` for events: two for each delivery that did not succeed are enough."""
        self._verdicts = verdicts
        self._failed = [verdict for verdict in verdicts if not verdict.is_delivered]
        self._new_ids = new_ids
        self._now = now
        self._deactivate_after_us = int(deactivate_after_s * US_PER_S)

    async def __call__(self, conn: AsyncConnection) -> list[Verdict]:
        """The verdicts that were stored. The others had been recorded before, when a lease had ended too early.

        Locks in the order of every unit: the version of subscriptions, deliveries, subscriptions, the log's head.
        """
        ids = iter(self._new_ids)
        keys = sorted({verdict.attempt.claim.subscription for verdict in self._failed})
        stored = await table.by_keys(conn, keys) if keys else {}
        stopped = self._stopped(stored)
        if stopped:
            await table.hold(conn)
        held = await attempts.hold(conn, [verdict.awaited() for verdict in self._verdicts])
        delivered = [v for v in self._verdicts if v.is_delivered and v.attempt.claim.delivery in held]
        failed = [
            await self._in_turn(conn, verdict, held[verdict.attempt.claim.delivery], stored)
            for verdict in self._failed
            if verdict.attempt.claim.delivery in held
        ]
        verdicts = delivered + failed
        await attempts.record(
            conn,
            delivered=[verdict.attempt.claim.delivery for verdict in delivered],
            changes=[verdict.change(now=self._now) for verdict in failed],
            attempts=[verdict.row() for verdict in verdicts],
            now=self._now,
        )
        await self._note_health(conn, delivered, failed)
        for subscription, reason in stopped:
            await deactivate_in(conn, subscription, reason=reason, at_us=self._now, event_id=next(ids))
        await self._tell(conn, [verdict for verdict in failed if verdict.is_expired], stored, ids)
        return verdicts

    def _stopped(self, stored: Stored) -> list[tuple[Subscription, str]]:
        """Subscriptions to be stopped, and why."""
        if not self._failed:
            return []
        delivered = {v.attempt.claim.subscription for v in self._verdicts if v.is_delivered}
        gone = {v.attempt.claim.subscription for v in self._failed if v.attempt.outcome.kind is OutcomeKind.GONE}
        at_fault = {v.attempt.claim.subscription for v in self._failed if _is_endpoints_fault(v)}
        stopped = []
        for key in sorted(at_fault & stored.keys()):
            subscription = stored[key]
            since = subscription.failing_since
            if not subscription.is_active:
                continue
            if key in gone:
                stopped.append((subscription, "the endpoint answered 410 Gone"))
            elif key not in delivered and since is not None and self._now - since >= self._deactivate_after_us:
                limit = span(self._deactivate_after_us / US_PER_S)
                stopped.append((subscription, f"every attempt has failed for {limit}"))
        return stopped

    async def _in_turn(self, conn: AsyncConnection, verdict: Verdict, order_key: str | None, stored: Stored) -> Verdict:
        claim = verdict.attempt.claim
        if order_key is None or verdict.due_at is None or claim.subscription not in stored:
            return verdict
        since = await attempts.waiting_since(
            conn, subscription_key=claim.subscription, order_key=order_key, seq=claim.seq
        )
        max_wait_s = stored[claim.subscription].ordered_max_wait_s
        return verdict.in_turn(waiting_since=since, max_wait_s=max_wait_s, now=self._now)

    async def _note_health(
        self, conn: AsyncConnection, delivered: Sequence[Verdict], not_delivered: Sequence[Verdict]
    ) -> None:
        mended = {verdict.attempt.claim.subscription for verdict in delivered}
        failed: dict[int, int] = {}
        paused: dict[int, int] = {}
        for verdict in not_delivered:
            key, pause_until = verdict.attempt.claim.subscription, verdict.attempt.pause_until
            if _is_endpoints_fault(verdict) and key not in mended:
                failed[key] = min(verdict.attempt.at, failed.get(key, verdict.attempt.at))
            if pause_until:
                paused[key] = max(pause_until, paused.get(key, 0))
        await attempts.note_health(conn, mended=sorted(mended), failed=failed, paused=paused)

    async def _tell(
        self, conn: AsyncConnection, expired: Sequence[Verdict], stored: Stored, ids: Iterator[str]
    ) -> None:
        """Appends `delivery.expired` for each: the last thing in the unit, since it holds the head of the log."""
        if not expired:
            return
        told = await attempts.told_of(conn, sorted({verdict.attempt.claim.seq for verdict in expired}))
        await events.append_in(
            conn,
            [
                self._event(verdict, stored[verdict.attempt.claim.subscription], told, event_id=next(ids))
                for verdict in expired
            ],
        )

    def _event(
        self, verdict: Verdict, subscription: Subscription, told: Mapping[int, attempts.Told], *, event_id: str
    ) -> EventRecord:
        claim = verdict.attempt.claim
        cause = told.get(claim.seq)
        return operation_event(
            EXPIRED,
            tenant_id=claim.tenant,
            entity_id=str(claim.delivery),
            subscription_id=subscription.id,
            facts={
                "subscriptionId": subscription.id,
                "deliveryId": str(claim.delivery),
                "eventId": cause.event_id if cause else "",
                "topic": cause.topic if cause else "",
                "reason": verdict.reason,
            },
            event_id=event_id,
            at_us=self._now,
            hops=cause.hops + 1 if cause else 1,
        )


def _is_endpoints_fault(verdict: Verdict) -> bool:
    return verdict.attempt.outcome.kind in HELD_AGAINST_ENDPOINT
