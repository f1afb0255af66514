"""Replays of a range of the log to one subscription: a new one's backlog, and ranges that a client requests.

A replay is worked off in the background in bounded transactions, each moving its own cursor, never far ahead of what
has been delivered. A backlog comes before everything newer; a replay that a client requests goes among the retries, so
that new events do not wait behind it.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.dispatch.fair_queue import FairQueue
from tidings_server.delivery.matching import SubscriptionMatcher
from tidings_server.delivery.router import new_delivery, triggers
from tidings_server.delivery.store import deliveries, replays
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.deliveries import NewDelivery, Priority
from tidings_server.delivery.store.replays import Replay
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.subscription_lookup import find_subscription
from tidings_server.log.ranges import LogRanges
from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import InvalidInput, LimitExceeded, LostRace
from tidings_server.platform.scope import Scope
from tidings_server.platform.turns import BACKGROUND_S, Turn, has_others
from tidings_server.storage.bisection import PausedRows, is_transient, set_aside
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.shared_look import rest

MAX_ROWS: Final = 500
SHARED_ROWS: Final = 50
"""Events of one step while other tenants call: theirs wait for its transaction for some milliseconds."""
MAX_SPAN: Final = 5_000
"""Positions that one step looks at: other tenants' events between are read past."""

MAX_AHEAD: Final = 5_000
"""Deliveries of a subscription that may wait before its replay pauses."""
MAX_FAILURES: Final = 3
"""Steps of a replay that may fail, a minute apart; a failure of the database counts for none."""
MAX_UNFINISHED: Final = 100
"""Replays of a tenant's requests that may go on; backlogs of subscriptions are not among them."""
MAX_STEPS: Final = 100
"""Steps before new replays are looked for."""
MAX_COUNTED: Final = 10_000
MAX_PREVIEWED: Final = 50_000
"""Positions that a preview looks at: nothing else of it is waited for."""
IDLE_S: Final = 1.0

logger = structlog.get_logger(__name__)


class AcceptedReplay(NamedTuple):
    """A replay that was accepted. `events` of its range match the subscription; counted up to `MAX_COUNTED`."""

    replay_id: str
    events: int


class ReplayPreview(NamedTuple):
    """Events of a range that match a subscription; `is_lower_bound`: the range is longer than `MAX_PREVIEWED`."""

    events: int
    is_lower_bound: bool


