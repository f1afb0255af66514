"""Counts of events and deliveries by hour or day: their ranges, pages and retention."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store import backlogs, delivery_counts
from tidings_server.delivery.store.backlogs import Backlog
from tidings_server.delivery.store.delivery_counts import AttemptRange, AttemptSum
from tidings_server.log.positions import REFUSED, Positions
from tidings_server.log.store import event_counts
from tidings_server.log.store.event_counts import CountRange, EventSum
from tidings_server.platform import heartbeats
from tidings_server.platform.clock import US_PER_HOUR, Clock, parse_rfc3339
from tidings_server.platform.errors import InvalidInput, Overloaded, Unavailable
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database

DAY: Final = 24
"""Hours of a day."""
HOURS_BEFORE: Final = {1: DAY, DAY: 30 * DAY}
"""Hours that a range without `from` has, by its step."""
INTERVAL_S: Final = 3_600.0
RETRY_S: Final = 1.0
BATCH: Final = 500
EVENTS: Final = "event counts"
DELIVERIES: Final = "delivery counts"
BACKLOGS: Final = "backlogs"
"""Lists, of which each has positions of its own."""
MAX_DIGITS: Final = 18

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CountQuery:
    """A request for counts. `start` and `end` are RFC 3339 or empty; `step` hours; `name` a topic or subscription.

    `after` is the `next` of the page before, `limit` the size of the page.
    """

    start: str
    end: str
    step: int
    name: str
    is_total: bool
    after: str
    limit: int


class HourlyCounts:
    """Counts of a tenant."""

    def __init__(self, database: Database, clock: Clock, positions: Positions) -> None:
        self._database = database
        self._clock = clock
        self._positions = positions

    async def events(self, scope: Scope, query: CountQuery) -> tuple[list[EventSum], str]:
        """Counts of events, and the position behind them. Raises InvalidInput for a bad range or position."""
        first, last = self._hours(query)
        of = CountRange(first, last, query.step, query.name, query.is_total)
        after = self._position(scope, query.after, of=EVENTS)
        async with self._database.read() as conn:
            found = await event_counts.page(conn, scope.tenant, of, after=after, limit=query.limit + 1)
        page = found[: query.limit]
        behind = (page[-1].hour, page[-1].topic) if len(found) > len(page) else None
        return page, self._printed(scope, behind, of=EVENTS)

    async def deliveries(self, scope: Scope, query: CountQuery) -> tuple[list[AttemptSum], str]:
        """Counts of deliveries, and the position behind them. Raises InvalidInput for a bad range or position."""
        first, last = self._hours(query)
        of = AttemptRange(first, last, query.step, query.name, query.is_total, scope.application)
        after = _numbered(self._position(scope, query.after, of=DELIVERIES))
        async with self._database.read() as conn:
            found = await delivery_counts.page(conn, scope.tenant, of, after=after, limit=query.limit + 1)
        page = found[: query.limit]
        behind = (page[-1].hour, str(page[-1].subscription_key)) if len(found) > len(page) else None
        return page, self._printed(scope, behind, of=DELIVERIES)

    async def backlogs(
        self, scope: Scope, *, subscription_id: str, after: str, limit: int
    ) -> tuple[list[Backlog], str]:
        """Deliveries that wait, by subscription, and the position behind them. Raises InvalidInput for a bad one."""
        _, key = _numbered(self._position(scope, after, of=BACKLOGS)) or (0, 0)
        async with self._database.read() as conn:
            found = await backlogs.page(
                conn,
                scope.tenant,
                subscription_id=subscription_id,
                application=scope.application,
                after=key,
                limit=limit + 1,
            )
        page = found[:limit]
        behind = (0, str(page[-1].subscription_key)) if len(found) > len(page) else None
        return page, self._printed(scope, behind, of=BACKLOGS)

    def _printed(self, scope: Scope, behind: tuple[int, str] | None, *, of: str) -> str:
        """The position behind a line of the list `of`, given by its hour and its name; empty for None."""
        return self._positions.print_line(scope.tenant, f"{behind[0]} {behind[1]}", of=of) if behind else ""

    def _position(self, scope: Scope, text: str, *, of: str) -> tuple[int, str] | None:
        """The hour and the name in a position. Raises InvalidInput for one of another tenant or list."""
        if not text:
            return None
        hour, _, name = self._positions.parse_line(scope.tenant, text, of=of).partition(" ")
        return int(hour), name

    def _hours(self, query: CountQuery) -> tuple[int, int]:
        """The first and the last hour of a range."""
        end = _instant(query.end, "to") if query.end else self._clock.now_us() + 1
        default = end - HOURS_BEFORE[query.step] * US_PER_HOUR
        start = _instant(query.start, "from") if query.start else default
        if start > end:
            raise InvalidInput.of("to", "must not lie before `from`")
        first, last = start // US_PER_HOUR, (end - 1) // US_PER_HOUR
        first -= first % query.step
        return max(first, 0), last - last % query.step + query.step - 1


class CountRetention:
    """Removes counts of hours that are more than `days` days ago."""

    def __init__(self, database: Database, clock: Clock, *, days: int) -> None:
        self._database = database
        self._clock = clock
        self._days = days

    async def run(self) -> None:
        """Every hour, until cancelled."""
        heartbeat = heartbeats.current()
        while True:
            try:
                with heartbeat.round():
                    await self.run_once()
            except (Unavailable, Overloaded) as error:
                logger.warning("count_retention_waits", error=error.message)
                await self._clock.sleep(RETRY_S)
                continue
            await self._clock.sleep(INTERVAL_S)

    async def run_once(self) -> None:
        """Remove all that is too old now, in bounded transactions."""
        before = self._clock.now_us() // US_PER_HOUR - self._days * DAY
        await self._remove(lambda conn: event_counts.remove(conn, before=before, limit=BATCH))
        await self._remove(lambda conn: delivery_counts.remove(conn, before=before, limit=BATCH))

    async def _remove(self, batch: Callable[[AsyncConnection], Awaitable[int]]) -> None:
        while await self._database.write_queue.run(batch):
            heartbeats.current().beat()


def _instant(text: str, field: str) -> int:
    try:
        return parse_rfc3339(text)
    except ValueError:
        raise InvalidInput.of(field, "must be an RFC 3339 time, such as 2026-01-01T00:00:00Z") from None


def _numbered(position: tuple[int, str] | None) -> tuple[int, int] | None:
    if position is None:
        return None
    hour, number = position
    if not (number.isascii() and number.isdigit() and len(number) <= MAX_DIGITS):
        raise InvalidInput.of("after", REFUSED)
    return hour, int(number)
