"""A batch of the write queue: appends and transactions that are committed together."""

from asyncio import Future
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.clock import Clock
from tidings_server.storage.database_errors import storage_fault, value_fault
from tidings_server.storage.log import events
from tidings_server.storage.log.events import APPENDED
from tidings_server.storage.log.staging import Append, StoredRow
from tidings_server.storage.transactions import Transaction

TRANSACTIONS_S: Final = 0.01
"""A commit takes no further transaction when those before have taken so long: all callers wait for the commit."""


@dataclass(slots=True, frozen=True)
class QueuedWrite:
    """One caller's append or transaction, and the future of its outcome; `owner` is the tenant or the worker."""

    work: Append | Transaction[Any]
    done: "Future[Any]"
    rows: int = 0
    size: int = 0
    is_repeatable: bool = False
    owner: Hashable = None

    def settle(self, outcome: object) -> None:
        """Hand over the outcome, or raise it at the caller; a caller that was cancelled is passed over."""
        if self.done.done():
            return
        if isinstance(outcome, Exception):
            self.done.set_exception(outcome)
        else:
            self.done.set_result(outcome)


@dataclass(slots=True)
class WriteBatch:
    """Appends in the order they came, then transactions. Outcomes are listed in that order."""

    appends: list[QueuedWrite] = field(default_factory=list)
    transactions: list[QueuedWrite] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.appends) + len(self.transactions)

    @property
    def is_repeatable(self) -> bool:
        """Whether all of it would be done again after a power cut."""
        return not self.appends and all(waiting.is_repeatable for waiting in self.transactions)

    @property
    def appended(self) -> list[Append]:
        """The callers' appends."""
        return [waiting.work for waiting in self.appends if isinstance(waiting.work, Append)]

    def settle(self, outcomes: Sequence[object]) -> list[QueuedWrite]:
        """Give each caller its outcome, and return the transactions that were not begun and so have none."""
        begun = max(len(outcomes) - len(self.appends), 0)
        for waiting, outcome in zip(chain(self.appends, self.transactions[:begun]), outcomes, strict=True):
            waiting.settle(outcome)
        return self.transactions[begun:]

    async def carry_out(
        self, conn: AsyncConnection, *, clock: Clock, apart: bool
    ) -> tuple[list[object], list[StoredRow]]:
        """The outcomes, and the new rows of the log. At least one transaction is begun, others while there is time.

        `apart`: each append under a savepoint of its own, so that one whose values no column holds fails alone. One
        that shares the transaction always has one.
        """
        appended = conn.info[APPENDED] = []
        appends = self.appended
        outcomes: list[object] = []
        now_us = clock.now_us()
        if apart:
            outcomes += [await _alone(conn, append, now_us) for append in appends]
        elif appends:
            outcomes += await events.append_all(conn, appends, now_us=now_us)
        carry = _bare if len(self) == 1 else _contained
        ends_at = clock.monotonic() + TRANSACTIONS_S
        for waiting in self.transactions:
            if callable(waiting.work):
                outcomes.append(await carry(conn, waiting.work))
            if clock.monotonic() >= ends_at:
                break
        return outcomes, appended


def public_error(error: Exception) -> Exception:
    """The error that the caller gets: Unavailable and the like for the database's own failures, else the same."""
    return storage_fault(error) or value_fault(error) or error


async def _alone(conn: AsyncConnection, append: Append, now_us: int) -> object:
    before = len(conn.info[APPENDED])
    try:
        async with conn.begin_nested():
            [outcome] = await events.append_all(conn, [append], now_us=now_us)
            return outcome
    except Exception as error:
        if storage_fault(error):
            raise
        del conn.info[APPENDED][before:]
        return public_error(error)


async def _bare(conn: AsyncConnection, transaction: Transaction[Any]) -> object:
    return await transaction(conn)


async def _contained(conn: AsyncConnection, transaction: Transaction[Any]) -> object:
    """The result of a transaction under a savepoint, or its error, which leaves the rest of the batch."""
    before = len(conn.info[APPENDED])
    try:
        async with conn.begin_nested():
            return await transaction(conn)
    except Exception as error:
        if storage_fault(error):
            raise
        del conn.info[APPENDED][before:]
        return public_error(error)