class Replays:
    """The use case, and the worker: `run`, or `run_once` for some steps of the replays."""

    def __init__(
        self,
        database: Database,
        matcher: SubscriptionMatcher,
        backlog: LogRanges,
        *,
        clock: Clock,
        ids: Ids,
        on_queued: Callable[[], None],
    ) -> None:
        """`on_queued` is called when there is something new to deliver."""
        self._database = database
        self._matcher = matcher
        self._backlog = backlog
        self._clock = clock
        self._ids = ids
        self._on_queued = on_queued
        self._news = asyncio.Event()
        self._paused = PausedRows(clock)
        self._unfinished = database.look.fact("replays", replays.HAS_UNFINISHED)

    async def replay(self, scope: Scope, subscription_id: str, *, start: str, end: str) -> AcceptedReplay:
        """Accepts a range: after a position or from an instant, to a position or an instant, by default to now.

        Repeated under the id that is reserved for it, it is accepted once. Raises NotFound, and InvalidInput for
        ends that are none and a range that runs backwards, LimitExceeded where too many of the tenant's go on.
        """
        subscription, replay = await self._planned(scope, subscription_id, start=start, end=end)
        events = await self._count(subscription, replay)

        async def transaction(conn: AsyncConnection) -> None:
            others = await replays.count_requested(conn, scope.tenant, beside=replay.id, most=MAX_UNFINISHED)
            if others >= MAX_UNFINISHED:
                raise LimitExceeded(f"{MAX_UNFINISHED} replays of this tenant go on; wait until one is done.")
            await replays.add(conn, replay)

        await self._database.write_queue.run(transaction)
        self.wake()
        return AcceptedReplay(replay.id, events)

    async def preview(self, scope: Scope, subscription_id: str, *, start: str, end: str) -> ReplayPreview:
        """Counts what `replay` of the same range would send, and raises what it would; nothing is stored."""
        subscription, replay = await self._planned(scope, subscription_id, start=start, end=end)
        is_lower_bound = replay.to_seq - replay.from_seq > MAX_PREVIEWED
        return ReplayPreview(await self._count(subscription, replay, most=MAX_PREVIEWED), is_lower_bound)

    async def requested(
        self, scope: Scope, subscription_id: str, *, after: str = "", limit: int = 100
    ) -> Sequence[Replay]:
        """Replays of a subscription that are older than `after`, newest first. Raises NotFound and InvalidInput."""
        async with self._database.read() as conn:
            subscription = await find_subscription(conn, scope, subscription_id)
            return await replays.of_subscription(conn, scope.tenant, subscription.key, after=after, limit=limit)

    async def _planned(
        self, scope: Scope, subscription_id: str, *, start: str, end: str
    ) -> tuple[Subscription, Replay]:
        """The subscription, and the replay of a range to it, which is not stored yet."""
        if not start:
            raise InvalidInput.of("from", "is required: a position or an RFC 3339 time")
        async with self._database.read() as conn:
            subscription = await find_subscription(conn, scope, subscription_id)
        after = await self._backlog.start(scope.tenant, start, field="from")
        upto = await self._backlog.end(scope.tenant, end, field="to")
        if upto < after or self._backlog.is_backwards(start, end):
            raise InvalidInput.of("to", "must not lie before `from`")
        return subscription, Replay(
            id=scope.reserved_id or self._ids.uuid7(),
            tenant_id=scope.tenant,
            subscription_key=subscription.key,
            is_start=False,
            from_seq=after,
            position=after,
            to_seq=upto,
            created_at=self._clock.now_us(),
        )

    def wake(self) -> None:
        """Looks for a new replay soon."""
        self._news.set()

    async def run(self) -> None:
        """Works replays off until cancelled."""
        heartbeat = heartbeats.current()
        while True:
            self._news.clear()
            try:
                with heartbeat.round():
                    has_moved = await self.run_once()
                if has_moved:
                    continue
            except Exception:  # the worker's loop: a database that is busy now is read again
                logger.exception("replays.failed")
            await rest(self._news, interval_s=IDLE_S, may_be_work=lambda: self._unfinished.allows(bool))

    async def run_once(self) -> bool:
        """Steps of the replays that may go on, one of each tenant in turn, at most `MAX_STEPS`; whether there was one.

        A replay goes on with its tenant's next turn, behind the tenant's others.
        """
        queue: FairQueue[Replay] = FairQueue()
        paused = self._paused.active()
        async with self._database.read() as conn:
            found = await replays.unfinished(conn)
        for replay in found:
            if replay.id not in paused:
                queue.add(replay)
        steps = 0
        while steps < MAX_STEPS and (next_replay := queue.take()):
            if moved := await self._try_step(next_replay):
                steps += 1
                if moved.position < moved.to_seq:
                    queue.add(moved)
        return steps > 0

    async def _try_step(self, replay: Replay) -> Replay | None:
        """A replay after one step, None where there was none.

        One whose step fails is paused, and fails for good after `MAX_FAILURES`; the others go on.
        """
        try:
            moved = await self._step(replay)
        except Exception as error:
            if is_transient(error):
                raise
            await self._note_failure(replay, error)
            return None
        heartbeats.current().beat()
        return moved

    async def _note_failure(self, replay: Replay, error: Exception) -> None:
        """A replay that has failed no longer holds back its events from retention, nor what comes after a backlog."""
        set_aside("replays", error, replay=replay.id, subscription=replay.subscription_key)
        self._paused.add(replay.id)
        is_last = replay.failures + 1 >= MAX_FAILURES
        finished_at, reason = self._clock.now_us() if is_last else None, f"could not go on: {type(error).__name__}"
        try:
            await self._database.write_queue.run(
                lambda conn: replays.note_failure(conn, replay, reason=reason, finished_at=finished_at)
            )
        except Exception as again:
            if is_transient(again):
                raise
            set_aside("replays", again, replay=replay.id, subscription=replay.subscription_key)

    async def _step(self, replay: Replay) -> Replay | None:
        async with self._database.read() as conn:
            subscription = (await table.by_keys(conn, [replay.subscription_key])).get(replay.subscription_key)
        if subscription is None:
            return None
        if subscription.deleted_at is not None:
            return await self._move(replay, replay.to_seq, rows=[])
        if not subscription.is_active or await self._is_far_ahead(subscription):
            return None
        events, position = await self._next(replay)
        now = self._clock.now_us()
        rows = [
            new_delivery(
                subscription,
                event,
                due_at=_due_at(replay, event),
                now=now,
                replay_id="" if replay.is_start else replay.id,
                priority=Priority.FIRST if replay.is_start else Priority.RETRY,
            )
            for event in await self._matching(subscription, events)
        ]
        return await self._move(replay, position, rows=rows)

    async def _next(self, replay: Replay) -> tuple[list[StoredEvent], int]:
        """The tenant's next events, and the position behind them."""
        upto = min(replay.to_seq, replay.position + MAX_SPAN)
        most = SHARED_ROWS if has_others(replay.tenant_id) else MAX_ROWS
        async with self._database.read() as conn:
            events = await log.page(conn, after=replay.position, limit=most, upto=upto, tenant=replay.tenant_id)
        is_cut = len(events) == most or sum(len(event.body) for event in events) >= log.PAGE_BYTES
        return events, events[-1].seq if is_cut else upto

    async def _move(self, replay: Replay, position: int, *, rows: list[NewDelivery]) -> Replay:
        """The replay at its new position; as done where another process has moved it, to be read again."""
        finished_at = self._clock.now_us() if position >= replay.to_seq else None

        async def transaction(conn: AsyncConnection) -> None:
            await replays.move(conn, replay, position=position, finished_at=finished_at)
            await deliveries.add(conn, rows)

        try:
            await self._database.write_queue.run(transaction)
        except LostRace:
            return replay._replace(position=replay.to_seq)
        self._on_queued()
        return replay._replace(position=position)

    async def _is_far_ahead(self, subscription: Subscription) -> bool:
        async with self._database.read() as conn:
            waiting = await deliveries.pending(conn, subscription_key=subscription.key, most=MAX_AHEAD)
        return waiting >= MAX_AHEAD

    async def _matching(self, subscription: Subscription, events: Sequence[StoredEvent]) -> list[StoredEvent]:
        """Those of the events that the subscription gets."""
        matching, turn = [], Turn(BACKGROUND_S)
        for event in events:
            if triggers(event) and await self._matcher.refusal(subscription, event, is_backlog=True) is None:
                matching.append(event)
            await turn.give()
        return matching

    async def _count(self, subscription: Subscription, replay: Replay, *, most: int = MAX_COUNTED) -> int:
        """Events of the range that the subscription gets, within its first `most` positions.

        One that is stopped gets them when it is active again.
        """
        subscription = replace(subscription, is_active=True)
        counted, upto = 0, min(replay.to_seq, replay.position + most)
        while replay.position < upto:
            events, position = await self._next(replay._replace(to_seq=upto))
            counted += len(await self._matching(subscription, events))
            replay = replay._replace(position=position)
        return counted


def _due_at(replay: Replay, event: StoredEvent) -> int:
    """An instant before the replay was requested, so before later deliveries, and in the order of the log."""
    return replay.created_at - 1 - (replay.to_seq - event.seq)
