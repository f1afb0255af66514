"""The key that ids of audit records are made with: one for all processes, made by the first."""

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.clock import Clock, Ids
from tidings_server.core.workflow.audits import AuditIds
from tidings_server.sealing import Sealer
from tidings_server.store import keys
from tidings_server.store.engine import Database

PURPOSE = "audit"


async def load_audit_ids(database: Database, sealer: Sealer, clock: Clock, ids: Ids) -> AuditIds:
    """Ids under the key of this database."""
    made = sealer.seal(ids.token(), context=PURPOSE)

    async def unit(conn: AsyncConnection) -> bytes:
        return await keys.only_key(conn, PURPOSE, sealed=made, at=clock.now_us())

    return AuditIds(sealer.open(await database.lane.run(unit), context=PURPOSE).encode())
