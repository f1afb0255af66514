"""Entities between their rows and the engine: those that a batch of events needs, and those that it has changed."""

from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.errors import LostRace
from tidings_server.workflow.entities import Entity, EntityIndex, Reference
from tidings_server.workflow.store import entities as table
from tidings_server.workflow.store.entities import EntityName, StoredEntity

EntityOwner = tuple[int, str]
"""Tenant number and retailer."""


class EntityStore:
    """The entities of a batch. Load them by their names; then find, and put what events make of them."""

    def __init__(self) -> None:
        self._rosters: dict[EntityOwner, EntityIndex] = {}
        self._stored: dict[tuple[EntityOwner, str, str], StoredEntity] = {}
        self._changed: dict[tuple[EntityOwner, str, str], StoredEntity] = {}

    async def load(self, conn: AsyncConnection, owner: EntityOwner, names: Iterable[Reference]) -> None:
        """Read the retailer's entities that bear one of these names."""
        tenant, retailer = owner
        wanted = {EntityName(name.type, name.id, name.ref) for name in names}
        for stored in await table.find(conn, tenant, wanted):
            identity = (owner, stored.type, stored.id)
            if stored.retailer_id == retailer and identity not in self._stored:
                self._stored[identity] = stored
                self.roster(owner).put(entity_of(stored))

    def roster(self, owner: EntityOwner) -> EntityIndex:
        """The retailer's entities, those changed in this batch as they are now."""
        return self._rosters.setdefault(owner, EntityIndex())

    def put(self, owner: EntityOwner, entity: Entity, *, seq: int, at_us: int) -> StoredEntity:
        """The entity as the event at `seq` has left it; gives the row, which is new where the entity is."""
        identity = (owner, entity.type, entity.id)
        before = self._stored.get(identity)
        if before is None:
            row = _new_row(owner[0], entity, key=seq, at_us=at_us)
        elif entity_of(before) == entity:
            return before
        else:
            version = before.version + (identity not in self._changed)
            row = before._replace(status=entity.status, attributes=entity.attributes, version=version, updated_at=at_us)
        self._stored[identity] = self._changed[identity] = row
        self.roster(owner).put(entity)
        return row

    @property
    def changed(self) -> list[StoredEntity]:
        """The rows to write."""
        return list(self._changed.values())


async def write(conn: AsyncConnection, changed: Sequence[StoredEntity]) -> None:
    """Store rows. LostRace when somebody else has changed one of them, or made the same entity, since it was read."""
    if not changed:
        return
    versions = {row.key: row.version - 1 for row in changed if row.version > 1}
    if versions and await table.hold(conn, versions) != versions:
        raise LostRace
    for tenant in {row.tenant_id for row in changed if row.version == 1}:
        new = [row for row in changed if row.tenant_id == tenant and row.version == 1]
        there = await table.find(conn, tenant, [EntityName(row.type, row.id, None) for row in new])
        if set(map(_identity, there)) & set(map(_identity, new)):
            raise LostRace
    await table.put(conn, changed)


def entity_of(stored: StoredEntity) -> Entity:
    """The entity in a row."""
    root = Reference(stored.root_type, stored.root_id, stored.root_ref) if stored.root_type else None
    return Entity(
        type=stored.type,
        subtype=stored.subtype,
        id=stored.id,
        ref=stored.ref,
        retailer_id=stored.retailer_id,
        root=root,
        status=stored.status,
        attributes=stored.attributes,
    )


def _new_row(tenant: int, entity: Entity, *, key: int, at_us: int) -> StoredEntity:
    root = entity.root
    return StoredEntity(
        key=key,
        tenant_id=tenant,
        retailer_id=entity.retailer_id,
        type=entity.type,
        subtype=entity.subtype,
        id=entity.id,
        ref=entity.ref,
        root_type=root.type if root else None,
        root_id=root.id if root else None,
        root_ref=root.ref if root else None,
        status=entity.status,
        attributes=entity.attributes,
        version=1,
        created_at=at_us,
        updated_at=at_us,
    )


def _identity(stored: StoredEntity) -> tuple[int, str, str, str]:
    return stored.tenant_id, stored.retailer_id, stored.type, stored.id
