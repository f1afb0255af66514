"""Quotas of tenants: events a second, subscriptions, storage.

A change of configuration counts as an event: its versions, secrets and audit records are stored as events are. What the
server stores for a tenant counts as well: what its workflows, schedules, jobs and loyalty rules cause. At the
bound its calls are refused, its schedules and scheduled events wait, and workflow runs that would send events fail;
what loyalty rules derive is always stored, since the ledger must record it, and is paid off before the next call.

The rate is counted in this process, and processes tell each other what they have let pass (see `shared_counts`): all
together give a tenant its rate once. Storage is counted by the process that reads the log next, so a tenant may be past
its quota for the few seconds that this takes.
"""

from dataclasses import dataclass
from typing import Final

import structlog

from tidings_server.identity.shared_counts import SharedCounts
from tidings_server.identity.store import quotas
from tidings_server.identity.store import tenants as identity
from tidings_server.identity.store.quotas import Quota, Usage
from tidings_server.log.ownership import WorkLease
from tidings_server.log.store import consumers
from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import LimitExceeded, LostRace, Overloaded, Unavailable
from tidings_server.storage.bisection import is_transient
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.shards import in_shard, start_of

KIND: Final = "tenant"
POLL_S: Final = 1.0
SHARED_POLL_S: Final = 2.0
LOOK_S: Final = 30.0
"""Longest time until usage is read that retention has lessened."""
SPAN: Final = 2_000
"""Events that one statement may measure."""
BURST_S: Final = 10.0
"""Time for which a tenant saves up unused rate."""
DEBT_S: Final = 600.0
"""Longest time that a tenant pays off what the server has stored for it."""
STORAGE_RETRY_S: Final = 60.0
MAX_NUMBER: Final = 1_000_000

logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Bucket:
    """Token bucket of a tenant: its tokens, and their time (monotonic seconds)."""

    left: float
    at: float


