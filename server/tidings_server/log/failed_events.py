"""Failed events of one consumer: later events of their key wait behind them, they are retried, and given up at last.

An event is retried after 1, 4, 16, 64, 256 and then every 300 seconds. After the last try it becomes a dead letter,
listed for the operator, and the next event of its key goes on.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.checkpoints import CheckpointStore
from tidings_server.log.consumer import Consumer, Plan
from tidings_server.log.store import failed_events
from tidings_server.log.store.failed_events import FailedEvent
from tidings_server.platform.clock import Clock
from tidings_server.platform.texts import storable
from tidings_server.storage.bisection import is_transient
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import StoredEvent

DUE_PAGE: Final = 50
RETRY_FIRST_S: Final = 1.0
RETRY_FACTOR: Final = 4.0
RETRY_CAP_S: Final = 300.0
RETRIES: Final = 8
"""About twenty minutes in all."""
LOOK_S: Final = 0.5
IDLE_LOOK_S: Final = 1.0
"""Interval of the looks for a failed event that is due, of a consumer that has nothing else to do."""
SHARED_LOOK_S: Final = 3.0
"""Interval of the looks for dead letters that an operator has given back, of a consumer without failed events."""

FailedRow = dict[str, Any]

logger = structlog.get_logger(__name__)


class FailedEvents:
    """The failed events of one consumer, as its runner needs them."""

    def __init__(
        self,
        consumer: Consumer,
        name: str,
        database: Database,
        *,
        checkpoints: CheckpointStore,
        clock: Clock,
        on_commit: Callable[[], None],
    ) -> None:
        """`name` is the consumer's in its shard. `on_commit` is called after each retry that succeeds."""
        self._consumer = consumer
        self._name = name
        self._database = database
        self._checkpoints = checkpoints
        self._clock = clock
        self._on_commit = on_commit
        self._is_alone = not database.is_shared
        self._look_at = 0.0
        self._any_queued = database.look.fact("failed_events", failed_events.HAS_ANY_QUEUED)
        self.may_exist = True
        """Whether some event of the consumer may be to be retried, as far as this process knows."""

    @property
    def look_pause_s(self) -> float:
        """The longest pause of a consumer that has nothing to do."""
        return IDLE_LOOK_S if self.may_exist else SHARED_LOOK_S

    async def blocked(self, events: Sequence[StoredEvent]) -> set[str]:
        """The keys of these events that have an event to be retried, which theirs must not overtake."""
        if not events or not self.may_exist:
            return set()
        keys = {self._consumer.key(event) for event in events}
        async with self._database.read() as conn:
            return await failed_events.queued_keys(conn, self._name, keys)

    def behind(self, events: Sequence[StoredEvent]) -> list[FailedRow]:
        """Rows of events that wait behind a failed one."""
        return [self._row(event, due_at=failed_events.BEHIND) for event in events]

    def first_failure(self, event: StoredEvent, error: Exception) -> FailedRow:
        """The row of an event that has just failed."""
        logger.warning("consumer_event_failed", consumer=self._name, seq=event.seq, error=type(error).__name__)
        return self._row(event, due_at=self._clock.now_us() + pause_us(0), attempts=1, error=_text(error))

    async def add(self, conn: AsyncConnection, rows: Sequence[FailedRow], *, now: int) -> None:
        """Store rows. One behind a key that has become free since is due at once (`now`, in µs)."""
        behind = [row for row in rows if row["due_at"] == failed_events.BEHIND]
        if behind:
            held = await failed_events.queued_keys(conn, self._name, {row["key"] for row in behind})
            for row in behind:
                row["due_at"] = failed_events.BEHIND if row["key"] in held else now
                held.add(row["key"])
        await failed_events.add(conn, rows)

    async def retry_due(self, *, is_busy: bool) -> bool:
        """Retry what is due; whether anything was. A busy consumer that knows of nothing seldom looks."""
        if not self.may_exist:
            if is_busy and self._clock.monotonic() < self._look_at:
                return False
            if not self._any_queued.allows(bool):
                self._look_at = self._clock.monotonic() + SHARED_LOOK_S
                return False
        async with self._database.read_inline() as conn:
            self.may_exist = await failed_events.has_queued(conn, self._name)
        self._look_at = self._clock.monotonic() + (LOOK_S if self._is_alone else SHARED_LOOK_S)
        if not self.may_exist:
            return False
        async with self._database.read() as conn:
            due = await failed_events.due(conn, self._name, now=self._clock.now_us(), limit=DUE_PAGE)
        for failed in due:
            async with self._database.read() as conn:
                event = next(iter(await log.at(conn, [failed.seq])), None)
            await self._retry(failed, event)
        return bool(due)

    async def _retry(self, failed: FailedEvent, event: StoredEvent | None) -> None:
        """Try once more; one that retention has removed, or that an earlier version kept in vain, has no effects."""
        try:
            wanted = [event] if event is not None and self._consumer.concerns(event) else []
            plan = await self._consumer.plan(wanted) if wanted else None
            await self._carry_out(failed, plan)
        except Exception as error:
            if is_transient(error):
                raise
            await self._note_failure(failed, _text(error))

    async def _carry_out(self, failed: FailedEvent, plan: Plan | None) -> None:
        """Write the effects, and remove the failed event: in one transaction, or else in this order."""
        if plan is not None and not self._checkpoints.is_beside_log:
            await self._checkpoints.run(plan.apply)
            plan = None

        async def transaction(conn: AsyncConnection) -> None:
            await failed_events.remove(conn, failed, now=self._clock.now_us())
            if plan is not None:
                await plan.apply(conn)

        await self._database.write_queue.run(transaction)
        self._on_commit()

    async def _note_failure(self, failed: FailedEvent, error: str) -> None:
        now, name, queue = self._clock.now_us(), self._name, self._database.write_queue
        if failed.attempts >= RETRIES:
            logger.error("consumer_event_dead", consumer=name, seq=failed.seq, key=failed.key, error=error)
            await queue.run(lambda conn: failed_events.give_up(conn, failed, now=now, error=error))
            return
        due_at = now + pause_us(failed.attempts)
        await queue.run(lambda conn: failed_events.postpone(conn, failed, due_at=due_at, error=error))

    def _row(self, event: StoredEvent, *, due_at: int, attempts: int = 0, error: str = "") -> FailedRow:
        return {
            "consumer": self._name,
            "key": self._consumer.key(event),
            "seq": event.seq,
            "tenant_id": event.tenant_id,
            "attempts": attempts,
            "due_at": due_at,
            "error": error,
        }


def pause_us(attempts: int) -> int:
    """The pause (µs) after so many tries before this one."""
    return int(min(RETRY_FIRST_S * RETRY_FACTOR**attempts, RETRY_CAP_S) * 1_000_000)


def _text(error: Exception) -> str:
    return storable(f"{type(error).__name__}: {error}", max_bytes=failed_events.MAX_ERROR)
