"""The key that ids of audit records are made with: one for all processes, made by the first."""

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.sealing import Sealer
from tidings_server.storage import singleton_keys
from tidings_server.storage.database import Database
from tidings_server.workflow.audits import AuditIds

PURPOSE = "audit"


async def load_audit_ids(database: Database, sealer: Sealer, clock: Clock, ids: Ids) -> AuditIds:
    """Ids under the key of this database."""
    made = sealer.seal(ids.token(), context=PURPOSE)

    async def unit(conn: AsyncConnection) -> bytes:
        return await singleton_keys.only_key(conn, PURPOSE, sealed=made, at=clock.now_us())

    return AuditIds(sealer.open(await database.write_queue.run(unit), context=PURPOSE).encode())
