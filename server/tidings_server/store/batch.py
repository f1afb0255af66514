"""What one write transaction of the lane takes, and how it is carried out."""

from asyncio import Future
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.store import log
from tidings_server.store.faults import storage_fault, value_fault
from tidings_server.store.log import APPENDED, Append, StoredRow
from tidings_server.store.writer import Unit


@dataclass(slots=True, frozen=True)
class Waiting:
    """Somebody's append or unit, and where its outcome goes."""

    work: Append | Unit[Any]
    done: "Future[Any]"
    rows: int = 0
    size: int = 0

    def settle(self, outcome: object) -> None:
        """Hand over the outcome, or raise it at the caller; a caller that has gone is passed over."""
        if self.done.done():
            return
        if isinstance(outcome, Exception):
            self.done.set_exception(outcome)
        else:
            self.done.set_result(outcome)


@dataclass(slots=True)
class Batch:
    """Appends in the order they came, then at most one unit. Outcomes are listed in that order."""

    appends: list[Waiting] = field(default_factory=list)
    unit: Waiting | None = None

    def __len__(self) -> int:
        return len(self.appends) + (self.unit is not None)

    def settle(self, outcomes: Sequence[object]) -> None:
        """Give each caller its outcome."""
        callers = [*self.appends, self.unit] if self.unit else self.appends
        for waiting, outcome in zip(callers, outcomes, strict=True):
            waiting.settle(outcome)

    async def carry_out(
        self, conn: AsyncConnection, *, now_us: int, apart: bool
    ) -> tuple[list[object], list[StoredRow]]:
        """The outcomes, and the rows that the log gets.

        `apart`: each append under a savepoint of its own, so that one whose values no column holds fails alone. A unit
        that shares the transaction always has one.
        """
        appended = conn.info[APPENDED] = []
        appends = [waiting.work for waiting in self.appends if isinstance(waiting.work, Append)]
        outcomes: list[object] = []
        if apart:
            outcomes += [await _alone(conn, append, now_us) for append in appends]
        elif appends:
            outcomes += await log.append_all(conn, appends, now_us=now_us)
        if self.unit is not None and callable(self.unit.work):
            outcomes.append(await (_contained if appends else _bare)(conn, self.unit.work))
        return outcomes, appended


def told(error: Exception) -> Exception:
    """The error as its caller should see it: what the database's own failures mean, else as it is."""
    return storage_fault(error) or value_fault(error) or error


async def _alone(conn: AsyncConnection, append: Append, now_us: int) -> object:
    before = len(conn.info[APPENDED])
    try:
        async with conn.begin_nested():
            [outcome] = await log.append_all(conn, [append], now_us=now_us)
            return outcome
    except Exception as error:
        if storage_fault(error):
            raise
        del conn.info[APPENDED][before:]
        return told(error)


async def _bare(conn: AsyncConnection, unit: Unit[Any]) -> object:
    return await unit(conn)


async def _contained(conn: AsyncConnection, unit: Unit[Any]) -> object:
    """A unit's result or its error, which undoes the unit and leaves the rest of the transaction."""
    before = len(conn.info[APPENDED])
    try:
        async with conn.begin_nested():
            return await unit(conn)
    except Exception as error:
        if storage_fault(error):
            raise
        del conn.info[APPENDED][before:]
        return told(error)
