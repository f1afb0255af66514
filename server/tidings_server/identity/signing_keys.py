"""Keys that sign access tokens: shared by all processes, rotated while the server runs, published as a JWK set.

A new key is published at once and signs when it is ANNOUNCED_US old, so that who verifies by `/.well-known/jwks.json`
knows it in time. A key goes when the last token that it can have signed has expired.
"""

import json
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import structlog
from joserfc.jwk import ECKey
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.store import tenants
from tidings_server.identity.store.tenants import ServerKey
from tidings_server.platform import heartbeats
from tidings_server.platform.clock import US_PER_S, Clock, Ids
from tidings_server.platform.errors import NotFound
from tidings_server.platform.sealing import Sealer
from tidings_server.storage.database import Database

ALGORITHM: Final = "ES256"
PURPOSE: Final = "token"
ANNOUNCED_US: Final = 300 * US_PER_S
RELOAD_AFTER_S: Final = 1.0
"""Least time between two reads of the keys for tokens with an unknown key."""
EVERY_S: Final = 3_600.0
RETRY_S: Final = 1.0
DAY_US: Final = 86_400 * US_PER_S

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key as the operator sees it. `created_at` in µs; `state` ANNOUNCED, SIGNING or VERIFYING."""

    id: str
    created_at: int
    state: str


class SigningKeys:
    """The keys; `load` first."""

    def __init__(
        self, database: Database, *, sealer: Sealer, clock: Clock, ids: Ids, token_life_s: int, days: int = 0
    ) -> None:
        """`days` is the age at which a key is replaced; 0: never."""
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._ids = ids
        self._token_life_us = token_life_s * US_PER_S
        self._life_us = days * DAY_US
        self._stored: list[ServerKey] = []
        self._keys: dict[str, ECKey] = {}
        self._loaded_at = 0.0

    async def load(self) -> None:
        """Read the keys, and make the first one where there is none."""
        await self.reload()
        if not self._keys:
            await self._database.write_queue.run(self._add_unless_there_is_one)
            await self.reload()

    async def run(self) -> None:
        """Create new keys in time and remove old ones, until cancelled."""
        heartbeat = heartbeats.current()
        pause_s = EVERY_S
        while True:
            await self._clock.sleep(pause_s)
            try:
                with heartbeat.round():
                    await self.run_once()
                pause_s = EVERY_S
            except Exception:  # the worker's loop: the keys at hand go on
                log.exception("signing_keys_not_rotated")
                pause_s = RETRY_S

    async def run_once(self) -> None:
        """Create and remove the keys that are due now."""
        await self.reload()
        if self._life_us and self._stored[0].created_at + self._life_us <= self._clock.now_us():
            await self.rotate()
        await self._remove_old()

    def signing(self) -> ECKey:
        """The key to sign with: the newest that has been published long enough, else the oldest."""
        return self._keys[self._signing_id()]

    def verifying(self, key_id: str) -> ECKey:
        """The key of this id. KeyError for an unknown one."""
        return self._keys[key_id]

    async def know(self, key_id: str) -> None:
        """Read the keys again for an unknown id, unless that was done just now."""
        if key_id not in self._keys and self._clock.monotonic() - self._loaded_at >= RELOAD_AFTER_S:
            await self.reload()

    def listed(self) -> list[SigningKey]:
        """The keys, the newest first."""
        signing = self._signing_id()
        order = [key.id for key in self._stored]
        states = {each: _state(order.index(each), order.index(signing)) for each in order}
        return [SigningKey(key.id, key.created_at, states[key.id]) for key in self._stored]

    def public(self) -> dict[str, Any]:
        """The public halves as a JWK set (RFC 7517)."""
        return {"keys": [self._keys[key.id].as_dict(private=False) for key in self._stored]}

    async def rotate(self) -> SigningKey:
        """Create a new key."""

        async def transaction(conn: AsyncConnection) -> None:
            await tenants.bump(conn)
            await self._add(conn)

        await self._database.write_queue.run(transaction)
        await self.reload()
        return self.listed()[0]

    async def revoke(self, key_id: str) -> None:
        """End a key, and with it every token that it signed. Raises NotFound."""

        async def transaction(conn: AsyncConnection) -> None:
            await tenants.bump(conn)
            if not await tenants.remove_server_key(conn, key_id, purpose=PURPOSE):
                raise NotFound("There is no such signing key.")
            if not await tenants.server_keys(conn, PURPOSE):
                await self._add(conn)

        await self._database.write_queue.run(transaction)
        await self.reload()

    async def reload(self) -> None:
        """Read the keys."""
        self._loaded_at = self._clock.monotonic()
        async with self._database.read() as conn:
            self._stored = await tenants.server_keys(conn, PURPOSE)
        self._keys = {key.id: self._keys.get(key.id) or self._opened(key) for key in self._stored}

    async def _remove_old(self) -> None:
        """Remove keys whose successor has signed for longer than a token lives."""
        since = self._clock.now_us() - self._token_life_us - 2 * ANNOUNCED_US
        _, *old = [key.id for key in self._stored if key.created_at <= since] or [""]
        for key_id in old:
            await self._database.write_queue.run(partial(tenants.remove_server_key, key_id=key_id, purpose=PURPOSE))
        if old:
            await self.reload()

    def _signing_id(self) -> str:
        known = self._clock.now_us() - ANNOUNCED_US
        return next((key.id for key in self._stored if key.created_at <= known), self._stored[-1].id)

    async def _add_unless_there_is_one(self, conn: AsyncConnection) -> None:
        """Two processes that start at once may both make one: each verifies by all."""
        if not await tenants.server_keys(conn, PURPOSE):
            await self._add(conn)

    async def _add(self, conn: AsyncConnection) -> None:
        key_id = self._ids.uuid7()
        private = json.dumps(ECKey.generate_key("P-256").as_dict(private=True))
        sealed = self._sealer.seal(private, context=_context(key_id))
        await tenants.add_server_key(conn, key_id, purpose=PURPOSE, sealed=sealed, at=self._clock.now_us())

    def _opened(self, key: ServerKey) -> ECKey:
        private = json.loads(self._sealer.open(key.sealed, context=_context(key.id)))
        return ECKey.import_key(private | {"kid": key.id, "alg": ALGORITHM, "use": "sig"})


def _state(place: int, signing: int) -> str:
    if place == signing:
        return "SIGNING"
    return "ANNOUNCED" if place < signing else "VERIFYING"


def _context(key_id: str) -> str:
    return f"server_key/{key_id}"
