"""Running a reactor: every event takes effect exactly once, and none holds up another key's.

The cursor always moves on. A unit moves it, guarded, and writes the effects, so both happen or neither. Events from
which nothing follows take no unit of their own: the cursor passes them with the next effects. An event whose
plan or effects fail is set back: it and the later events of its key wait in `reactor_retry`, all others go on. After
the last try it is parked, listed for the operator, and its key goes on too. Source: DESIGN.md section 3.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.consumer import Consumer, Feed, Plan
from tidings_server.log.store import consumers
from tidings_server.log.store.consumers import FailedEvent
from tidings_server.platform import failpoints
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import LostRace, Overloaded, Unavailable
from tidings_server.storage.database import Database
from tidings_server.storage.database_errors import storage_fault
from tidings_server.storage.log import events as log
from tidings_server.storage.log.cache import MAX_EVENTS
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.transactions import Transaction

PAGE: Final = 250
DUE_PAGE: Final = 50
RETRY_FIRST_S: Final = 1.0
RETRY_FACTOR: Final = 4.0
RETRY_CAP_S: Final = 300.0
RETRIES: Final = 8
"""After 1, 4, 16, 64, 256 and then every 300 seconds: about twenty minutes in all."""
REST_S: Final = 0.03
"""Between two pages that are not full: a page costs about the same however many events it has."""
IDLE_S: Final = 1.0
PAUSE_S: Final = 0.5
"""How long a runner rests when the database or the lane refuses."""
SETTLE_S: Final = 0.2
"""How long the cursor may stay behind for want of effects: a unit for each page would cost appends their turn."""
LOOK_S: Final = 0.5
"""How often a busy runner whose events all went well looks for some that an operator has set free."""

logger = structlog.get_logger(__name__)


class ConsumerRunner:
    """Drives one reactor along one feed. Several processes may run the same: each unit is one process's."""

    def __init__(
        self,
        reactor: Consumer,
        *,
        feed: Feed,
        database: Database,
        clock: Clock,
        start_at: int = 0,
        on_commit: Callable[[], None] | None = None,
        hurry: asyncio.Event | None = None,
    ) -> None:
        """`start_at`: the event after which a reactor that never ran begins. `on_commit` hears of every unit.

        While `hurry` is set there is no rest between pages: somebody waits for what the reactor does.
        """
        self._reactor = reactor
        self._feed = feed
        self._database = database
        self._clock = clock
        self._start_at = start_at
        self._on_commit = on_commit
        self._hurry = hurry or asyncio.Event()
        self._position: int | None = None
        self._cursor = 0
        self._empty: list[Plan] = []
        self._settle_at = 0.0
        self._is_alone = database.dialect == "sqlite"
        self._has_setbacks = True
        self._look_at = 0.0

    @property
    def name(self) -> str:
        return self._reactor.name

    @property
    def position(self) -> int:
        """The last event taken in, as far as this process knows."""
        return self._position or 0

    def untaken(self) -> Sequence[StoredEvent] | None:
        """The events that have not taken effect; None when only the database knows: others run too, or some wait."""
        if not self._is_alone or self._has_setbacks or self._position is None:
            return None
        return self._database.log_cache.after(self._position, MAX_EVENTS, reaching=self._database.head.seq)

    async def run(self) -> None:
        """Follow the log until cancelled."""
        while True:
            try:
                if await self.run_once() < PAGE:
                    await self._rest()
                    await self._feed.wait(self.position, SETTLE_S if self._empty else IDLE_S)
            except (Unavailable, Overloaded) as error:
                logger.warning("reactor_waits", reactor=self.name, error=error.message)
                await self._clock.sleep(PAUSE_S)

    async def run_once(self) -> int:
        """Take in the next page of the log, then retry what is due; how many events there were, PAGE if there are more.

        Raises Unavailable and Overloaded when nothing could be written: the same will be tried again.
        """
        try:
            events = await self._feed.read(await self._here(), PAGE)
            if events:
                await self._take_in(events)
            if self._empty and (not events or self._clock.monotonic() >= self._settle_at):
                await self._commit(self.position)
            retried = self._should_look(is_busy=bool(events)) and await self._retry_due()
            return PAGE if retried else len(events)
        except LostRace:
            self._position = None
            self._empty.clear()
            return PAGE
        except Exception as error:
            if fault := storage_fault(error):
                raise fault from error
            raise

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(REST_S):
                await self._hurry.wait()

    async def _here(self) -> int:
        if self._position is None:
            stored = await self._stored()
            if stored is None:
                await self._database.write_queue.run(lambda conn: consumers.start(conn, self.name, at=self._start_at))
                stored = await self._stored() or 0
            self._position = self._cursor = stored
        return self._position

    async def _stored(self) -> int | None:
        async with self._database.read() as conn:
            return await consumers.position(conn, self.name)

    async def _take_in(self, events: Sequence[StoredEvent]) -> None:
        """Carry out a page in one unit; when that fails, its events one by one, and who fails alone is set back."""
        blocked = await self._blocked(events)
        ready = [event for event in events if self._reactor.key(event) not in blocked]
        try:
            plan = await self._reactor.plan(ready) if ready else None
            if plan is not None and plan.covered < len(ready):
                events = [event for event in events if event.seq < ready[plan.covered].seq]
            behind = [event for event in events if self._reactor.key(event) in blocked]
            if plan is not None and plan.is_empty and not behind:
                self._pass(events[-1].seq, plan)
            else:
                await self._commit(events[-1].seq, plan=plan, behind=behind)
        except Exception as error:
            if _is_nobodys(error):
                raise
            if len(events) == 1:
                await self._commit(events[0].seq, failed=(events[0], error))
            else:
                for event in events:
                    await self._take_in([event])

    def _pass(self, new: int, plan: Plan) -> None:
        """Go on past events from which nothing follows; the cursor comes after."""
        if not self._empty:
            self._settle_at = self._clock.monotonic() + SETTLE_S
        self._empty.append(plan)
        self._position = new

    async def _blocked(self, events: Sequence[StoredEvent]) -> set[str]:
        if self._is_alone and not self._has_setbacks:
            return set()
        async with self._database.read() as conn:
            return await consumers.queued_keys(conn, self.name, {self._reactor.key(event) for event in events})

    async def _commit(
        self,
        new: int,
        *,
        plan: Plan | None = None,
        behind: Sequence[StoredEvent] = (),
        failed: tuple[StoredEvent, Exception] | None = None,
    ) -> None:
        """Move the cursor, and with it write a plan's effects and what has to wait."""
        now = self._clock.now_us()
        setbacks = [self._row(event, due_at=consumers.BEHIND) for event in behind]
        if failed is not None:
            event, error = failed
            setbacks = [self._row(event, due_at=now + pause_us(0), attempts=1, error=_text(error))]
            logger.warning("reactor_event_failed", reactor=self.name, seq=event.seq, error=_text(error))

        old, plans = self._cursor, [*self._empty, *([plan] if plan else [])]

        async def unit(conn: AsyncConnection) -> None:
            failpoints.hit(f"{self.name}.before_cursor")
            await consumers.move(conn, self.name, old=old, new=new)
            failpoints.hit(f"{self.name}.after_cursor")
            for each in plans:
                await each.apply(conn)
            if behind:
                await self._unless_free(conn, setbacks, now)
            if setbacks:
                await consumers.set_back(conn, setbacks)
            failpoints.hit(f"{self.name}.before_commit")

        self._has_setbacks = self._has_setbacks or bool(setbacks)
        await self._run(unit)
        self._position = self._cursor = new
        self._empty.clear()

    async def _run(self, unit: Transaction[None]) -> None:
        await self._database.write_queue.run(unit)
        failpoints.hit(f"{self.name}.after_commit")
        if self._on_commit is not None:
            self._on_commit()

    async def _unless_free(self, conn: AsyncConnection, rows: list[dict[str, Any]], now: int) -> None:
        """Make those due at once whose key has become free since it was found blocked."""
        held = await consumers.queued_keys(conn, self.name, {row["key"] for row in rows})
        for row in rows:
            row["due_at"] = consumers.BEHIND if row["key"] in held else now
            held.add(row["key"])

    def _should_look(self, *, is_busy: bool) -> bool:
        """Whether some event may be due: as far as this process knows, or because it has not looked for a while."""
        return self._has_setbacks or not is_busy or self._clock.monotonic() >= self._look_at

    async def _retry_due(self) -> bool:
        async with self._database.read() as conn:
            self._has_setbacks = await consumers.has_queued(conn, self.name)
            self._look_at = self._clock.monotonic() + LOOK_S
            if not self._has_setbacks:
                return False
            due = await consumers.due(conn, self.name, now=self._clock.now_us(), limit=DUE_PAGE)
        for setback in due:
            async with self._database.read() as conn:
                event = next(iter(await log.at(conn, [setback.seq])), None)
            await self._retry(setback, event)
        return bool(due)

    async def _retry(self, setback: FailedEvent, event: StoredEvent | None) -> None:
        try:
            plan = await self._reactor.plan([event]) if event is not None else None
            await self._run(lambda conn: self._settle(conn, setback, plan))
        except Exception as error:
            if _is_nobodys(error):
                raise
            await self._set_back_again(setback, _text(error))

    async def _settle(self, conn: AsyncConnection, setback: FailedEvent, plan: Plan | None) -> None:
        """The effects of a try that goes well; an event that retention has removed has none."""
        await consumers.settle(conn, setback, now=self._clock.now_us())
        if plan is not None:
            await plan.apply(conn)

    async def _set_back_again(self, setback: FailedEvent, error: str) -> None:
        now = self._clock.now_us()
        if setback.attempts >= RETRIES:
            logger.error("reactor_event_parked", reactor=self.name, seq=setback.seq, key=setback.key, error=error)
            await self._database.write_queue.run(lambda conn: consumers.park(conn, setback, now=now, error=error))
            return
        due_at = now + pause_us(setback.attempts)
        await self._database.write_queue.run(lambda conn: consumers.postpone(conn, setback, due_at=due_at, error=error))

    def _row(self, event: StoredEvent, *, due_at: int, attempts: int = 0, error: str = "") -> dict[str, Any]:
        return {
            "reactor": self.name,
            "key": self._reactor.key(event),
            "seq": event.seq,
            "tenant_id": event.tenant_id,
            "attempts": attempts,
            "due_at": due_at,
            "error": error,
        }


def pause_us(attempts: int) -> int:
    """The pause (µs) after so many tries before this one."""
    return int(min(RETRY_FIRST_S * RETRY_FACTOR**attempts, RETRY_CAP_S) * 1_000_000)


def _is_nobodys(error: Exception) -> bool:
    """Whether a failure says nothing about the event."""
    return isinstance(error, Unavailable | Overloaded | LostRace) or storage_fault(error) is not None


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[: consumers.MAX_ERROR]
