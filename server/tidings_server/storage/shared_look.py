"""One look at the database each second for all that wait for what other processes write.

A worker that has nothing to do waits for a *fact*: the earliest instant at which something is due, whether anything is
pending, the number of changes of a kind. All facts of a process are one statement, so an idle process asks the database
about once a second, however many workers it has. A fact only saves a look that would find nothing: it is at most
`FRESH_S` old, and where it is older, or was never read, the worker looks by itself. Where only this process writes, a
fact is as good as new until the next commit. On SQLite nothing is read while nothing is written.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Literal

from sqlalchemy import Row, ScalarSelect, Select, String, cast, func, select

from tidings_server.platform import heartbeats
from tidings_server.platform.clock import US_PER_S, Clock, in_step
from tidings_server.storage.tables import config_version

FRESH_S: Final = 3.0
"""Age above which a fact says nothing any more: the database has not answered meanwhile."""
IDLE_S: Final = 1.0
"""Interval at which a worker asks whether there is work, while the facts say that none comes before that."""


def _versions(aggregate: str) -> ScalarSelect[str]:
    made = getattr(func, aggregate)(config_version.c.kind, config_version.c.version)
    return select(cast(made, String)).scalar_subquery()


_VERSIONS: Final = {"postgresql": _versions("json_object_agg"), "sqlite": _versions("json_group_object")}


async def rest(
    news: asyncio.Event, *, interval_s: float | Callable[[], float], may_be_work: Callable[[], bool]
) -> None:
    """Wait until there is `news`, or until there may be work for this worker, which is asked every `interval_s`."""
    heartbeat = heartbeats.current()
    while not news.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(in_step(interval_s() if callable(interval_s) else interval_s)):
                await news.wait()
        heartbeat.beat()
        if may_be_work():
            return


class Fact:
    """A value that the look reads; made by `SharedLook.fact`, and read from its first use on."""

    def __init__(self, look: "SharedLook", name: str) -> None:
        self._look = look
        self._name = name

    def allows(self, test: Callable[[Any], bool]) -> bool:
        """Whether work may be waiting: unless the value is fresh and `test` of it is False."""
        values = self._look.values(self._name)
        return values is None or test(values[self._name])

    @property
    def value(self) -> object:
        """The value, to be compared with an earlier one; where it is not known, one that equals nothing."""
        values = self._look.values(self._name)
        return object() if values is None else values[self._name]

    def is_due(self, now_us: int) -> bool:
        """The same for a value that is the earliest due time, in µs, or None."""
        return self.allows(lambda due_at: due_at is not None and due_at <= now_us)

    def pause_s(self, now_us: int, *, poll_s: float) -> float:
        """Seconds until the next question: IDLE_S where nothing is due before that, else `poll_s`."""
        return poll_s if self.is_due(now_us + int(IDLE_S * US_PER_S)) else max(poll_s, IDLE_S)


class SharedLook:
    """The facts of a process, as of the last look.

    Where only this process writes, they hold until its next commit, and then every worker looks by itself until they
    are read again.
    """

    def __init__(
        self, clock: Clock, dialect: Literal["sqlite", "postgresql"], *, commits: Callable[[], int] | None = None
    ) -> None:
        """`commits` counts this process's commits, where no other process has any."""
        self._clock = clock
        self._dialect = dialect
        self._commits = commits
        self._read_after = -1
        self._queries: dict[str, ScalarSelect[Any]] = {}
        self._used: dict[str, ScalarSelect[Any]] = {}
        self._names: tuple[str, ...] = ()
        self._values: dict[str, Any] = {}
        self._versions: dict[str, int] = {}
        self._read_at = -FRESH_S

    def fact(self, name: str, query: Select[Any]) -> Fact:
        """The single value that `query` gives, of an index: it is read each second in every process that waits.

        It must change with what is written alone, not with time: SQLite is read again only once it was written.
        """
        self._queries[name] = query.scalar_subquery()
        return Fact(self, name)

    def version(self, kind: str) -> int | None:
        """The version of a kind of configuration, 0 of one that was never counted; None when it is not known."""
        return self._versions.get(kind, 0) if self._is_fresh else None

    def values(self, name: str) -> Mapping[str, Any] | None:
        """The facts, if this one is among them and they are fresh."""
        self._used.setdefault(name, self._queries[name])
        return self._values if self._is_fresh and name in self._values else None

    def extend(self, query: Select[Any]) -> Select[Any]:
        """A statement with the facts as further columns; `take` takes its row."""
        self._names = tuple(self._used)
        return query.add_columns(_VERSIONS[self._dialect], *(self._used[name] for name in self._names))

    def take(self, row: Row[Any] | Sequence[Any], *, asked_at_s: float, after_commits: int = 0) -> None:
        """Take in what the last extended statement has read after its own columns, and after so many commits."""
        versions, *values = list(row)[-1 - len(self._names) :]
        self._versions = json.loads(versions or "{}")
        self._values = dict(zip(self._names, values, strict=True))
        self._read_at, self._read_after = asked_at_s, after_commits

    def confirm(self, *, asked_at_s: float) -> None:
        """Note that nobody has written anything between the last look and an instant."""
        self._read_at = asked_at_s

    @property
    def is_current(self) -> bool:
        """Whether another look would find nothing else, as far as this process knows."""
        return self._is_fresh and self._names == tuple(self._used)

    @property
    def commits(self) -> int:
        """Commits of this process, where only it writes."""
        return self._commits() if self._commits else 0

    @property
    def _is_fresh(self) -> bool:
        if self._commits is not None:
            return self._read_after == self._commits()
        return self._clock.monotonic() - self._read_at < FRESH_S
