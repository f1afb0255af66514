"""The dispatcher's outbox over the database."""

import random
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import structlog

from tidings_server.delivery import Destination, ErrorType, Outcome, OutcomeKind, Sending
from tidings_server.delivery.attempt_recorder import Recording
from tidings_server.delivery.destination_cache import Targets
from tidings_server.delivery.dispatch.port import Attempt, Claim, Lane, Ready, Want
from tidings_server.delivery.leases import claim_in
from tidings_server.delivery.message_builder import Payloads, Renderings, sending
from tidings_server.delivery.pings import is_test
from tidings_server.delivery.retry import RetryPolicy, Uniform
from tidings_server.delivery.retry_decision import Verdict, judge
from tidings_server.delivery.store import leases as claiming
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.telemetry.attempts import AttemptLine, AttemptLog
from tidings_server.platform.telemetry.metrics import DELIVERIES, DELIVERY_OLDEST_DUE
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import StoredEvent

KNOWN_FOR_US: Final = 100_000
"""How old what is known of subscriptions may be: one that is stopped gets nothing later than this."""

US_PER_S: Final = 1_000_000

EVENT_GONE: Final = Outcome(OutcomeKind.EXPIRED, error_type=ErrorType.INTERNAL, answer="the event is no longer kept")

logger = structlog.get_logger(__name__)


class StoredOutbox:
    """Deliveries in the database, as the dispatcher's port wants them."""

    def __init__(
        self,
        database: Database,
        *,
        targets: Targets,
        payloads: Payloads,
        policy: RetryPolicy,
        deactivate_after_s: float,
        clock: Clock,
        ids: Ids,
        attempt_log: AttemptLog,
        uniform: Uniform = random.uniform,
    ) -> None:
        """`deactivate_after_s`: an endpoint that only failed for this long is stopped."""
        self._database = database
        self._targets = targets
        self._payloads = payloads
        self._policy = policy
        self._deactivate_after_s = deactivate_after_s
        self._clock = clock
        self._ids = ids
        self._attempt_log = attempt_log
        self._uniform = uniform
        self._known = _Known(database, clock)

    async def recover(self) -> None:
        """Takes back what a process that died had claimed, where this is the only one: call it before the start."""
        if self._database.dialect == "sqlite":
            await self._database.write_queue.run(claiming.release_all)

    async def ready(self) -> list[Ready]:
        now = self._clock.now_us()
        async with self._database.read() as conn:
            work = await claiming.work(conn, now=now)
        DELIVERY_OLDEST_DUE.set(max(0, now - min((each.due_at for each in work), default=now)) / US_PER_S)
        return [
            Ready(
                subscription=each.subscription_key,
                tenant=each.tenant_id,
                lane=Lane(each.lane),
                due_at=each.due_at,
                is_failing=each.failing_since is not None,
                max_concurrency=each.max_concurrency,
                max_per_second=each.max_per_second,
            )
            for each in work
        ]

    async def claim(self, wants: Sequence[Want]) -> list[Claim]:
        now = self._clock.now_us()
        return await self._database.write_queue.run(lambda conn: claim_in(conn, wants, now=now))

    async def open(self, subscription: int) -> Destination | None:
        stored = (await self._known.of([subscription])).get(subscription)
        if stored is None or not (stored.is_active and stored.is_confirmed and stored.deleted_at is None):
            return None
        return self._targets.open(stored)

    async def load(self, claims: Sequence[Claim]) -> list[Sending | Outcome]:
        events = await self._events({claim.seq for claim in claims})
        stored = await self._known.of([claim.subscription for claim in claims])
        payloads = Renderings(self._payloads)
        return [self._sending(claim, stored[claim.subscription], events.get(claim.seq), payloads) for claim in claims]

    async def record(self, attempts: Sequence[Attempt]) -> None:
        now = self._clock.now_us()
        verdicts = judge(attempts, now=now, policy=self._policy, uniform=self._uniform)
        new_ids = [self._ids.uuid7() for verdict in verdicts if not verdict.is_delivered for _ in range(2)]
        unit = Recording(verdicts, new_ids, now=now, deactivate_after_s=self._deactivate_after_s)
        recorded = await self._database.write_queue.run(unit)
        self._tell(recorded, await self._known.of([verdict.attempt.claim.subscription for verdict in recorded]))

    async def release(self, claims: Sequence[Claim]) -> None:
        leases = {claim.delivery: claim.lease_until for claim in claims}
        if leases:
            await self._database.write_queue.run(lambda conn: claiming.release(conn, leases))

    async def _events(self, seqs: Collection[int]) -> Mapping[int, StoredEvent]:
        """The events at these positions, in as many pages as their size takes; only what is gone is missing.

        From memory only where nobody else can have erased one.
        """
        found = self._database.log_cache.at(seqs) if self._database.dialect == "sqlite" else None
        if found is None:
            found, left = [], sorted(seqs)
            async with self._database.read() as conn:
                while left and (page := await log.at(conn, left)):
                    found += page
                    left = [seq for seq in left if seq > page[-1].seq]
        return {event.seq: event for event in found}

    def _sending(
        self, claim: Claim, subscription: Subscription, event: StoredEvent | None, payloads: Payloads
    ) -> Sending | Outcome:
        if event is None:
            return EVENT_GONE
        try:
            return sending(payloads, subscription, event, replay_id=claim.replay_id, is_test=is_test(event))
        except Exception as error:  # the worker's loop: what cannot be made of one event is no other's trouble
            logger.exception("delivery.payload_failed", subscription=subscription.id, seq=event.seq)
            return Outcome(OutcomeKind.RETRY, error_type=ErrorType.INTERNAL, answer=type(error).__name__)

    def _tell(self, verdicts: Sequence[Verdict], stored: Mapping[int, Subscription]) -> None:
        """Metrics and log lines."""
        counts: dict[tuple[str, str], int] = {}
        for verdict in verdicts:
            kind = stored[verdict.attempt.claim.subscription].destination.value
            label = (kind, verdict.outcome.value)
            counts[label] = counts.get(label, 0) + 1
        for (kind, outcome), count in counts.items():
            DELIVERIES.labels(kind, outcome).inc(count)
        self._attempt_log.write(_line(verdict, stored) for verdict in verdicts)


class _Known:
    """Subscriptions by their keys, not older than `KNOWN_FOR_US`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._subscriptions: dict[int, Subscription] = {}
        self._version = -1
        self._fresh_until = 0

    async def of(self, keys: Sequence[int]) -> Mapping[int, Subscription]:
        """At least these, of those that there are."""
        now = self._clock.now_us()
        if now < self._fresh_until and all(key in self._subscriptions for key in keys):
            return self._subscriptions
        async with self._database.read() as conn:
            version = await table.current_version(conn)
            if version != self._version:
                self._subscriptions = {}
            missing = sorted(set(keys) - self._subscriptions.keys())
            found = await table.by_keys(conn, missing) if missing else {}
        self._subscriptions = {**self._subscriptions, **found}
        self._version, self._fresh_until = version, now + KNOWN_FOR_US
        return self._subscriptions


def _line(verdict: Verdict, stored: Mapping[int, Subscription]) -> AttemptLine:
    claim, outcome = verdict.attempt.claim, verdict.attempt.outcome
    return AttemptLine(
        at=verdict.attempt.at,
        tenant=claim.tenant,
        subscription=stored[claim.subscription].id,
        delivery=claim.delivery,
        seq=claim.seq,
        number=claim.attempts + 1,
        outcome=verdict.outcome.value,
        status=outcome.status,
        error=outcome.error_type.value,
        ms=outcome.duration_s * 1_000,
    )
