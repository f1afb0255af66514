"""Port between the run executor and the handlers of runs: lease, handler, result."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.texts import storable
from tidings_server.scheduling.store.runs import LeasedRun, RunCause, RunState
from tidings_server.scheduling.store.schedules import ScheduleKind
from tidings_server.storage.log.records import EventRecord

__all__ = ["LeasedRun", "RunCause", "RunHandler", "RunLease", "RunOutcome", "RunState", "ScheduleKind"]

MAX_NOTE_BYTES: Final = 1_024


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """Result of a run: DONE, SKIPPED when there was nothing to do it for, FAILED when no retry can help.

    `records` (at most 400) are appended to the log in the transaction that completes the run. `note` is for people, at
    most 1,024 characters; `mailed` counts the mails.
    """

    state: RunState = RunState.DONE
    mailed: int = 0
    note: str = ""
    records: Sequence[EventRecord] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "note", storable(self.note, max_bytes=MAX_NOTE_BYTES))


class RunLease(Protocol):
    """A run's right to write, until another process has taken the run over."""

    async def commit(self, transaction: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        """Run a transaction (at most 500 rows) if the run still belongs to this process, and extend its lease.

        Raises LostRace, and runs nothing, when it does not: the handler must stop then.
        """
        ...


class RunHandler(Protocol):
    """Work of the runs of one kind of schedule."""

    async def handle(self, run: LeasedRun, lease: RunLease) -> RunOutcome:
        """Do the work of a run. An interrupted run is handled again from the start, so all writes must be idempotent.

        After Unavailable, Overloaded and LostRace the run is handled again without counting a failure. Any other
        exception is a failed attempt; after the fifth the run is FAILED.
        """
        ...
