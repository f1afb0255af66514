"""Ids of audit records, computed instead of stored, and the key that they are computed with."""

import hashlib
import hmac
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.sealing import Sealer
from tidings_server.storage import singleton_keys
from tidings_server.storage.database import Database

PURPOSE: Final = "audit"

_NUMBER_BITS: Final = 48
_INDEX_BITS: Final = 12
_PROOF_BITS: Final = 62
_VERSION: Final = 8 << 76
_VARIANT: Final = 0b10 << 62


class AuditIds:
    """Codec of audit ids: UUIDs (RFC 9562, version 8) that encode the event and the index of the audit in its run.

    Of 122 bits, 60 are the position of the event in the log and the index of the audit, and 62 authenticate them; the
    60 are masked, since positions would disclose how many events there are. `key` is at least 16 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, seq: int, index: int) -> str:
        """The id of the audit at `index` (below 4,096) of the run of the event at `seq` (below 2^48)."""
        proof = self._proof(seq, index)
        hidden = (seq << _INDEX_BITS | index) ^ self._mask(proof)
        number, place = hidden >> _INDEX_BITS, hidden & ((1 << _INDEX_BITS) - 1)
        digits = f"{number << 80 | _VERSION | place << 64 | _VARIANT | proof:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def read(self, audit_id: str) -> tuple[int, int] | None:
        """The `seq` and `index` of an id; None for one that `make` did not create."""
        try:
            value = UUID(audit_id).int
        except ValueError:
            return None
        proof = value & ((1 << _PROOF_BITS) - 1)
        hidden = value >> 80 << _INDEX_BITS | value >> 64 & ((1 << _INDEX_BITS) - 1)
        shown = hidden ^ self._mask(proof)
        seq, index = shown >> _INDEX_BITS, shown & ((1 << _INDEX_BITS) - 1)
        is_ours = hmac.compare_digest(self.make(seq, index).encode(), audit_id.encode())
        return (seq, index) if is_ours else None

    def _proof(self, seq: int, index: int) -> int:
        return self._bits(b"proof", seq << _INDEX_BITS | index) & ((1 << _PROOF_BITS) - 1)

    def _mask(self, proof: int) -> int:
        return self._bits(b"mask", proof) & ((1 << _NUMBER_BITS + _INDEX_BITS) - 1)

    def _bits(self, purpose: bytes, number: int) -> int:
        digest = hashlib.blake2b(number.to_bytes(8), digest_size=8, key=self._key, person=purpose).digest()
        return int.from_bytes(digest)


async def load_audit_ids(database: Database, sealer: Sealer, clock: Clock, ids: Ids) -> AuditIds:
    """Audit ids under the key of this database, which the first process creates and all others read."""
    created = sealer.seal(ids.token(), context=PURPOSE)

    async def transaction(conn: AsyncConnection) -> bytes:
        return await singleton_keys.only_key(conn, PURPOSE, sealed=created, at=clock.now_us())

    return AuditIds(sealer.open(await database.write_queue.run(transaction), context=PURPOSE).encode())
