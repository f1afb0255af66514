"""Running a consumer: every event takes effect exactly once, and a failing one holds up its own key alone.

The cursor always moves on (see consumer_cursor.py). An event whose plan or effects fail is stored as failed, and so are
the later events of its key (see failed_events.py); all others go on. Source: DESIGN.md section 3.
"""

from collections.abc import Callable, Sequence
from typing import Final

import structlog

from tidings_server.log.checkpoints import CheckpointStore, LogCheckpoints
from tidings_server.log.consumer import NO_EFFECT, Consumer, SecondInput
from tidings_server.log.consumer_cursor import SETTLE_S, ConsumerCursor
from tidings_server.log.failed_events import FailedEvents
from tidings_server.log.feed import Feed
from tidings_server.log.ownership import WorkLease
from tidings_server.log.pauses import Pauses
from tidings_server.platform import failpoints, heartbeats
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import LostRace, Overloaded, Unavailable
from tidings_server.platform.signals import Signal
from tidings_server.platform.turns import BACKGROUND_S, Turn, give_way, next_turn, owner
from tidings_server.storage.bisection import is_transient
from tidings_server.storage.database import Database
from tidings_server.storage.database_errors import storage_fault
from tidings_server.storage.log.cache import MAX_EVENTS
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.shards import in_shard

PAGE: Final = 250
GATHER_S: Final = 0.03
PAUSE_S: Final = 0.5
"""The pause after the database or the write queue has refused."""
QUIET_S: Final = 5.0

logger = structlog.get_logger(__name__)


