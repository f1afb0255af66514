"""`Idempotency-Key`: the same request again gets the same answer and has no second effect, for 24 h.

Before the handler runs, the key is reserved together with an id for what the handler makes; after it, the answer is
kept, sealed, since it may show a secret. A crash between effect and answer leaves the reservation: the retry runs the
handler again with the same id, and a create that finds its id taken by the same body answers what is there.
"""

import base64
import json
from asyncio import Lock
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from weakref import WeakValueDictionary

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import Conflict
from tidings_server.platform.sealing import Sealer
from tidings_server.rpc.store import idempotency
from tidings_server.rpc.store.idempotency import Kept, Slot
from tidings_server.storage.database import Database

KEPT_US = 24 * 3_600 * 1_000_000
SWEEP_S = 600.0
SWEEP_ROWS = 500

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reserved:
    """A key that is reserved for this request. `answer` is None until the request was answered once."""

    resource_id: str
    answer: bytes | None
    headers: Mapping[str, str]


class Repeats:
    """Keeps answers by key."""

    def __init__(self, database: Database, *, sealer: Sealer, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._ids = ids
        self._turns: WeakValueDictionary[Slot, Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, slot: Slot) -> AsyncIterator[None]:
        """One request after the other: a repeat that comes while the first still runs waits for its answer.

        Holds within this process. Between processes only the reserved id keeps two of them from making two things.
        """
        turn = self._turns.setdefault(slot, Lock())
        async with turn:
            yield

    async def reserve(self, slot: Slot, request_hash: bytes) -> Reserved:
        """Reserve the key, or find what is kept for it. Raises Conflict when another body came with it."""
        now_us = self._clock.now_us()
        new = Kept(request_hash, self._ids.uuid7(), None, "{}", now_us)

        async def unit(conn: AsyncConnection) -> Kept:
            if await idempotency.add(conn, slot, new):
                return new
            kept = await idempotency.find(conn, slot)
            if kept is not None and kept.created_at > now_us - KEPT_US:
                return kept
            await idempotency.remove(conn, slot)
            await idempotency.add(conn, slot, new)
            return new

        kept = await self._database.write_queue.run(unit)
        if kept.request_hash != request_hash:
            raise Conflict("This Idempotency-Key came with another request.")
        answer = None if kept.answer is None else self._opened(slot, kept.answer)
        return Reserved(kept.resource_id, answer, json.loads(kept.headers))

    async def keep(self, slot: Slot, answer: bytes, headers: Mapping[str, str]) -> None:
        """Keep the answer and how REST gives it."""
        sealed = self._sealer.seal(base64.b64encode(answer).decode(), context=_context(slot))
        printed = json.dumps(dict(headers))
        await self._database.write_queue.run(
            lambda conn: idempotency.answer(conn, slot, sealed=sealed, headers=printed)
        )

    async def release(self, slot: Slot) -> None:
        """Give the key free: the request was refused and had no effect."""
        await self._database.write_queue.run(lambda conn: idempotency.remove(conn, slot))

    async def run(self) -> None:
        """Forget keys older than 24 h, until cancelled."""
        while True:
            try:
                while await self.run_once() == SWEEP_ROWS:
                    continue
            except Exception:
                log.exception("idempotency_not_swept")
            await self._clock.sleep(SWEEP_S)

    async def run_once(self) -> int:
        """Forget at most SWEEP_ROWS; how many there were."""
        than = self._clock.now_us() - KEPT_US
        return await self._database.write_queue.run(
            lambda conn: idempotency.remove_older(conn, than=than, limit=SWEEP_ROWS)
        )

    def _opened(self, slot: Slot, sealed: bytes) -> bytes:
        return base64.b64decode(self._sealer.open(sealed, context=_context(slot)))


def _context(slot: Slot) -> str:
    return f"idempotency/{slot.tenant}/{slot.method}/{slot.key}"
