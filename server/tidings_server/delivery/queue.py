"""The queue of deliveries in the database: what is ready, leases, messages, and the record of attempts."""

import random
import secrets
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Final

import structlog

from tidings_server.delivery.attempt_log import AttemptLog
from tidings_server.delivery.attempt_recorder import AttemptRecorder
from tidings_server.delivery.destination_cache import DestinationCache
from tidings_server.delivery.message import Destination, ErrorType, Message, NothingToSend, Outcome, OutcomeKind
from tidings_server.delivery.message_builder import PayloadBuilder, PayloadCache, build_message
from tidings_server.delivery.pings import is_test
from tidings_server.delivery.retry_decision import AttemptResult, decide
from tidings_server.delivery.retry_policy import RetryPolicy, Uniform
from tidings_server.delivery.store import lease_renewal
from tidings_server.delivery.store import leases as leasing
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.leases import Lease, LeaseHolder, QueueKey, ReadySubscription
from tidings_server.delivery.store.subscriptions import DestinationKind, Subscription
from tidings_server.platform.clock import US_PER_S, Clock, Ids
from tidings_server.platform.shared_read import SharedRead
from tidings_server.platform.telemetry.metrics import DELIVERIES, DELIVERY_OLDEST_DUE
from tidings_server.platform.turns import SERVER
from tidings_server.platform.worker_threads import each_off_loop
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.shards import by_shard, shard_of_tenant

KNOWN_FOR_US: Final = 100_000
"""Age of subscriptions in memory at most: one that is stopped gets nothing later than this."""


EVENT_GONE: Final = Outcome(OutcomeKind.EXPIRED, error_type=ErrorType.INTERNAL, answer="the event is no longer kept")

logger = structlog.get_logger(__name__)


