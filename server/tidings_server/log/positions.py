"""Positions of clients in the log and in lists: opaque texts, valid for one tenant only.

A position is the number of the last event read, or the last line of a list, encrypted for its tenant with a key that
all processes share: the number itself would disclose how much others store.
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
REFUSED = "must be a position that this API returned"
LINE = "line"
MAX_LINE_CHARS = 2_048


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
            raise InvalidInput.of(field, REFUSED)
        return seq

    def print_line(self, tenant: int, line: str, *, of: str) -> str:
        """The position behind a line (a text that is not empty) of the list `of`: URL-safe base64."""
        return urlsafe_b64encode(self._cipher.encrypt(line.encode(), _context(tenant, of))).decode().rstrip("=")

    def parse_line(self, tenant: int, text: str, *, of: str, field: str = "after") -> str:
        """The line in a position. Raises InvalidInput on `field` for another tenant's or list's, and other texts."""
        padded = text + "=" * (-len(text) % 4)
        line = self._decrypted(padded, _context(tenant, of)) if len(text) <= MAX_LINE_CHARS else None
        if line is None or self.print_line(tenant, line.decode(), of=of) != text:
            raise InvalidInput.of(field, REFUSED)
        return line.decode()

    def _read(self, tenant: int, text: str) -> int | None:
        seq = self._decrypted(text, _context(tenant))
        return None if seq is None else int.from_bytes(seq)

    def _decrypted(self, text: str, context: list[bytes]) -> bytes | None:
        try:
            return self._cipher.decrypt(urlsafe_b64decode(text), context)
        except (InvalidTag, ValueError):
            return None


def _context(tenant: int, of: str = "") -> list[bytes]:
    context = [PURPOSE.encode(), str(tenant).encode()]
    return [*context, LINE.encode(), of.encode()] if of else context


async def load_positions(database: Database, sealer: Sealer, clock: Clock, ids: Ids) -> Positions:
    """Positions under the key of this database; made by the first process."""
    made = sealer.seal(ids.token(), context=PURPOSE)

    async def transaction(conn: AsyncConnection) -> bytes:
        return await singleton_keys.only_key(conn, PURPOSE, sealed=made, at=clock.now_us())

    return Positions(sealer.open(await database.write_queue.run(transaction), context=PURPOSE).encode())
