"""Exports and erasures of one person.

An erasure is a row that a worker carries out in small units, holding by holding: a crash or a stop loses nothing, and
nobody waits for it. It goes by what is stored when it comes there; what is told of the person afterwards is new.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.store import tenants
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import LimitExceeded, LostRace, NotFound, Unavailable
from tidings_server.platform.sealing import Sealer
from tidings_server.privacy.data_source import Change, Holding
from tidings_server.privacy.person import Person, person
from tidings_server.privacy.store import persons as table
from tidings_server.privacy.store.persons import Place, StoredErasure
from tidings_server.storage.database import Database

PAGE: Final = 50
"""Rows of one unit: an event may have 256 KiB, and everybody waits for a unit."""
POLL_S: Final = 2.0
MAX_RUNNING: Final = 100
PSEUDONYM: Final = "erased-"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """One row that names the person; `values` are JSON, but for bytes and times of the database."""

    holding: str
    values: dict[str, Any]


class Persons:
    """What is stored of persons. `run` carries out erasures, and notices those that other processes have."""

    def __init__(
        self, database: Database, holdings: Sequence[Holding], *, sealer: Sealer, clock: Clock, ids: Ids
    ) -> None:
        self._database = database
        self._holdings = {holding.name: holding for holding in holdings}
        self._order = [holding.name for holding in holdings]
        self._sealer = sealer
        self._clock = clock
        self._ids = ids
        self._is_wanted = asyncio.Event()
        self._version = 0

    async def export(
        self, tenant_id: str, *, customer_ids: Sequence[str], contacts: Sequence[str]
    ) -> AsyncIterator[Found]:
        """Every row that names the person. Raises InvalidInput, and NotFound for an unknown tenant."""
        who = person(await self._tenant(tenant_id), customer_ids, contacts)
        for holding in self._holdings.values():
            position: str | None = ""
            while position is not None:
                rows, position = await self._page(holding, who.tenant, position)
                for row in rows:
                    if holding.is_about(row, who):
                        yield Found(holding.name, holding.shown(row))

    async def erase(
        self, tenant_id: str, *, customer_ids: Sequence[str], contacts: Sequence[str], erasure_id: str | None
    ) -> StoredErasure:
        """Begin to erase the person. Raises InvalidInput, NotFound for an unknown tenant, LimitExceeded."""
        tenant = await self._tenant(tenant_id)
        new_id = erasure_id or self._ids.uuid7()
        who = person(tenant, customer_ids, contacts, pseudonym=PSEUDONYM + self._ids.token(96))
        sealed = self._sealer.seal(
            json.dumps([sorted(who.customer_ids), sorted(who.contacts)]), context=_context(new_id)
        )
        first = self._order[0]
        made = StoredErasure(
            new_id, tenant, who.pseudonym, sealed, table.RUNNING, first, "", {}, self._clock.now_us(), None
        )

        async def unit(conn: AsyncConnection) -> None:
            if await table.count(conn, tenant) >= MAX_RUNNING:
                raise LimitExceeded("Too many erasures of this tenant are running.", retry_after_s=POLL_S)
            await table.add(conn, made)

        await self._database.write_queue.run(unit)
        self._is_wanted.set()
        return made

    async def get(self, tenant_id: str, erasure_id: str) -> StoredErasure:
        """How far an erasure is. Raises NotFound."""
        tenant = await self._tenant(tenant_id)
        async with self._database.read() as conn:
            found = await table.find(conn, tenant, erasure_id)
        if found is None:
            raise NotFound("There is no such erasure.")
        return found

    async def run(self) -> None:
        """Carry out erasures until cancelled."""
        while True:
            try:
                if not await self.run_once():
                    await self._wait()
            except Unavailable:
                await self._clock.sleep(POLL_S)
            except Exception:
                log.exception("erasure_failed")
                await self._clock.sleep(POLL_S)

    async def run_once(self) -> bool:
        """Carry out the next unit of the oldest erasure; whether there was one."""
        async with self._database.read() as conn:
            version = await table.version(conn)
            running = await table.first_running(conn)
        if version != self._version:
            self._database.log_cache.clear()
            self._version = version
        if running is None or running.sealed is None:
            return False
        customer_ids, contacts = json.loads(self._sealer.open(running.sealed, context=_context(running.id)))
        who = Person(running.tenant_id, frozenset(customer_ids), frozenset(contacts), running.pseudonym)
        try:
            await self._step(running, self._holdings[running.holding], who)
        except LostRace:  # another process has done this, or a row has changed: look again
            await asyncio.sleep(0)
        return True

    async def _step(self, running: StoredErasure, holding: Holding, who: Person) -> None:
        rows, position = await self._page(holding, who.tenant, running.position)
        about = ((row, holding.erased(row, who)) for row in rows if holding.is_about(row, who))
        changes = [(row, changed) for row, changed in about if changed]
        to, finished_at = self._next(running, position)
        counted = {**running.changed, holding.name: running.changed.get(holding.name, 0) + len(changes)}
        if changes and holding.before:
            await holding.before(changes)

        async def unit(conn: AsyncConnection) -> None:
            await table.move(conn, running, to=to, changed=counted, finished_at=finished_at)
            if changes:
                await _rewrite(conn, holding, who, changes)

        await self._database.write_queue.run(unit)
        self._database.log_cache.clear()
        if finished_at is not None:
            log.info("person_erased", erasure=running.id, changed=counted)

    def _next(self, running: StoredErasure, position: str | None) -> tuple[Place, int | None]:
        """Where it goes on, and when it was finished, if it is now."""
        if position is not None:
            return Place(running.holding, position), None
        following = self._order[self._order.index(running.holding) + 1 :]
        if following:
            return Place(following[0], ""), None
        return Place(running.holding, running.position), self._clock.now_us()

    async def _page(self, holding: Holding, tenant: int, position: str) -> table.Page:
        rows, key = holding.table, holding.key
        async with self._database.read() as conn:
            if holding.has_tenant_index:
                return await table.page(conn, rows, key, tenant=tenant, position=position, limit=PAGE)
            return await table.window(conn, rows, key[0], tenant=tenant, position=position, limit=PAGE)

    async def _tenant(self, tenant_id: str) -> int:
        async with self._database.read() as conn:
            found = await tenants.tenant_named(conn, tenant_id)
        if found is None:
            raise NotFound("There is no such tenant.")
        return found.number

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                await self._is_wanted.wait()
        self._is_wanted.clear()


async def _rewrite(conn: AsyncConnection, holding: Holding, who: Person, changes: Sequence[Change]) -> None:
    await table.bump(conn)
    for row, changed in changes:
        await table.rewrite(conn, holding.table, holding.key, row=row, changed=changed)
    if holding.along:
        await holding.along(conn, who, changes)


def _context(erasure_id: str) -> str:
    return f"erasure/{erasure_id}"