class ReadySubscriptions:
    """Subscriptions with work, read once for the queues of all shards that ask at the same time."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._found = SharedRead(self._read)

    async def of(self, shard: int) -> list[ReadySubscription]:
        """Those of the tenants of a shard."""
        return await self._found.get(shard) or []

    async def _read(self, _shards: Collection[int]) -> Mapping[int, list[ReadySubscription]]:
        now = self._clock.now_us()
        found: dict[int, list[ReadySubscription]] = {}
        oldest = now
        async with self._database.read() as conn:
            async for page in leasing.ready(conn, now=now):
                oldest = min([oldest, *(each.due_at for each in page if each.failing_since is None)])
                for shard, of_shard in by_shard(page, lambda each: shard_of_tenant(each.tenant_id)):
                    found.setdefault(shard, []).extend(of_shard)
        DELIVERY_OLDEST_DUE.set((now - oldest) / US_PER_S)
        return found


class DeliveryQueue:
    """Deliveries of a shard as its dispatcher sees them. A lease belongs to one dispatcher until it ends."""

    def __init__(
        self,
        database: Database,
        *,
        destinations: DestinationCache,
        payloads: PayloadBuilder,
        policy: RetryPolicy,
        deactivate_after_s: float,
        clock: Clock,
        ids: Ids,
        attempt_log: AttemptLog,
        uniform: Uniform = random.uniform,
        ready: ReadySubscriptions | None = None,
        shard: int = 0,
    ) -> None:
        """`deactivate_after_s`: an endpoint that only failed for this long is stopped.

        `ready` may be shared with the queues of other shards.
        """
        self._database = database
        self._ready, self._shard = ready or ReadySubscriptions(database, clock), shard
        self._pending = database.look.fact("deliveries_pending", leasing.HAS_PENDING)
        self._destinations = destinations
        self._payloads = payloads
        self._policy = policy
        self._deactivate_after_s = deactivate_after_s
        self._clock = clock
        self._ids = ids
        self._attempt_log = attempt_log
        self._uniform = uniform
        self._subscriptions = _SubscriptionCache(database, clock)
        length_us = leasing.SHARED_LEASE_US if database.is_shared else leasing.LEASE_US
        self.holder = LeaseHolder(secrets.randbits(62) + 1, length_us)

    async def recover(self) -> None:
        """Ends the leases of a process that died, where this is the only one: to be called before the start."""
        if not self._database.is_shared:
            await self._database.write_queue.run(leasing.release_all)

    @property
    def may_be_pending(self) -> bool:
        """False when there was no pending delivery a moment ago; then the oldest due is of no age."""
        if self._pending.allows(bool):
            return True
        DELIVERY_OLDEST_DUE.set(0)
        return False

    async def ready(self) -> list[ReadySubscription]:
        """Subscriptions that may be sent to and have unleased work, for each priority; also work that is due later."""
        return await self._ready.of(self._shard)

    async def lease(self, limits: Mapping[QueueKey, int]) -> list[Lease]:
        """Leases due deliveries, for each key up to its limit, the oldest due first, in one write."""
        now = self._clock.now_us()
        holder = self.holder
        return await self._database.write_queue.run(
            lambda conn: leasing.lease(conn, limits, now=now, holder=holder), is_repeatable=True
        )

    async def renew(self, leases: Sequence[Lease], *, until: int) -> set[int]:
        """Extends leases (at most 500) to `until`; the ids of those that this process still had."""
        holder = self.holder
        return await self._database.write_queue.run(
            lambda conn: lease_renewal.renew(conn, leases, until=until, holder=holder), is_repeatable=True
        )

    async def release_strays(self, known: Collection[int]) -> None:
        """Gives back what is leased to this process beside the `known` deliveries."""
        now, holder = self._clock.now_us(), self.holder
        strays = await self._database.write_queue.run(
            lambda conn: lease_renewal.release_strays(conn, known, now=now, holder=holder), is_repeatable=True
        )
        if strays:
            logger.info("delivery.strays_released", count=len(strays))

    async def open(self, subscription_key: int) -> Destination | None:
        """The subscription's destination as things stand; None if it may not be sent to now."""
        stored = (await self._subscriptions.get([subscription_key])).get(subscription_key)
        if stored is None or not (stored.is_active and stored.is_confirmed and stored.deleted_at is None):
            return None
        return self._destinations.open(stored)

    async def load(self, leases: Sequence[Lease]) -> list[Message | Outcome]:
        """The message of each lease in their order; an Outcome where there is nothing that could be sent."""
        events = await self._events({lease.seq for lease in leases})
        stored = await self._subscriptions.get([lease.subscription_key for lease in leases])
        payloads = PayloadCache(self._payloads)

        def message(lease: Lease) -> Message | Outcome:
            return self._message(lease, stored.get(lease.subscription_key), events.get(lease.seq), payloads)

        def size(lease: Lease) -> int:
            event = events.get(lease.seq)
            return len(event.body) if event else 0

        return await each_off_loop(message, leases, tenant=SERVER, size=size)

    async def record(self, attempts: Sequence[AttemptResult]) -> list[Lease]:
        """Stores attempts and what follows from them, in one write; leases of those that waited for these in order."""
        now = self._clock.now_us()
        decided = decide(attempts, now=now, policy=self._policy, uniform=self._uniform)
        transaction = AttemptRecorder(
            decided, new_id=self._ids.uuid7, now=now, deactivate_after_s=self._deactivate_after_s, holder=self.holder
        )
        stored = await self._subscriptions.get([each.lease.subscription_key for each in decided])
        is_repeatable = all(map(partial(_is_known_by_id, stored), decided))
        recorded = await self._database.write_queue.run(transaction, is_repeatable=is_repeatable)
        self._report(recorded, stored)
        return transaction.next_leases

    async def release(self, leases: Sequence[Lease]) -> None:
        """Gives leases back unsent."""
        if leases:
            holder = self.holder
            await self._database.write_queue.run(
                lambda conn: leasing.release(conn, leases, holder=holder), is_repeatable=True
            )

    async def _events(self, seqs: Collection[int]) -> Mapping[int, StoredEvent]:
        """The events at these positions, in as many pages as their size takes; only what is gone is missing.

        From memory only where no other process can have erased one.
        """
        found = None if self._database.is_shared else self._database.log_cache.at(seqs)
        if found is None:
            found, left = [], sorted(seqs)
            async with self._database.read() as conn:
                while left and (page := await log.at(conn, left)):
                    found += page
                    left = [seq for seq in left if seq > page[-1].seq]
        return {event.seq: event for event in found}

    def _message(
        self, lease: Lease, subscription: Subscription | None, event: StoredEvent | None, payloads: PayloadCache
    ) -> Message | Outcome:
        if event is None or subscription is None:
            return EVENT_GONE
        try:
            return build_message(
                payloads,
                subscription,
                event,
                replay_id=lease.replay_id,
                redelivered_after=lease.attempts - lease.tries,
                is_test=is_test(event),
            )
        except NothingToSend as error:
            return Outcome(OutcomeKind.EXPIRED, error_type=ErrorType.WITHDRAWN, answer=str(error))
        except Exception as error:  # the worker's loop: an event that no message can be made of stops no other
            logger.exception("delivery.payload_failed", subscription=subscription.id, seq=event.seq)
            text = f"no message can be made of the event: {type(error).__name__}"
            may_change = subscription.destination is DestinationKind.MAIL  # with its template; else it is as it is
            kind = OutcomeKind.RETRY if may_change else OutcomeKind.EXPIRED
            return Outcome(kind, error_type=ErrorType.INTERNAL, answer=text)

    def _report(self, attempts: Sequence[AttemptResult], stored: Mapping[int, Subscription]) -> None:
        """Counts attempts and writes their log lines."""
        known = [(each, stored[key]) for each in attempts if (key := each.lease.subscription_key) in stored]
        counts = Counter((subscription.destination.value, attempt.recorded_outcome) for attempt, subscription in known)
        for labels, count in counts.items():
            DELIVERIES.labels(*labels).inc(count)
        self._attempt_log.write((attempt, subscription.id) for attempt, subscription in known)


def _is_known_by_id(stored: Mapping[int, Subscription], attempt: AttemptResult) -> bool:
    """Whether a message was delivered whose receiver knows it by its id, should it come once more. No mail is."""
    subscription = stored.get(attempt.lease.subscription_key)
    return attempt.is_delivered and subscription is not None and subscription.destination is not DestinationKind.MAIL


class _SubscriptionCache:
    """Subscriptions by their keys, not older than `KNOWN_FOR_US`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._subscriptions: dict[int, Subscription] = {}
        self._version = -1
        self._fresh_until = 0

    async def get(self, keys: Sequence[int]) -> Mapping[int, Subscription]:
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
