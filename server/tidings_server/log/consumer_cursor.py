"""The cursor of a consumer in its shard: the last event that has taken effect.

It moves in one transaction with the effects, guarded by its old value and by the lease of who moves it, so both are
committed or neither. Events without effects take no transaction of their own: the cursor passes them in memory, and is
written with the next effects, or a moment later.
"""

from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.checkpoints import CheckpointStore
from tidings_server.log.consumer import NO_EFFECT, Plan
from tidings_server.log.failed_events import FailedEvents, FailedRow
from tidings_server.log.ownership import WorkLease
from tidings_server.log.stored_position import StoredPosition
from tidings_server.platform import failpoints
from tidings_server.platform.clock import Clock
from tidings_server.storage.database import Database
from tidings_server.storage.log.head import LogHead
from tidings_server.storage.log.shards import start_of

SETTLE_S: Final = 0.2
"""Longest time for which the stored cursor is behind for want of effects: one write a page would delay appends."""


class ConsumerCursor:
    """One consumer's cursor in one shard, as the process knows it that runs the consumer, and as others read it."""

    def __init__(
        self,
        name: str,
        *,
        shard: int,
        start_at: int,
        checkpoints: CheckpointStore,
        failed: FailedEvents,
        database: Database,
        clock: Clock,
        is_repeatable: bool,
        on_commit: Callable[[], None],
    ) -> None:
        """`name` is the consumer's in its shard; `start_at` the event after which a new consumer begins.

        `is_repeatable`: effects follow from the log alone, so they need not be durable at once. `on_commit` is called
        after each transaction.
        """
        self._name = name
        self._start = start_of(shard)
        self._start_at = max(start_at, self._start)
        self._checkpoints = checkpoints
        self._failed = failed
        self._database = database
        self._clock = clock
        self._is_repeatable = is_repeatable
        self._on_commit = on_commit
        self._lease: WorkLease | None = None
        self._elsewhere = StoredPosition(self._stored, clock)
        self._taken = LogHead(0)
        self._position: int | None = None
        self._written, self._settle_at = 0, 0.0
        self._skipped: list[Plan] = []

    @property
    def position(self) -> int:
        """The last event that has taken effect, as far as this process knows."""
        return self._position or self._start

    @property
    def is_known(self) -> bool:
        """True once this process has begun to run the consumer, and so knows the position."""
        return self._position is not None

    @property
    def is_here(self) -> bool:
        """True while this process runs the consumer, as far as it knows."""
        return self._lease is None or self._lease.is_held

    @property
    def is_leased(self) -> bool:
        """True while a lease of this process guards the cursor."""
        return self._token is not None

    @property
    def is_behind(self) -> bool:
        """True while events without effects were passed that the stored cursor has not passed yet."""
        return bool(self._skipped)

    def use_lease(self, lease: WorkLease) -> None:
        """Move only while this process has the lease; its token guards the cursor."""
        self._lease = lease

    def forget(self) -> None:
        """Read the position again before going on: another process may have moved it."""
        self._position = None
        self._skipped.clear()

    async def reached(self) -> int:
        """The last event that has taken effect, wherever the consumer runs."""
        return self.position if self.is_here and self.is_known else await self._elsewhere.get()

    async def reach(self, seq: int, timeout_s: float) -> bool:
        """Wait up to `timeout_s` for event number `seq` to take effect, wherever the consumer runs; True if it has."""
        if not self.is_here:
            return await self._elsewhere.reach(seq, timeout_s)
        if self.position < seq:
            await self._taken.wait(seq - 1, timeout_s)
        return self.position >= seq

    async def begin(self) -> int:
        """The position to go on from, which a new consumer stores first."""
        if self._position is None:
            self._failed.may_exist = True  # others may have run since
            stored = await self._checkpoints.position(self._name)
            if stored is None:
                cursors, name, at, token = self._checkpoints.cursors, self._name, self._start_at, self._token
                await self._checkpoints.run(lambda conn: cursors.start(conn, name, at=at, token=token))
                stored = await self._stored()
            self._written = stored
            self._move_to(stored)
        return self.position

    def skip(self, new: int, plan: Plan) -> None:
        """Pass events without effects up to number `new`; the stored cursor comes after."""
        if new == self._position:
            return
        if not self._skipped:
            self._settle_at = self._clock.monotonic() + SETTLE_S
        if plan is not NO_EFFECT or not self._skipped:
            self._skipped.append(plan)
        self._move_to(new)

    async def settle(self, *, is_idle: bool) -> None:
        """Store a position that is only in memory, where it has been so for long, or nothing else is to be done."""
        if self._skipped and (is_idle or self._clock.monotonic() >= self._settle_at):
            await self.commit(self.position)

    async def commit(self, new: int, *, plan: Plan | None = None, failed: Sequence[FailedRow] = ()) -> None:
        """Move to event number `new`, and with that write a plan's effects and the events that failed or wait.

        Raises LostRace when another process has moved the cursor, or has the lease.
        """
        now, old, plans = self._clock.now_us(), self._written, [*self._skipped, *([plan] if plan else [])]
        is_together, token = self._checkpoints.is_beside_log, self._token

        async def transaction(conn: AsyncConnection) -> None:
            failpoints.hit(f"{self._name}.before_cursor")
            await self._checkpoints.cursors.move(conn, self._name, old=old, new=new, token=token)
            failpoints.hit(f"{self._name}.after_cursor")
            for each in plans:
                await each.apply(conn)
            if failed and is_together:
                await self._failed.add(conn, failed, now=now)
            failpoints.hit(f"{self._name}.before_commit")

        if failed:
            self._failed.may_exist = True
            if not is_together:  # before the cursor passes them: a death in between repeats events, and skips none
                await self._database.write_queue.run(lambda conn: self._failed.add(conn, failed, now=now))
        is_repeatable = not failed and (self._is_repeatable or all(each.is_empty for each in plans))
        await self._checkpoints.run(transaction, is_repeatable=is_repeatable)
        self._written = new
        self._skipped.clear()
        self._move_to(new)
        self._on_commit()

    @property
    def _token(self) -> int | None:
        return self._lease.token if self._lease else None

    async def _stored(self) -> int:
        return await self._checkpoints.position(self._name) or self._start

    def _move_to(self, position: int) -> None:
        self._position = position
        self._taken.advance(position)
