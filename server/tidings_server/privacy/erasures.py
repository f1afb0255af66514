"""Exports and erasures of one person.

An erasure is a row that a worker carries out in small transactions, one data source after the other: a crash or a stop
loses nothing, and no request waits for it. It covers the rows that are stored when it reaches their data source, the
log first. What consumers make of the log comes after they have passed it: one that had read an event before it was
rewritten would store the person once more. What is stored of the person afterwards is kept.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.store import tenants
from tidings_server.log.store import consumers
from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import LimitExceeded, LostRace, NotFound, Overloaded, Unavailable
from tidings_server.platform.sealing import Sealer
from tidings_server.platform.worker_threads import off_loop
from tidings_server.privacy.data_source import Beside, ColumnValues, DataSource, PersonalRow, RowChange
from tidings_server.privacy.person import CUSTOMER, Person, person
from tidings_server.privacy.store import persons as table
from tidings_server.privacy.store.persons import ErasurePosition, StoredErasure
from tidings_server.storage.bisection import PausedRows, is_transient, set_aside
from tidings_server.storage.database import Database
from tidings_server.storage.log.shards import shard_of_tenant
from tidings_server.storage.shared_look import rest
from tidings_server.workflow.store import entities as entity_table
from tidings_server.workflow.store.entities import EntityLookup

PAGE: Final = 50
"""Rows of one transaction: an event may have 256 KiB, and all writers wait for a transaction."""
POLL_S: Final = 2.0
MAX_RUNNING: Final = 100
PASS_US: Final = 600_000_000
"""Time that consumers have to pass the rewritten log; one that is stuck for longer holds no erasure up."""
PASS_TRIES: Final = 25
PASS_POLL_S: Final = 0.02
PSEUDONYM: Final = "erased-"

T = TypeVar("T")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ExportedRow:
    """One row that names the person; `values` are JSON, but for bytes and times of the database."""

    data_source: str
    values: dict[str, Any]


class Persons:
    """Exports and erasures. `run` carries erasures out, and notices those that other processes have carried out."""

    def __init__(
        self, database: Database, data_sources: Sequence[DataSource], *, sealer: Sealer, clock: Clock, ids: Ids
    ) -> None:
        self._database = database
        self._data_sources = {data_source.name: data_source for data_source in data_sources}
        self._order = [data_source.name for data_source in data_sources]
        self._sealer = sealer
        self._clock = clock
        self._ids = ids
        self._wake = asyncio.Event()
        self._version = 0
        self._paused = PausedRows(clock)
        self._waiting = PausedRows(clock, pause_s=POLL_S)
        self._rewritten: dict[str, tuple[int, int]] = {}
        self._running = database.look.fact("erasures", table.HAS_RUNNING)

    async def export(
        self, tenant_id: str, *, customer_ids: Sequence[str], contacts: Sequence[str]
    ) -> AsyncIterator[ExportedRow]:
        """Every row that names the person. Raises InvalidInput, and NotFound for an unknown tenant."""
        subject = await self._with_aliases(person(await self._tenant(tenant_id), customer_ids, contacts))
        for data_source in self._data_sources.values():
            position: str | None = ""
            while position is not None:
                rows, position = await self._page(data_source, subject.tenant, position)
                for row in rows:
                    if (shown := await _off_loop(subject, row, partial(_shown, data_source))) is not None:
                        yield ExportedRow(data_source.name, shown)

    async def erase(
        self, tenant_id: str, *, customer_ids: Sequence[str], contacts: Sequence[str], erasure_id: str | None
    ) -> StoredErasure:
        """Begin to erase the person. Raises InvalidInput, NotFound for an unknown tenant, LimitExceeded."""
        tenant = await self._tenant(tenant_id)
        new_id = erasure_id or self._ids.uuid7()
        pseudonym = PSEUDONYM + self._ids.token(96).lower()
        subject = await self._with_aliases(person(tenant, customer_ids, contacts, pseudonym=pseudonym))
        named = [sorted(subject.customer_ids), sorted(subject.contacts), sorted(subject.aliases)]
        sealed = self._sealer.seal(json.dumps(named), context=_context(new_id))
        first = self._order[0]
        made = StoredErasure(
            new_id, tenant, subject.pseudonym, sealed, table.RUNNING, first, "", {}, self._clock.now_us(), None
        )

        async def transaction(conn: AsyncConnection) -> None:
            if await table.count(conn, tenant) >= MAX_RUNNING:
                raise LimitExceeded("Too many erasures of this tenant are running.", retry_after_s=POLL_S)
            await table.add(conn, made)

        await self._database.write_queue.run(transaction)
        self._wake.set()
        return made

    async def get(self, tenant_id: str, erasure_id: str) -> StoredErasure:
        """State and position of an erasure. Raises NotFound."""
        tenant = await self._tenant(tenant_id)
        async with self._database.read() as conn:
            found = await table.find(conn, tenant, erasure_id)
        if found is None:
            raise NotFound("There is no such erasure.")
        return found

    async def run(self) -> None:
        """Carry out erasures until cancelled."""
        heartbeat = heartbeats.current()
        while True:
            try:
                with heartbeat.round():
                    has_done = await self.run_once()
                if not has_done:
                    await self._wait()
            except (Unavailable, Overloaded):
                await self._clock.sleep(POLL_S)
            except Exception:
                log.exception("erasure_failed")
                await self._clock.sleep(POLL_S)

    async def run_once(self) -> bool:
        """Carry out the next transaction of the oldest erasure; False when there is none.

        An erasure that fails is paused, and the next one is carried out.
        """
        async with self._database.read() as conn:
            version = await table.version(conn)
            running = await table.first_running(conn, without=self._resting())
        if version != self._version:
            self._database.log_cache.clear()
            self._version = version
        if running is None or running.sealed is None:
            return False
        try:
            if not await self._consumers_have_passed(running):
                self._waiting.add(running.id)
                return True
            await self._step(running, self._data_sources[running.data_source], self._person(running, running.sealed))
        except LostRace:  # another process has done this, or a row has changed: look again
            await asyncio.sleep(0)
        except Exception as error:
            if is_transient(error):
                raise
            log.exception("erasure_failed", erasure=running.id)
            set_aside("erasures", error, erasure=running.id)
            self._paused.add(running.id)
        return True

    def _resting(self) -> list[str]:
        """Ids of erasures that are not carried out now: those that failed, and those that wait for consumers."""
        return [str(key) for key in (*self._paused.active(), *self._waiting.active())]

    def _person(self, running: StoredErasure, sealed: bytes) -> Person:
        customer_ids, contacts, aliases = json.loads(self._sealer.open(sealed, context=_context(running.id)))
        return Person(
            running.tenant_id,
            frozenset(customer_ids),
            frozenset(contacts),
            running.pseudonym,
            frozenset((retailer_id, name) for retailer_id, name in aliases),
        )

    async def _with_aliases(self, subject: Person) -> Person:
        """The person with both names of its entities: an event is stored with the one that it was sent by."""
        async with self._database.read() as conn:
            known = [EntityLookup(CUSTOMER, name, name) for name in subject.customer_ids | subject.contacts]
            entities = await entity_table.names(conn, subject.tenant, known)
        aliases = {
            (entity.retailer_id, name)
            for entity in entities
            if any(subject.is_customer(name) or subject.is_named_in(name or "") for name in (entity.id, entity.ref))
            for name in (entity.id, entity.ref)
            if name
        }
        return replace(subject, aliases=frozenset(aliases))

    async def _consumers_have_passed(self, running: StoredErasure) -> bool:
        """Whether nothing that a consumer read before the log was rewritten can still be stored."""
        if running.data_source == self._order[0] or running.position:
            return True
        now = self._clock.now_us()
        shard = shard_of_tenant(running.tenant_id)
        head, since = self._rewritten.setdefault(running.id, (self._database.heads[shard].seq, now))
        for _ in range(PASS_TRIES):
            async with self._database.read() as conn:
                last = await consumers.last(conn, shard)
            if last is None or last >= head or now - since > PASS_US:
                return True
            await asyncio.sleep(PASS_POLL_S)
        return False

    async def _step(self, running: StoredErasure, data_source: DataSource, subject: Person) -> None:
        rows, position = await self._page(data_source, subject.tenant, running.position)
        changes = [
            (row, changed) for row in rows if (changed := await _off_loop(subject, row, partial(_erased, data_source)))
        ]
        to, finished_at = self._next(running, position)
        counted = {**running.changed, data_source.name: running.changed.get(data_source.name, 0) + len(changes)}
        if changes and data_source.before:
            await data_source.before(changes)

        async def transaction(conn: AsyncConnection) -> None:
            await table.move(conn, running, to=to, changed=counted, finished_at=finished_at)
            if changes:
                await _rewrite(conn, data_source, subject, changes)

        await self._database.write_queue.run(transaction)
        self._database.log_cache.clear()
        if finished_at is not None:
            self._rewritten.pop(running.id, None)
            log.info("person_erased", erasure=running.id, changed=counted)

    def _next(self, running: StoredErasure, position: str | None) -> tuple[ErasurePosition, int | None]:
        """Position after this transaction, and the time (µs) when it was the last."""
        if position is not None:
            return ErasurePosition(running.data_source, position), None
        following = self._order[self._order.index(running.data_source) + 1 :]
        if following:
            return ErasurePosition(following[0], ""), None
        return ErasurePosition(running.data_source, running.position), self._clock.now_us()

    async def _page(self, data_source: DataSource, tenant: int, position: str) -> table.PersonalRows:
        rows, key = data_source.table, data_source.key
        async with self._database.read() as conn:
            if data_source.has_tenant_index:
                found = await table.page(conn, rows, key, tenant=tenant, position=position, limit=PAGE)
            else:
                found = await table.window(conn, rows, key[0], tenant=tenant, position=position, limit=PAGE)
            return found if data_source.beside is None else await _with_others(conn, data_source.beside, found)

    async def _tenant(self, tenant_id: str) -> int:
        async with self._database.read() as conn:
            found = await tenants.tenant_named(conn, tenant_id)
        if found is None:
            raise NotFound("There is no such tenant.")
        return found.number

    async def _wait(self) -> None:
        look = self._database.look
        await rest(
            self._wake,
            interval_s=POLL_S,
            may_be_work=lambda: look.version(table.VERSION_KIND) != self._version or self._running.allows(bool),
        )
        self._wake.clear()


async def _with_others(conn: AsyncConnection, beside: Beside, found: table.PersonalRows) -> table.PersonalRows:
    return found._replace(rows=await beside(conn, found.rows))


async def _off_loop(subject: Person, row: PersonalRow, work: Callable[[PersonalRow, Person], T]) -> T:
    """The result of `work` on one row, which may hold an event of 256 KiB."""
    size = sum(len(value) for value in row.values() if isinstance(value, str | bytes))
    return await off_loop(lambda: work(row, subject), tenant=subject.tenant, size=size)


def _shown(data_source: DataSource, row: PersonalRow, subject: Person) -> ColumnValues | None:
    """A row that names the person as JSON; None for another."""
    return data_source.shown(row) if data_source.is_about(row, subject) else None


def _erased(data_source: DataSource, row: PersonalRow, subject: Person) -> ColumnValues:
    """Columns of a row that the erasure changes."""
    return data_source.erased(row, subject) if data_source.is_about(row, subject) else {}


async def _rewrite(
    conn: AsyncConnection, data_source: DataSource, subject: Person, changes: Sequence[RowChange]
) -> None:
    await table.bump(conn)
    for row, changed in changes:
        await table.rewrite(conn, data_source.table, data_source.key, row=row, changed=changed)
    if data_source.along:
        await data_source.along(conn, subject, changes)


def _context(erasure_id: str) -> str:
    return f"erasure/{erasure_id}"