class Quotas:
    """Enforces quotas. `run` it, so that usage and changes by other processes are known."""

    def __init__(
        self, database: Database, *, defaults: Quota, clock: Clock, shared: SharedCounts | None = None
    ) -> None:
        """`defaults` are for tenants that have none of their own; a None or 0 there is no limit."""
        self._shared = shared or SharedCounts(database, clock)
        self._shared.subscribe(KIND, lambda tenant, events: self._debit(int(tenant), events))
        self._database = database
        self._defaults = defaults
        self._clock = clock
        self._own: dict[int, Quota] = {}
        self._used: dict[int, Usage] = {}
        self._buckets: dict[int, _Bucket] = {}
        self._lease: WorkLease | None = None
        self._read_at = -1
        self._measured: dict[int, int] = {}
        self._counted = database.look.fact("usage", quotas.COUNTED)
        self._seen: object = None
        self._look_at = 0.0

    def count_while(self, lease: WorkLease) -> None:
        """Count usage only while this process has the lease."""
        self._lease = lease

    def take(self, tenant: int, events: int) -> None:
        """Take so many events from a tenant's rate. Raises LimitExceeded with the time to retry after."""
        quota = self._own.get(tenant, self._defaults)
        rate = self._value(quota, "events_per_second")
        if rate:
            self._spend(tenant, events, rate)
        if self._is_full(tenant, quota):
            room = self._value(quota, "storage_bytes")
            raise LimitExceeded(
                f"This tenant stores the {room:,} bytes of events that it may; nothing was stored.",
                retry_after_s=STORAGE_RETRY_S,
            )

    def take_change(self, tenant: int) -> None:
        """Take a change of configuration from a tenant's rate, as one event. Raises LimitExceeded as `take`.

        Full storage refuses none: a change may be what empties it.
        """
        if rate := self._value(self._own.get(tenant, self._defaults), "events_per_second"):
            self._spend(tenant, 1, rate)

    def take_upto(self, tenant: int, events: int) -> tuple[int, LimitExceeded | None]:
        """Take as many of these events (1 or more) from a tenant's rate as it has room for: how many, why no more."""
        rate = self._value(self._own.get(tenant, self._defaults), "events_per_second")
        room = min(events, max(0, int(self._bucket(tenant, rate).left))) if rate else events
        try:
            self.take(tenant, room or 1)
        except LimitExceeded as error:
            return 0, error
        return room, _exceeded(rate, 1 / rate) if room < events else None

    def charge(self, tenant: int, events: int) -> None:
        """Charge a tenant's rate for events that the server stores for it: it runs into debt, and is never refused."""
        if events and self._value(self._own.get(tenant, self._defaults), "events_per_second"):
            self._debit(tenant, events)
            self._shared.count(KIND, str(tenant), events)

    def _debit(self, tenant: int, events: int) -> None:
        rate = self._value(self._own.get(tenant, self._defaults), "events_per_second")
        if rate and events:
            bucket = self._bucket(tenant, rate)
            bucket.left = max(bucket.left - events, -DEBT_S * rate)

    def shortage(self, tenant: int) -> str | None:
        """The reason why nothing more may be stored for a tenant at present; None where it may.

        Its debt may be as large as what it can save up, so that calls are refused long before runs fail.
        """
        quota = self._own.get(tenant, self._defaults)
        rate = self._value(quota, "events_per_second")
        if rate and self._bucket(tenant, rate).left < -max(rate * BURST_S, 1.0):
            return f"quota: this tenant may store {rate:,} events a second"
        if self._is_full(tenant, quota):
            return "quota: this tenant stores the bytes of events that it may"
        return None

    def exhausted(self) -> frozenset[int]:
        """The tenants for which what can wait is put off: those that are in debt, and those whose storage is full."""
        return frozenset(tenant for tenant in self._buckets.keys() | self._used.keys() if self._is_exhausted(tenant))

    def stored_bytes(self, tenant: int) -> int:
        """Bytes of all events of a tenant, as of the last round."""
        return self._used.get(tenant, _NOTHING).bytes

    def subscriptions(self, tenant: int) -> int:
        """Number of subscriptions that a tenant may have."""
        return self._value(self._own.get(tenant, self._defaults), "subscriptions") or MAX_NUMBER

    async def run(self) -> None:
        """Follow quotas and usage, until cancelled."""
        heartbeat = heartbeats.current()
        while True:
            try:
                with heartbeat.round():
                    while self._may_have_changed() and await self.run_once() == SPAN:
                        heartbeat.beat()
            except (Unavailable, Overloaded) as error:
                logger.warning("usage_not_counted", error=error.message)
            except LostRace:
                continue
            await self._clock.sleep(SHARED_POLL_S if self._database.is_shared else POLL_S)

    def _may_have_changed(self) -> bool:
        """Whether usage or quotas may have changed since the last round."""
        is_ours = self._lease is None or self._lease.is_held
        uncounted = self._database.heads.events if is_ours else None
        state = (self._counted.value, self._database.look.version(identity.VERSION_KIND), uncounted)
        now_s, before = self._clock.monotonic(), self._seen
        self._seen = state
        if state == before and now_s < self._look_at:
            return False
        self._look_at = now_s + LOOK_S
        return True

    async def run_once(self) -> int:
        """Read quotas, and count the next events of each shard, if any; the most of one shard, at most SPAN."""
        async with self._database.read() as conn:
            self._own = await quotas.quotas(conn)
        head = self._database.heads.events
        is_ours = self._lease is None or self._lease.is_held
        counted = await self._count() if is_ours and head != self._read_at else 0
        if is_ours and counted < SPAN:
            self._read_at = head
        async with self._database.read() as conn:
            self._used = await quotas.usage(conn)
        return counted

    async def _count(self) -> int:
        return max([await self._count_in(shard) for shard in range(self._database.shards)])

    async def _count_in(self, shard: int) -> int:
        head = self._database.heads[shard].seq
        if self._measured.get(shard) == head:
            return 0
        async with self._database.read() as conn:
            old = await quotas.position(conn, shard)
        if old is None:
            name, old = in_shard(quotas.CURSOR, shard), start_of(shard)
            await self._database.write_queue.run(lambda conn: consumers.start(conn, name, at=start_of(shard)))
        self._measured[shard] = new = await self._measure(shard, old)
        return new - old

    async def _measure(self, shard: int, old: int) -> int:
        async with self._database.read() as conn:
            new = min(old + SPAN, await log.head(conn, shard))
            if new == old:
                return old
            found = await quotas.measured(conn, after=old, upto=new)
            caused = await quotas.caused(conn, after=old, upto=new)
        try:
            await self._database.write_queue.run(lambda conn: quotas.add(conn, found, old=old, new=new))
        except Exception as error:
            if is_transient(error):
                raise
            await self._database.write_queue.run(lambda conn: quotas.add_apart(conn, found, old=old, new=new))
        for tenant, events in caused.items():
            self.charge(tenant, events)
        return new

    def _value(self, quota: Quota, name: str) -> int:
        own: int | None = getattr(quota, name)
        return int(getattr(self._defaults, name) or 0) if own is None else own

    def _spend(self, tenant: int, events: int, rate: int) -> None:
        bucket, most = self._bucket(tenant, rate), max(rate * BURST_S, 1.0)
        if bucket.left < min(events, most):  # a batch that is larger than what can be saved up takes all of it
            wait_s = (min(events, most) - bucket.left) / rate
            raise _exceeded(rate, wait_s)
        bucket.left -= events
        self._shared.count(KIND, str(tenant), events)

    def _bucket(self, tenant: int, rate: int) -> _Bucket:
        """A tenant's tokens as of now."""
        now, most = self._clock.monotonic(), max(rate * BURST_S, 1.0)
        bucket = self._buckets.setdefault(tenant, _Bucket(most, now))
        bucket.left, bucket.at = min(most, bucket.left + (now - bucket.at) * rate), now
        return bucket

    def _is_full(self, tenant: int, quota: Quota) -> bool:
        room = self._value(quota, "storage_bytes")
        return bool(room) and self.stored_bytes(tenant) >= room

    def _is_exhausted(self, tenant: int) -> bool:
        quota = self._own.get(tenant, self._defaults)
        rate = self._value(quota, "events_per_second")
        return self._is_full(tenant, quota) or (bool(rate) and self._bucket(tenant, rate).left < 0)


_NOTHING: Final = Usage()


def _exceeded(rate: int, wait_s: float) -> LimitExceeded:
    return LimitExceeded(
        f"This tenant may store {rate:,} events a second; each change of configuration is one.", retry_after_s=wait_s
    )
