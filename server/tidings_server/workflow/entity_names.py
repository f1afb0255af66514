"""Names of entities: both names of an event are those of its entity, as soon as it is known.

Otherwise a search by one name misses the events that were sent by the other.
"""

from typing import Final, NamedTuple

from tidings_server.platform.errors import InvalidInput
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import EventRecord
from tidings_server.workflow.store import entities
from tidings_server.workflow.store.entities import EntityLookup

MAX_KNOWN: Final = 20_000
"""Names that are kept in memory; those of an entity never change."""

_Key = tuple[int, str, str, str]
"""Tenant, retailer, type, and a name."""


class EntityNames(NamedTuple):
    """An entity's id, and its ref where it has one."""

    id: str
    ref: str | None


class EntityNaming:
    """Completes the names of events, and refuses those that contradict each other."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_id: dict[_Key, EntityNames] = {}
        self._by_ref: dict[_Key, EntityNames] = {}

    async def complete(self, record: EventRecord) -> EventRecord:
        """The record with both names of its entity and of its root, as far as they are known.

        Raises InvalidInput where `entityId` and `entityRef` are those of two entities.
        """
        entity_id, entity_ref = await self._names(
            record, record.entity_type, record.entity_id, record.entity_ref, field="entityRef"
        )
        root_id, root_ref = await self._names(
            record, record.root_type, record.root_id, record.root_ref, field="rootEntityRef"
        )
        return record._replace(entity_id=entity_id, entity_ref=entity_ref, root_id=root_id, root_ref=root_ref)

    async def _names(
        self, record: EventRecord, kind: str | None, name: str | None, ref: str | None, *, field: str
    ) -> tuple[str | None, str | None]:
        if not kind or not (name or ref):
            return name, ref
        owner = record.tenant_id, record.retailer_id or "", kind
        by_id = self._by_id.get((*owner, name)) if name else None
        by_ref = self._by_ref.get((*owner, ref)) if ref else None
        if (name and by_id is None) or (ref and by_ref is None):
            await self._read(owner, name, ref)
            by_id = self._by_id.get((*owner, name)) if name else None
            by_ref = self._by_ref.get((*owner, ref)) if ref else None
        known = by_id or by_ref
        if known is None:
            return name, ref
        is_contradiction = by_id and ref and by_id.ref not in (None, ref)
        if is_contradiction or (by_ref and name and by_ref.id != name):
            raise InvalidInput.of(field, "must be the ref of the entity that the id names, or be left out")
        return name or known.id, ref or known.ref

    async def _read(self, owner: tuple[int, str, str], name: str | None, ref: str | None) -> None:
        tenant, retailer, kind = owner
        if len(self._by_id) + len(self._by_ref) > MAX_KNOWN:
            self._by_id.clear()
            self._by_ref.clear()
        async with self._database.read_inline() as conn:
            found = await entities.find(conn, tenant, [EntityLookup(kind, name, ref)])
        for stored in found:
            if (stored.retailer_id, stored.type) == (retailer, kind):
                names = EntityNames(stored.id, stored.ref)
                self._by_id[tenant, retailer, kind, stored.id] = names
                if stored.ref:
                    self._by_ref[tenant, retailer, kind, stored.ref] = names