class ConsumerRunner:
    """Drives one consumer along a shard. Of several processes the one does that has the lease (`use_lease`)."""

    def __init__(
        self,
        consumer: Consumer,
        *,
        feed: Feed,
        database: Database,
        clock: Clock,
        shard: int = 0,
        checkpoints: CheckpointStore | None = None,
        start_at: int = 0,
        page_size: int = PAGE,
        gather_s: float = GATHER_S,
        gather_each_s: float = GATHER_S,
        on_commit: Callable[[], None] | None = None,
        is_waited_for: Signal | None = None,
        second_input: SecondInput | None = None,
        is_repeatable: bool = False,
    ) -> None:
        """`checkpoints` is beside the log if not given; `start_at` the event after which a new consumer begins.

        A pause lasts `gather_each_s` for each event of the page, at most `gather_s`: where few come, the next of them
        need not wait. While `is_waited_for` is set there is none. `on_commit` is called after each transaction. With a
        `second_input` the consumer plans without events, too, where the log has no new ones. `is_repeatable`: its
        effects follow from the log alone and append nothing to it, so they need not be durable at once.
        """
        self.name, self.shard = in_shard(consumer.name, shard), shard
        self._consumer = consumer
        self._feed = feed
        self._database = database
        self._clock = clock
        self._page_size = page_size
        self._pauses = Pauses(feed, gather_s=gather_s, gather_each_s=gather_each_s, is_waited_for=is_waited_for)
        self._on_commit = on_commit
        self._second_input = second_input
        checkpoints = checkpoints or LogCheckpoints(database)
        self._failed = FailedEvents(
            consumer, self.name, database, checkpoints=checkpoints, clock=clock, on_commit=self._committed
        )
        self.cursor = ConsumerCursor(
            self.name,
            shard=shard,
            start_at=start_at,
            checkpoints=checkpoints,
            failed=self._failed,
            database=database,
            clock=clock,
            is_repeatable=is_repeatable,
            on_commit=self._committed,
        )
        self._busy_at = 0.0
        self._turn: Turn | None = None

    @property
    def position(self) -> int:
        """The last event that has taken effect, as far as this process knows."""
        return self.cursor.position

    def use_lease(self, lease: WorkLease) -> None:
        """Run only while this process has the lease; its token guards the cursor."""
        self.cursor.use_lease(lease)

    @property
    def is_here(self) -> bool:
        """Whether this process runs the consumer, as far as it knows."""
        return self.cursor.is_here

    def lag(self) -> int:
        """Events of the log that have not taken effect; 0 where another process runs the consumer."""
        return self._database.heads[self.shard].seq - self.position if self.is_here else 0

    async def reached(self) -> int:
        """The last event that has taken effect, wherever the consumer runs."""
        return await self.cursor.reached()

    def pending(self) -> Sequence[StoredEvent] | None:
        """The events that have not taken effect; None when only the database knows: others run too, or some failed."""
        if self._database.is_shared or self._failed.may_exist or not self.cursor.is_known:
            return None
        return self._database.log_cache.after(self.position, MAX_EVENTS, reaching=self._database.heads[self.shard].seq)

    async def reach(self, seq: int, timeout_s: float) -> bool:
        """Whether event number `seq` has taken effect, or does within `timeout_s`. A runner that pauses goes on."""
        if self.is_here and await self.cursor.begin() < seq:
            self.wake()
        return await self.cursor.reach(seq, timeout_s)

    @property
    def is_quiet(self) -> bool:
        """Whether a second input, which nobody tells of, is read less often for want of events."""
        return self._clock.monotonic() - self._busy_at > QUIET_S

    def wake(self) -> None:
        """End the present pause."""
        self._pauses.wake()

    async def run(self) -> None:
        """Follow the log until cancelled."""
        heartbeat = heartbeats.current()
        owner.set(self.name)
        self.cursor.forget()
        while True:
            try:
                with heartbeat.round():
                    processed = await self.run_once()
                if processed:
                    self._busy_at = self._clock.monotonic()
                if processed < self._page_size:
                    await self._rest(processed)
            except (Unavailable, Overloaded) as error:
                logger.warning("consumer_waits", consumer=self.name, error=error.message)
                await self._clock.sleep(PAUSE_S)

    async def run_once(self) -> int:
        """Process the next page of the log, then retry what is due; the number of events, a full page if more is due.

        Raises Unavailable and Overloaded when nothing could be written: the same will be tried again.
        """
        try:
            position = await self.cursor.begin()
            if self._second_input is not None:
                await self._second_input.read()
            turn, events = None, list[StoredEvent]()
            if self._feed.has_more(position) or self._second_input is not None:
                turn = await self._begin_turn()
                events = await self._feed.read(position, self._page_size)
                await turn.give()
                await self._process(events)
            self._turn = turn if len(events) == self._page_size else None
            await self.cursor.settle(is_idle=not events)
            has_more = await self._failed.retry_due(is_busy=bool(events) or self.cursor.is_leased)
            has_more = has_more or (self._second_input is not None and self._second_input.has_more)
            return self._page_size if has_more else len(events)
        except LostRace:
            self.cursor.forget()
            return self._page_size
        except Exception as error:
            if fault := storage_fault(error):
                raise fault from error
            raise

    async def _begin_turn(self) -> Turn:
        """A turn of the loop, which goes on from page to page of those that are passed in a moment."""
        if self._turn is None:
            await next_turn()
            return Turn(BACKGROUND_S)
        await self._turn.give()
        return self._turn

    async def _rest(self, processed: int) -> None:
        if self._second_input is not None:
            await (self._pauses.for_event_or_wake(self.position) if self.is_quiet else self._pauses.for_all())
            return
        await self._pauses.for_more(processed)
        await self._pauses.for_event(self.position, SETTLE_S if self.cursor.is_behind else self._failed.look_pause_s)

    async def _process(self, events: Sequence[StoredEvent]) -> None:
        """Carry out a page in one transaction; when that fails, in halves, storing events that fail alone."""
        concerned = [event for event in events if self._consumer.concerns(event)]
        blocked = await self._failed.blocked(concerned)
        ready = [event for event in concerned if self._consumer.key(event) not in blocked] if blocked else concerned
        try:
            plan = await self._consumer.plan(ready) if ready or self._second_input is not None else NO_EFFECT
            if plan.covered < len(ready):
                events = [event for event in events if event.seq < ready[plan.covered].seq]
            new = events[-1].seq if events else self.position
            passed = [event for event in concerned if event.seq <= new] if blocked else []
            behind = [event for event in passed if self._consumer.key(event) in blocked]
            if plan.is_empty and not behind:
                self.cursor.skip(new, plan)
            else:
                await self.cursor.commit(new, plan=plan, failed=self._failed.behind(behind))
        except Exception as error:
            if is_transient(error) or not events:
                raise
            if len(events) == 1:
                await self.cursor.commit(events[0].seq, failed=[self._failed.first_failure(events[0], error)])
            else:
                half = len(events) // 2
                for part in (events[:half], events[half:]):
                    while part := [event for event in part if event.seq > self.position]:
                        await give_way()
                        await self._process(part)

    def _committed(self) -> None:
        failpoints.hit(f"{self.name}.after_commit")
        if self._on_commit is not None:
            self._on_commit()
