"""Recoveries: expired deliveries sent again in bulk, with a count before, progress, and the outcome of each.

A recovery is worked off in the background in bounded transactions. Each takes up expired deliveries, as items, and
moves the recovery on, so that a crash repeats nothing. That a delivery was taken up says nothing yet: its outcome is
that of the delivery itself.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store import recoveries
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.recoveries import (
    CANCELLED,
    DONE,
    PENDING,
    QUEUEING,
    SENDING,
    ExpiredDelivery,
    RecoveredDelivery,
    Recovery,
    RecoveryFilter,
    ScanPosition,
)
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.subscription_lookup import find_subscription
from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import InvalidInput, LimitExceeded, LostRace, NotFound
from tidings_server.platform.scope import Scope
from tidings_server.storage.bisection import PausedRows, is_transient, set_aside
from tidings_server.storage.database import Database
from tidings_server.storage.shared_look import rest

BATCH: Final = 500
MAX_COUNTED: Final = 10_000
"""Expired deliveries that a preview looks at."""
MAX_PENDING: Final = 5_000
"""Deliveries of a recovery that may wait before it takes up more."""
MAX_UNFINISHED: Final = 10
"""Recoveries of a tenant that go on at once."""
IDLE_S: Final = 1.0
REASON: Final = "its recovery was cancelled"

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RecoveryRequest:
    """The deliveries that are asked for. Instants are microseconds; `until` None: now."""

    subscription_id: str
    since: int
    until: int | None
    error_type: str
    http_status: int | None


class RecoveryPreview(NamedTuple):
    """Expired deliveries that match, by error type and HTTP status; `is_lower_bound` where there may be more."""

    by_error: Mapping[tuple[str, int | None], int]
    is_lower_bound: bool

    @property
    def deliveries(self) -> int:
        return sum(self.by_error.values())


class RecoveryProgress(NamedTuple):
    """A recovery, its subscription where it is of one, and the number of its deliveries by their outcomes."""

    recovery: Recovery
    subscription_id: str | None
    outcomes: Mapping[str, int]


class Recoveries:
    """The use cases, and the worker: `run`, or `run_once` for one step of each recovery."""

    def __init__(self, database: Database, *, clock: Clock, ids: Ids, on_queued: Callable[[], None]) -> None:
        """`on_queued` is called when there is something new to deliver."""
        self._database = database
        self._clock = clock
        self._ids = ids
        self._on_queued = on_queued
        self._news = asyncio.Event()
        self._paused = PausedRows(clock)
        self._unfinished = database.look.fact("recoveries", recoveries.HAS_UNFINISHED)

    async def preview(self, scope: Scope, request: RecoveryRequest) -> RecoveryPreview:
        """Counts what would be sent again. Raises NotFound for the subscription, InvalidInput for the range."""
        of = await self._filter(scope, request)
        counts: Counter[tuple[str, int | None]] = Counter()
        looked_at, position = 0, ScanPosition()
        while looked_at < MAX_COUNTED:
            rows, following = await self._next(of, position)
            counts.update((row.error_type, row.http_status) for row in _matching(of, rows))
            if following is None:
                return RecoveryPreview(counts, is_lower_bound=False)
            looked_at, position = looked_at + len(rows), following
        return RecoveryPreview(counts, is_lower_bound=True)

    async def create(self, scope: Scope, request: RecoveryRequest) -> RecoveryProgress:
        """Begins a recovery. Raises as `preview`, and LimitExceeded where too many of the tenant's go on."""
        expected = (await self.preview(scope, request)).deliveries
        new = Recovery(
            id=scope.reserved_id or self._ids.uuid7(),
            of=await self._filter(scope, request),
            state=QUEUEING,
            expected=expected,
            position=ScanPosition(),
            created_at=self._clock.now_us(),
            created_by=scope.actor,
        )

        async def transaction(conn: AsyncConnection) -> None:
            if await recoveries.count_unfinished(conn, scope.tenant) >= MAX_UNFINISHED:
                raise LimitExceeded(f"{MAX_UNFINISHED} recoveries of this tenant go on; wait for one, or cancel it.")
            await recoveries.add(conn, new)

        await self._database.write_queue.run(transaction)
        self._news.set()
        return await self.get(scope, new.id)

    async def get(self, scope: Scope, recovery_id: str) -> RecoveryProgress:
        """A recovery as it is now. Raises NotFound."""
        async with self._database.read() as conn:
            [progress] = await self._progress(conn, [await _existing(conn, scope, recovery_id)])
        return progress

    async def newest(self, scope: Scope, *, after: str = "", limit: int = 100) -> Sequence[RecoveryProgress]:
        """Recoveries that are older than `after`, newest first. Raises InvalidInput where there is none of that id."""
        async with self._database.read() as conn:
            found = await recoveries.page(conn, scope.tenant, application=scope.application, after=after, limit=limit)
            return await self._progress(conn, found)

    async def items(self, scope: Scope, recovery_id: str, *, after: int, limit: int) -> Sequence[RecoveredDelivery]:
        """Deliveries of a recovery whose number is above `after`, in order. Raises NotFound."""
        async with self._database.read() as conn:
            stored = await _existing(conn, scope, recovery_id)
            return await recoveries.items(conn, stored, after=after, limit=limit)

    async def cancel(self, scope: Scope, recovery_id: str) -> RecoveryProgress:
        """Ends a recovery; what is being sent keeps the outcome that it will have. Idempotent. Raises NotFound."""
        async with self._database.read() as conn:
            stored = await _existing(conn, scope, recovery_id)
        now = self._clock.now_us()
        if stored.finished_at is None:
            await self._database.write_queue.run(
                lambda conn: recoveries.finish(conn, stored, {}, state=CANCELLED, now=now, before=(QUEUEING, SENDING))
            )
            while await self._database.write_queue.run(
                lambda conn: recoveries.give_up(conn, stored, reason=REASON, now=now, limit=BATCH)
            ):
                pass
        return await self.get(scope, recovery_id)

    async def run(self) -> None:
        """Works recoveries off until cancelled."""
        heartbeat = heartbeats.current()
        while True:
            self._news.clear()
            try:
                with heartbeat.round():
                    has_moved = await self.run_once()
                if has_moved:
                    continue
            except Exception:  # the worker's loop: a database that is busy now is read again
                logger.exception("recoveries.failed")
            await rest(self._news, interval_s=IDLE_S, may_be_work=lambda: self._unfinished.allows(bool))

    async def run_once(self) -> bool:
        """One step of every recovery that may go on; whether one has taken up deliveries."""
        async with self._database.read() as conn:
            found = await recoveries.unfinished(conn)
        paused = self._paused.active()
        steps = [await self._try_step(each) for each in found if each.id not in paused]
        return any(steps)

    async def _try_step(self, stored: Recovery) -> bool:
        """One step; a recovery whose step fails is paused, and the others go on."""
        try:
            moved = await (self._queue(stored) if stored.state == QUEUEING else self._settle(stored))
        except Exception as error:
            if is_transient(error):
                raise
            set_aside("recoveries", error, recovery=stored.id)
            self._paused.add(stored.id)
            return False
        heartbeats.current().beat()
        return moved

    async def _queue(self, stored: Recovery) -> bool:
        """Takes up the next deliveries, unless enough of them wait already."""
        async with self._database.read() as conn:
            counts = await recoveries.outcomes(conn, stored)
        if counts.get(PENDING, 0) >= MAX_PENDING:
            return False
        rows, following = await self._next(stored.of, stored.position)
        ids, now = [row.id for row in _matching(stored.of, rows)], self._clock.now_us()

        async def transaction(conn: AsyncConnection) -> None:
            position = following or stored.position
            await recoveries.move(conn, stored, position=position, state=SENDING if following is None else QUEUEING)
            if ids and await recoveries.start(conn, stored, ids, now=now):
                key = (following or stored.position).subscription
                await table.end_pause(conn, key, tenant_id=stored.of.tenant_id, now=now)

        with suppress(LostRace):  # another process has done this step, or it was cancelled
            await self._database.write_queue.run(transaction)
            self._on_queued()
        return True

    async def _settle(self, stored: Recovery) -> bool:
        """Ends a recovery once each of its deliveries has an outcome, or no subscription any more."""
        async with self._database.read() as conn:
            if await recoveries.is_pending(conn, stored):
                return False
            counts = await recoveries.outcomes(conn, stored)
        now = self._clock.now_us()
        await self._database.write_queue.run(
            lambda conn: recoveries.finish(conn, stored, counts, state=DONE, now=now, before=(SENDING,))
        )
        return False

    async def _next(
        self, of: RecoveryFilter, position: ScanPosition
    ) -> tuple[Sequence[ExpiredDelivery], ScanPosition | None]:
        """The next expired deliveries of the range, of one subscription, and the last of them; None after all."""
        async with self._database.read() as conn:
            key = await recoveries.next_subscription(conn, of, after=position.subscription)
            while key is not None:
                position = position if key == position.subscription else ScanPosition(key)
                if rows := await recoveries.expired(conn, of, after=position, limit=BATCH):
                    return rows, ScanPosition(key, rows[-1].expired_at, rows[-1].id)
                key = await recoveries.next_subscription(conn, of, after=key + 1)
        return [], None

    async def _filter(self, scope: Scope, request: RecoveryRequest) -> RecoveryFilter:
        subscription: Subscription | None = None
        if request.subscription_id:
            async with self._database.read() as conn:
                subscription = await find_subscription(conn, scope, request.subscription_id)
        until = self._clock.now_us() if request.until is None else request.until
        if until < request.since:
            raise InvalidInput.of("until", "must not lie before `since`")
        return RecoveryFilter(
            tenant_id=scope.tenant,
            subscription_key=None if subscription is None else subscription.key,
            application=scope.application,
            since=request.since,
            until=min(until, self._clock.now_us()),
            error_type=request.error_type,
            http_status=request.http_status,
        )

    async def _progress(self, conn: AsyncConnection, found: Sequence[Recovery]) -> list[RecoveryProgress]:
        keys = sorted({each.of.subscription_key for each in found if each.of.subscription_key is not None})
        subscriptions = await table.by_keys(conn, keys) if keys else {}
        return [
            RecoveryProgress(
                each,
                None if each.of.subscription_key is None else subscriptions[each.of.subscription_key].id,
                await _outcomes(conn, each),
            )
            for each in found
        ]


async def _outcomes(conn: AsyncConnection, stored: Recovery) -> Mapping[str, int]:
    """Outcomes of its deliveries; of one that is done as they were then, since deliveries go with their events."""
    if stored.state != DONE:
        return await recoveries.outcomes(conn, stored)
    counts = stored.delivered, stored.failed, stored.cancelled
    outcomes = recoveries.DELIVERED, recoveries.FAILED, CANCELLED
    return {outcome: count or 0 for outcome, count in zip(outcomes, counts, strict=True)}


def _matching(of: RecoveryFilter, rows: Iterable[ExpiredDelivery]) -> list[ExpiredDelivery]:
    return [row for row in rows if of.error_type in {"", row.error_type} and of.http_status in {None, row.http_status}]


async def _existing(conn: AsyncConnection, scope: Scope, recovery_id: str) -> Recovery:
    stored = await recoveries.get(conn, scope.tenant, recovery_id, application=scope.application)
    if stored is None:
        raise NotFound("There is no such recovery.")
    return stored
