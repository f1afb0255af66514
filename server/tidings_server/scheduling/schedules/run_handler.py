"""What a run does: the port between the scheduler, which sees to it that it happens once, and what it is for."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.scheduling.store.runs import LeasedRun, RunCause
from tidings_server.scheduling.store.schedules import ScheduleKind
from tidings_server.storage.log.records import EventRecord

__all__ = ["LeasedRun", "RunCause", "RunHandler", "RunLease", "RunResult", "ScheduleKind"]


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run has come to.

    `records` (at most 400) are appended in the unit that ends the run. `note` says in words what there is to know, at
    most 1,024 characters. `is_skipped`: there was nothing to do it for, such as a job that was deleted meanwhile;
    `is_failed`: it cannot be done, however often it is tried.
    """

    mailed: int = 0
    records: Sequence[EventRecord] = ()
    note: str = ""
    is_skipped: bool = False
    is_failed: bool = False


class RunLease(Protocol):
    """A run's right to write, for as long as no other process has taken it over."""

    async def commit(self, unit: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        """Run a unit (at most 500 rows) if the run is still ours, and keep it ours for another lease.

        Raises LostRace, and runs nothing, when it is not: the work ends there.
        """
        ...


class RunHandler(Protocol):
    """What the runs of one kind of schedule do."""

    async def carry_out(self, run: LeasedRun, turn: RunLease) -> RunResult:
        """Do it. A run that was cut short is carried out again from the start, so all it stores must bear that.

        Unavailable, Overloaded and LostRace are nobody's fault. Any other exception is a failed try: there are five,
        then the run has failed.
        """
        ...
