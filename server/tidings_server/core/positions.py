"""Positions in the log as clients see them: opaque, and good for the tenant only that they were given to.

A position is the number of the last event read, signed with a key that all processes share, salted with the tenant.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode

from itsdangerous import BadSignature, Signer
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.clock import Clock, Ids
from tidings_server.errors import InvalidInput
from tidings_server.sealing import Sealer
from tidings_server.store import keys
from tidings_server.store.engine import Database

PURPOSE = "position"
MAX_LENGTH = 128


class Positions:
    """Prints and parses positions; `parse(t, print(t, n)) == n`."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def print(self, tenant: int, seq: int) -> str:
        """The position after event number `seq`, in URL-safe base64 without padding; at most 84 characters."""
        signed = self._signer(tenant).sign(str(seq))
        return urlsafe_b64encode(signed).rstrip(b"=").decode()

    def parse(self, tenant: int, text: str, *, field: str = "after") -> int:
        """The number in a position. Raises InvalidInput on `field` for another tenant's and for what we never made."""
        seq = self._read(tenant, text) if len(text) <= MAX_LENGTH else None
        if seq is None or self.print(tenant, seq) != text:
            raise InvalidInput.of(field, "must be a position that this API returned")
        return seq

    def _read(self, tenant: int, text: str) -> int | None:
        """The number that the signature is of; base64 lets more than one text stand for it."""
        try:
            return int(self._signer(tenant).unsign(urlsafe_b64decode(text + "=" * (-len(text) % 4))))
        except (BadSignature, ValueError):
            return None

    def _signer(self, tenant: int) -> Signer:
        return Signer(self._key, salt=f"position.{tenant}", digest_method=hashlib.sha256)


async def load_positions(database: Database, sealer: Sealer, clock: Clock, ids: Ids) -> Positions:
    """Positions under the key of this database; the first process makes it."""
    made = sealer.seal(ids.token(), context=PURPOSE)

    async def unit(conn: AsyncConnection) -> bytes:
        return await keys.only_key(conn, PURPOSE, sealed=made, at=clock.now_us())

    return Positions(sealer.open(await database.lane.run(unit), context=PURPOSE).encode())
