"""One look at the database each second for all that wait for what other processes write.

A worker that has nothing to do waits for a *fact*: the earliest instant at which something is due, whether anything is
pending, the number of changes of a kind. All facts of a process are one statement, so an idle process asks the database
about once a second, however many workers it has. A fact only saves a look that would find nothing: it is at most
`FRESH_S` old, and where it is older, or was never read, the worker looks by itself.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import Row, ScalarSelect, Select, String, cast, func, select

from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock
from tidings_server.storage.tables import config_version

FRESH_S: Final = 3.0
"""Age above which a fact says nothing any more: the database has not answered meanwhile."""

_VERSIONS: Final[ScalarSelect[str]] = select(
    cast(func.json_object_agg(config_version.c.kind, config_version.c.version), String)
).scalar_subquery()


async def rest(news: asyncio.Event, *, interval_s: float, may_be_work: Callable[[], bool]) -> None:
    """Wait until there is `news`, or until there may be work for this worker, which is asked every `interval_s`."""
    heartbeat = heartbeats.current()
    while not news.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(interval_s):
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


class SharedLook:
    """The facts of a process, as of the last look. Without other processes there is none: every worker looks itself."""

    def __init__(self, clock: Clock, *, is_shared: bool) -> None:
        self._clock = clock
        self._is_shared = is_shared
        self._queries: dict[str, ScalarSelect[Any]] = {}
        self._used: dict[str, ScalarSelect[Any]] = {}
        self._names: tuple[str, ...] = ()
        self._values: dict[str, Any] = {}
        self._versions: dict[str, int] = {}
        self._read_at = -FRESH_S

    def fact(self, name: str, query: Select[Any]) -> Fact:
        """The single value that `query` gives, of an index: it is read each second in every process that waits."""
        self._queries[name] = query.scalar_subquery()
        return Fact(self, name)

    def version(self, kind: str) -> int | None:
        """The version of a kind of configuration, 0 of one that was never counted; None when it is not known."""
        return self._versions.get(kind, 0) if self._is_fresh else None

    def values(self, name: str) -> Mapping[str, Any] | None:
        """The facts, if this one is among them and they are fresh."""
        if not self._is_shared:
            return None
        self._used.setdefault(name, self._queries[name])
        return self._values if self._is_fresh and name in self._values else None

    def extend(self, query: Select[Any]) -> Select[Any]:
        """A statement with the facts as further columns; `take` takes its row."""
        self._names = tuple(self._used)
        return query.add_columns(_VERSIONS, *(self._used[name] for name in self._names))

    def take(self, row: Row[Any] | Sequence[Any], *, asked_at_s: float) -> None:
        """Take in what the last extended statement has read after its own columns."""
        versions, *values = list(row)[-1 - len(self._names) :]
        self._versions = json.loads(versions or "{}")
        self._values = dict(zip(self._names, values, strict=True))
        self._read_at = asked_at_s

    @property
    def _is_fresh(self) -> bool:
        return self._clock.monotonic() - self._read_at < FRESH_S
