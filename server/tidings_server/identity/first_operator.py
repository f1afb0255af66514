"""The first operator, who creates all others.

Where a database has no operator at all, the process that notices it first makes one, and writes its token to the file
`operator-token` in the data directory (mode 0600). With the tenant `demo` comes an operator, so there it is not needed.
"""

from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.credentials import OPERATOR_GRANTS
from tidings_server.identity.secret_hashing import hash_secret
from tidings_server.identity.store import credentials, tenants
from tidings_server.identity.store.credentials import CredentialFilter
from tidings_server.identity.store.tenants import CredentialKind, NewCredential
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.sealing import create_private
from tidings_server.storage.database import Database

FILE: Final = "operator-token"
NAME: Final = "first-operator"


async def ensure_operator(database: Database, data_dir: Path, *, clock: Clock, ids: Ids) -> Path | None:
    """Create the first operator and the file with its token; None where there is an operator already.

    The file is written first: a crash between the two leaves a token that the next start makes good.
    """
    async with database.read() as conn:
        if await credentials.page(conn, _ANY, after=0, limit=1):
            return None
    path = data_dir / FILE
    is_created = not path.exists() and create_private(path, f"{NAME}.{ids.token()}\n".encode())
    name, _, secret = path.read_text().strip().partition(".")
    new = NewCredential(
        CredentialKind.OPERATOR, name, hash_secret(secret), None, OPERATOR_GRANTS, created_at=clock.now_us()
    )

    async def transaction(conn: AsyncConnection) -> bool:
        await tenants.bump(conn)
        if await credentials.page(conn, _ANY, after=0, limit=1):
            stored = await tenants.credential_by_name(conn, new.kind, name)
            return stored is not None and stored.secret_hash == new.secret_hash  # by another process, of the same file
        await tenants.add_credential(conn, new)
        return True

    if await database.write_queue.run(transaction):
        return path
    if is_created:  # another process, with a data directory of its own, was first: this token is nobody's
        path.unlink()
    return None


_ANY: Final = CredentialFilter(None, (CredentialKind.OPERATOR,), has_revoked=True)
