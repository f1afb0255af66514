"""Ownership of work that one process does for all: the consumers of the log, deliveries, schedules, housekeeping.

Between processes a piece of work is its lease's owner's. A lease makes it quiet: nobody else reads, plans and loses
the race. What makes it right is the token of the lease on the cursors, and the guards of the rows: a process that has
stood still and does not know yet that it has lost a lease commits nothing. Without other processes all work is held
for ever. Source: Kleppmann, "How to do distributed locking" (fencing tokens).
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server import __version__
from tidings_server.log.assignment import assigned
from tidings_server.log.store import ownership as table
from tidings_server.log.store.ownership import LiveProcess, StoredLease
from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Overloaded, Unavailable
from tidings_server.storage import schema
from tidings_server.storage.database import Database
from tidings_server.storage.sqlite.engines import StartRefused

TTL_S: Final = 6.0
"""Length of a lease: so long nobody does what a process did that died."""
ROUND_S: Final = 2.0
RETRY_S: Final = 1.0
"""Interval of rounds while the database does not answer: what was lost meanwhile is taken again so soon."""
TRUST_S: Final = 4.5
"""How long after it asked a process relies on the answer."""
CALM_US: Final = 5_000_000
"""Age at which a process gets work that another has: several that are started one after another move it once."""
UNSEEN_US: Final = table.PATIENCE_US // 2
"""Silence after which a process looks again whether it may run: after twice as long migrations take it for gone."""
US: Final = 1_000_000
NOTICE: Final = "lease"
WORKING_ROLES: Final = frozenset({"all", "worker"})

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work: what it costs, roughly, and the consumers whose cursors it moves.

    What not every process is able to do is not assigned: the first that has it among its work and takes it keeps it.
    """

    cost: int
    consumers: Collection[str] = ()
    is_assigned: bool = True


@dataclass(slots=True)
class WorkLease:
    """The lease on one piece of work as this process sees it. `token` is None where no other process could have it."""

    name: str
    token: int | None = None
    held: asyncio.Event = field(default_factory=asyncio.Event)
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    workers: int = 0

    @property
    def is_held(self) -> bool:
        return self.held.is_set()

    def take(self, token: int | None) -> None:
        self.token = token
        self.lost.clear()
        self.held.set()

    def lose(self) -> None:
        """Have its workers end."""
        self.held.clear()
        self.lost.set()


