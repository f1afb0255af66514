"""Idempotency: a request repeated with its `Idempotency-Key` gets the same response and has no second effect, for 24 h.

Before the handler runs, the key is reserved together with an id for what the handler creates; after it, the response is
stored, sealed, since it may show a secret. A crash between effect and response leaves the reservation: the retry runs
the handler again with the same id, and a create that finds its id taken by the same body answers what is there. So it
is with an answer that is too large to be kept. What only reads needs no key.
"""

import base64
import json
import re
from asyncio import Lock
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from weakref import WeakValueDictionary

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import Conflict, Internal, InvalidInput, TidingsError, Unavailable
from tidings_server.platform.scope import Scope
from tidings_server.platform.sealing import Sealer
from tidings_server.rpc.metadata import Context, RpcCall
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.middleware import Middleware, Serve
from tidings_server.rpc.store import idempotency as sql
from tidings_server.rpc.store.idempotency import IdempotencyKey, StoredRequest
from tidings_server.storage.bisection import PausedRows, bisected, set_aside
from tidings_server.storage.database import Database

HEADER = "idempotency-key"

_KEY = re.compile(r"[A-Za-z0-9._:~-]{1,128}")


READS = ":read"
KEPT_BYTES = 64 << 10
"""Size of an answer that is kept: larger ones would fill the disk beside all quotas."""
KEPT_US = 24 * 3_600 * 1_000_000
SWEEP_S = 600.0
RETRY_S = 1.0
SWEEP_ROWS = 500
PART_DIGITS = 32

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReservedKey:
    """A key that is reserved for this request. `answer` is None until the request was answered once."""

    resource_id: str
    answer: bytes | None
    headers: Mapping[str, str]


