"""Positions of clients in the log: opaque texts, valid for one tenant only.

A position is the number of the last event read, encrypted for its tenant with a key that all processes share: the
number itself would disclose how much others store.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import InvalidInput
from tidings_server.platform.sealing import Sealer
from tidings_server.storage import singleton_keys
from tidings_server.storage.database import Database

PURPOSE = "position"
LENGTH = 32
SEQ_BYTES = 8


class Positions:
    """Prints and parses positions; `parse(t, print(t, n)) == n`, and equal numbers give equal positions."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(hashlib.sha512(key).digest())

    def print(self, tenant: int, seq: int) -> str:
        """The position after event number `seq` (below 2^63): 32 characters of URL-safe base64."""
        return urlsafe_b64encode(self._cipher.encrypt(seq.to_bytes(SEQ_BYTES), _context(tenant))).decode()

    def parse(self, tenant: int, text: str, *, field: str = "after") -> int:
        """The number in a position. Raises InvalidInput on `field` for another tenant's and for other texts."""
        seq = self._read(tenant, text) if len(text) == LENGTH else None
        if seq is None or self.print(tenant, seq) != text:  # base64 has more than one spelling for some
            raise InvalidInput.of(field, "must be a position that this API returned")
        return seq

    def _read(self, tenant: int, text: str) -> int | None:
        try:
            return int.from_bytes(self._cipher.decrypt(urlsafe_b64decode(text), _context(tenant)))
        except (InvalidTag, ValueError):
            return None


def _context(tenant: int) -> list[bytes]:
    return [PURPOSE.encode(), str(tenant).encode()]


async def load_positions(database: Database, sealer: Sealer, clock: Clock, ids: Ids) -> Positions:
    """Positions under the key of this database; made by the first process."""
    made = sealer.seal(ids.token(), context=PURPOSE)

    async def transaction(conn: AsyncConnection) -> bytes:
        return await singleton_keys.only_key(conn, PURPOSE, sealed=made, at=clock.now_us())

    return Positions(sealer.open(await database.write_queue.run(transaction), context=PURPOSE).encode())
