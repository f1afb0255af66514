"""Entities of a batch of events, between their rows and the engine."""

from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.errors import LostRace
from tidings_server.workflow.entities import Entity, EntityIndex, Reference
from tidings_server.workflow.store import entities as table
from tidings_server.workflow.store.entities import EntityLookup, StoredEntity
from tidings_server.workflow.workflow_event import WorkflowEvent

EntityOwner = tuple[int, str]
"""Tenant number and retailer."""


class EntityStore:
    """The entities of a batch of events: read once, changed in memory, and their changed rows to write."""

    def __init__(self) -> None:
        self._indexes: dict[EntityOwner, EntityIndex] = {}
        self._stored: dict[tuple[EntityOwner, str, str], StoredEntity] = {}
        self._changed: dict[tuple[EntityOwner, str, str], StoredEntity] = {}

    async def preload(self, conn: AsyncConnection, owner: EntityOwner, events: Sequence[WorkflowEvent]) -> None:
        """Read the retailer's entities that events name, then the roots of those whose events name no root."""
        await self._load(
            conn, owner, [event.entity for event in events] + [event.root for event in events if event.root]
        )
        entities = (self.index(owner).find(event.entity) for event in events if event.root is None)
        roots = [entity.root for entity in entities if entity is not None and entity.root is not None]
        if roots:
            await self._load(conn, owner, roots)

    def index(self, owner: EntityOwner) -> EntityIndex:
        """The retailer's entities that are loaded, with the changes of this batch."""
        return self._indexes.setdefault(owner, EntityIndex())

    def put(self, owner: EntityOwner, entity: Entity, *, seq: int, at_us: int) -> StoredEntity:
        """Store the entity as the event at `seq` has left it; returns its row, whose key is `seq` if it is new."""
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
        self.index(owner).put(entity)
        return row

    @property
    def changed(self) -> list[StoredEntity]:
        """The rows to write."""
        return list(self._changed.values())

    async def _load(self, conn: AsyncConnection, owner: EntityOwner, references: Iterable[Reference]) -> None:
        tenant, retailer = owner
        names = {EntityLookup(name.type, name.id, name.ref) for name in references}
        for stored in await table.find(conn, tenant, names):
            identity = (owner, stored.type, stored.id)
            if stored.retailer_id == retailer and identity not in self._stored:
                self._stored[identity] = stored
                self.index(owner).put(entity_of(stored))


async def write(conn: AsyncConnection, changed: Sequence[StoredEntity]) -> None:
    """Write rows. Raises LostRace when one of them was changed, or the same entity added, since it was read."""
    if not changed:
        return
    versions = {row.key: row.version - 1 for row in changed if row.version > 1}
    if versions and await table.hold(conn, versions) != versions:
        raise LostRace
    for tenant in {row.tenant_id for row in changed if row.version == 1}:
        new = [row for row in changed if row.tenant_id == tenant and row.version == 1]
        existing = await table.find(conn, tenant, [EntityLookup(row.type, row.id, None) for row in new])
        if set(map(_identity, existing)) & set(map(_identity, new)):
            raise LostRace
    await table.put(conn, changed)


def entity_of(stored: StoredEntity) -> Entity:
    """The entity that a row holds."""
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
