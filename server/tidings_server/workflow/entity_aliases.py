"""Other names of entities, so that a search by one finds events that were sent by the other.

An event is stored with the names that it came with: by ref before its entity existed, by id later.
"""

from tidings_server.log.store.search import EntityAlias
from tidings_server.storage.database import Database
from tidings_server.workflow.store import entities, workflows
from tidings_server.workflow.store.entities import EntityLookup


class WorkflowEntityAliases:
    """Implements the port `EntityAliases`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, tenant: int, name: str) -> frozenset[EntityAlias]:
        """The other names of entities with this id or this ref, of whatever type."""
        async with self._database.read() as conn:
            types = await workflows.entity_types(conn, tenant)
            lookups = [EntityLookup(entity_type, name, name) for entity_type in types]
            found = await entities.names(conn, tenant, lookups) if lookups else []
        return frozenset(
            EntityAlias(entity.type, entity.retailer_id, other)
            for entity in found
            if name in (entity.id, entity.ref)
            for other in (entity.id, entity.ref)
            if other and other != name
        )