class Ownership:
    """The leases of this process. `run` it; `leave` when its workers have ended."""

    def __init__(self, database: Database, clock: Clock, work: Mapping[str, Work], *, role: str = "all") -> None:
        """`work` is what this process is able to do.

        `role` is `all` or `worker` for a process that does work, and anything else for one that does none.
        """
        self._database = database
        self._clock = clock
        self._work = work
        self._costs = {name: each.cost for name, each in work.items() if each.is_assigned}
        self._unassigned = {name for name, each in work.items() if not each.is_assigned}
        self._id, self._role = secrets.randbits(62) + 1, role
        self._age_us, self._is_admitted = 0, False
        self._refusal: StartRefused | None = None
        self._outdated = asyncio.Event()
        self._leaving: set[str] = set()
        self._leases = {name: WorkLease(name) for name in work}
        self._wake = asyncio.Event()
        if not database.is_shared:
            for lease in self._leases.values():
                lease.take(None)
        elif database.notices:
            database.notices.subscribe(NOTICE, lambda _: self._wake.set())

    def lease(self, name: str) -> WorkLease:
        """The lease on this work."""
        return self._leases[name]

    @property
    def held(self) -> list[str]:
        """The work that this process does now."""
        return [name for name, lease in self._leases.items() if lease.is_held]

    async def join(self) -> None:
        """Have migrations know of this process, before it serves. Raises StartRefused where one has shut it out."""
        if self._database.is_shared:
            await self._renew()

    async def until_outdated(self) -> None:
        """Wait until a migration has shut this process out while nothing was seen of it. Raises StartRefused then."""
        await self._outdated.wait()
        if self._refusal:
            raise self._refusal

    async def run(self) -> None:
        """Take, renew and give up leases until cancelled."""
        heartbeat = heartbeats.current()
        trusted_until = 0.0
        while True:
            self._wake.clear()
            asked_at, rest_s = self._clock.monotonic(), ROUND_S if self._database.is_shared else 60.0
            try:
                with heartbeat.round():
                    await self.run_once()
                trusted_until = asked_at + TRUST_S
            except (Unavailable, Overloaded) as error:
                logger.warning("leases_not_renewed", error=error.message)
                if self._database.is_shared and self._clock.monotonic() >= trusted_until:
                    self._lose(self.held)
                rest_s = min(rest_s, RETRY_S)
            except StartRefused as error:
                self._lose(self.held)
                self._refusal = error
                self._outdated.set()
                return
            await self._rest(rest_s)

    async def run_once(self) -> None:
        """One round: what is held is renewed, what is due is taken, what is another's by now is given up."""
        if not self._database.is_shared:
            return
        processes, leases = await self._renew()
        mine = {lease.name for lease in leases if lease.owner == self._id and not lease.is_over}
        self._lose([name for name in self.held if name not in mine])
        wanted = self._wanted(processes)
        await self._give_up([name for name in self.held if name not in wanted])
        taken_by_others = {lease.name for lease in leases if not lease.is_over} - mine
        free = wanted - taken_by_others - set(self.held)
        for error in filter(None, await asyncio.gather(*map(self._take, free), return_exceptions=True)):
            raise error

    async def _renew(self) -> tuple[list[LiveProcess], list[StoredLease]]:
        """One renewal. Raises StartRefused where a migration took this process for gone, and has shut it out."""
        return await self._database.run_beside_queue(self._renew_in)

    async def _renew_in(self, conn: AsyncConnection) -> tuple[list[LiveProcess], list[StoredLease]]:
        found = await table.renew(conn, self._id, role=self._role, version=__version__, ttl_us=int(TTL_S * US))
        age_us = next(each.age_us for each in found[0] if each.id == self._id)
        if not 0 <= age_us - self._age_us < UNSEEN_US:
            self._is_admitted = False
        self._age_us = age_us
        if not self._is_admitted:
            await schema.confirm(conn)
            self._is_admitted = True
        return found

    async def doing(
        self,
        name: str,
        worker: Callable[[], Coroutine[Any, Any, None]],
        *,
        stop: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Run a worker whenever this process has the lease on its work; returns when the worker does.

        When the lease is lost `stop` must make the worker return; without it the worker is cancelled.
        """
        lease = self._leases[name]
        while True:
            await lease.held.wait()
            lease.workers += 1
            try:
                if await self._until_lost(lease, worker, stop):
                    return
            finally:
                lease.workers -= 1
                self._wake.set()

    async def leave(self) -> None:
        """Give everything back, and tell the others."""
        if not self._database.is_shared:
            return
        self._lose(self.held)
        try:
            await self._database.write_queue.run(lambda conn: table.leave(conn, self._id))
        except (Unavailable, Overloaded) as error:
            logger.warning("leases_not_given_back", error=error.message)
        self._tell()

    async def _until_lost(
        self,
        lease: WorkLease,
        worker: Callable[[], Coroutine[Any, Any, None]],
        stop: Callable[[], Awaitable[None]] | None,
    ) -> bool:
        """Run a worker until it returns, which is True, or its lease is lost."""
        async with asyncio.TaskGroup() as group:
            work, lost = group.create_task(worker()), group.create_task(lease.lost.wait())
            await asyncio.wait((work, lost), return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                lost.cancel()
                return True
            if stop:
                await stop()
            work.cancel()
        return False

    def _wanted(self, processes: Collection[LiveProcess]) -> set[str]:
        """The work that this process is to do."""
        workers = [each for each in processes if each.role in WORKING_ROLES]
        oldest_us = max((each.age_us for each in workers), default=0)
        settled = [each.id for each in workers if each.age_us >= min(CALM_US, oldest_us - CALM_US)]
        found = assigned(self._costs, settled)
        free_for_all = self._unassigned if self._role in WORKING_ROLES else set()
        return {name for name, owner in found.items() if owner == self._id} | free_for_all

    async def _take(self, name: str) -> None:
        owner, ttl_us, consumers = self._id, int(TTL_S * US), self._work[name].consumers
        if self._leases[name].workers:
            return  # those that have lost the lease have not ended yet
        token = await self._database.write_queue.run(
            lambda conn: table.take(conn, name, owner=owner, ttl_us=ttl_us, consumers=consumers)
        )
        if token is not None:
            await self._database.search_writer.run(lambda conn: table.stamp_search(conn, consumers, token))
            logger.info("work_taken", work=name, times=token)
            self._leases[name].take(token)

    async def _give_up(self, names: Collection[str]) -> None:
        """Have the workers of one work end; give back what has none any more. The others follow in the next rounds."""
        for name in list(names)[:1]:
            self._lose([name])
            self._leaving.add(name)
        ended = [name for name in self._leaving if not self._leases[name].workers]
        if ended:
            await self._database.write_queue.run(lambda conn: table.release(conn, self._id, ended))
            self._leaving.difference_update(ended)
            self._tell()

    def _lose(self, names: Collection[str]) -> None:
        for name in names:
            logger.info("work_left", work=name)
            self._leases[name].lose()

    def _tell(self) -> None:
        if self._database.notices:
            self._database.notices.send(NOTICE, "free")

    async def _rest(self, longest_s: float) -> None:
        try:
            async with asyncio.timeout(longest_s):
                await self._wake.wait()
        except TimeoutError:
            return