class IdempotencyKeys:
    """Requests by their key, with their responses."""

    def __init__(self, database: Database, *, sealer: Sealer, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._ids = ids
        self._paused = PausedRows(clock, pause_s=SWEEP_S)
        self._turns: WeakValueDictionary[IdempotencyKey, Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, slot: IdempotencyKey) -> AsyncIterator[None]:
        """Hold the lock of a key: a repeat that comes while the first still runs waits for its response.

        Holds within this process. Between processes only the reserved id keeps two of them from making two things.
        """
        turn = self._turns.setdefault(slot, Lock())
        async with turn:
            yield

    async def reserve(self, slot: IdempotencyKey, request_hash: bytes) -> ReservedKey:
        """Reserve the key, or return its earlier reservation. Raises Conflict for a key of another request."""
        now_us = self._clock.now_us()
        new = StoredRequest(request_hash, self._ids.uuid7(), None, "{}", now_us)

        async def transaction(conn: AsyncConnection) -> StoredRequest:
            if await sql.add(conn, slot, new):
                return new
            kept = await sql.find(conn, slot)
            if kept is not None and kept.created_at > now_us - KEPT_US:
                return kept
            await sql.remove(conn, slot)
            await sql.add(conn, slot, new)
            return new

        kept = await self._database.write_queue.run(transaction)
        if kept.request_hash != request_hash:
            raise Conflict("This Idempotency-Key came with another request.")
        answer = None if kept.answer is None else self._opened(slot, kept.answer)
        return ReservedKey(kept.resource_id, answer, json.loads(kept.headers))

    async def keep(self, slot: IdempotencyKey, answer: bytes, headers: Mapping[str, str]) -> None:
        """Store the response and the metadata of its REST response."""
        sealed = self._sealer.seal(base64.b64encode(answer).decode(), context=_context(slot))
        printed = json.dumps(dict(headers))
        await self._database.write_queue.run(lambda conn: sql.answer(conn, slot, sealed=sealed, headers=printed))

    async def release(self, slot: IdempotencyKey) -> None:
        """Release the key: the request was refused and had no effect."""
        await self._database.write_queue.run(lambda conn: sql.remove(conn, slot))

    async def run(self) -> None:
        """Delete keys older than 24 h, until cancelled."""
        heartbeat = heartbeats.current()
        while True:
            try:
                with heartbeat.round():
                    while await self.run_once() == SWEEP_ROWS:
                        heartbeat.beat()
            except Exception:
                log.exception("idempotency_not_swept")
                await self._clock.sleep(RETRY_S)
                continue
            await self._clock.sleep(SWEEP_S)

    async def run_once(self) -> int:
        """Delete at most SWEEP_ROWS of them; gives the number. Those that cannot be deleted are left for later."""
        than, paused = self._clock.now_us() - KEPT_US, self._paused.active()
        async with self._database.read() as conn:
            old = await sql.older(conn, than=than, limit=SWEEP_ROWS + len(paused))
        slots = [slot for slot in old if _context(slot) not in paused][:SWEEP_ROWS]
        await bisected(slots, self._remove, refused=self._leave)
        return len(slots)

    async def _remove(self, slots: Sequence[IdempotencyKey]) -> None:
        await self._database.write_queue.run(lambda conn: sql.remove_all(conn, slots))

    async def _leave(self, slot: IdempotencyKey, error: Exception) -> None:
        set_aside("idempotency_keys", error, tenant=slot.tenant, method=slot.method)
        self._paused.add(_context(slot))

    def _opened(self, slot: IdempotencyKey, sealed: bytes) -> bytes:
        return base64.b64decode(self._sealer.open(sealed, context=_context(slot)))


def idempotency(keys: IdempotencyKeys) -> Middleware:
    """Honour `Idempotency-Key` on a POST whose resource has no id of the client's own; others cost one look-up."""

    def middleware(rpc: Rpc, inner: Serve) -> Serve:
        if not rpc.is_post or rpc.is_stream or rpc.is_public or rpc.required_scope.endswith(READS):
            return inner

        async def serve(call: RpcCall, request: Any, context: Context) -> bytes | None:
            sent = call.metadata.get(HEADER)
            if sent is None or call.scope is None or rpc.client_id(request):
                return await inner(call, request, context)
            slot = IdempotencyKey(call.scope.tenant, rpc.path + _part(call.scope), _key(sent))
            async with keys.turn(slot):
                reserved = await keys.reserve(slot, _hash(request))
                if reserved.answer is not None:
                    call.rest_response.update(reserved.headers)
                    return reserved.answer
                call.scope = replace(call.scope, reserved_id=reserved.resource_id)
                return await _served(keys, slot, lambda: inner(call, request, context), call)

        return serve

    return middleware


async def _served(
    keys: IdempotencyKeys, slot: IdempotencyKey, serve: Callable[[], Awaitable[bytes | None]], call: RpcCall
) -> bytes:
    """Serve the request for the first time, or again after an answer that was never kept.

    A refusal had no effect, so the key is released. After a fault of the server it may have had one: the reservation
    stays.
    """
    try:
        answer = await serve() or b""
    except (Unavailable, Internal):
        raise
    except TidingsError:
        await keys.release(slot)
        raise
    if len(answer) <= KEPT_BYTES:
        await keys.keep(slot, answer, call.rest_response)
    return answer


def _key(sent: str) -> str:
    """The key, without the quotes that the IETF's draft puts around it."""
    stripped = sent.strip()
    is_quoted = len(stripped) > 1 and stripped[0] == stripped[-1] == '"'
    key = stripped[1:-1] if is_quoted else stripped
    if not _KEY.fullmatch(key):
        raise InvalidInput.of("Idempotency-Key", "must be 1 to 128 of [A-Za-z0-9._:~-]")
    return key


def _part(scope: Scope) -> str:
    """The part of the tenant that the caller sees: stores, retailers, users, applications have keys of their own."""
    narrowed = (scope.retailer_id, scope.store_id, scope.user_id, scope.site_id)
    named = "/".join(map(str, narrowed)) if any(narrowed) else ""
    if scope.application is not None:
        named += f"#{scope.application}"
    return named and "#" + sha256(named.encode()).hexdigest()[:PART_DIGITS]


def _hash(request: Any) -> bytes:
    """Digest of what a repeat has in common."""
    return sha256(request.SerializeToString(deterministic=True)).digest()


def _context(slot: IdempotencyKey) -> str:
    return f"idempotency/{slot.tenant}/{slot.method}/{slot.key}"
