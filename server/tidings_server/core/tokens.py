"""Access tokens: short-lived JWTs (RFC 9068), signed with ES256 by keys that all processes share.

A token says which credentials it was given for; whether they still are good is asked of the database (see
credentials.py), so a token dies with them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, GuestProtocol
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.clock import Clock, Ids
from tidings_server.errors import Unauthenticated
from tidings_server.sealing import Sealer
from tidings_server.store import identity
from tidings_server.store.engine import Database

ALGORITHM = "ES256"
ISSUER = "tidings"
AUDIENCE = "tidings"
TYPE = "at+jwt"
MAX_TOKEN = 4_096
"""Characters of a token; ours have about 600."""

PURPOSE = "token"
RELOAD_AFTER_S = 1.0
"""A token with an unknown key makes the keys be read again, at most this often."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says. `credentials` are keys of the table: who asks first, then the client used to log in."""

    credentials: tuple[int, ...]
    grants: frozenset[str]
    expires_at_s: int


class Tokens:
    """Signs and verifies tokens; `load` first."""

    def __init__(self, database: Database, *, sealer: Sealer, clock: Clock, ids: Ids, life_s: int) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._ids = ids
        self.life_s = life_s
        self._keys: dict[str, ECKey] = {}
        self._signing: ECKey
        self._loaded_at = 0.0

    async def load(self) -> None:
        """Read the signing keys, and make the first one where there is none."""
        await self._read_keys()
        if not self._keys:
            await self._database.lane.run(self._add_key_unless_there_is_one)
            await self._read_keys()

    def issue(self, subject: str, *, credentials: Sequence[int], client: str, grants: Sequence[str]) -> str:
        """A token for `subject`, good for `life_s` seconds."""
        now_s = self._now_s()
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "client_id": client,
            "iat": now_s,
            "exp": now_s + self.life_s,
            "jti": self._ids.uuid7(),
            "scope": " ".join(grants),
            "cred": list(credentials),
        }
        header = {"alg": ALGORITHM, "kid": self._signing.kid, "typ": TYPE}
        return jwt.encode(header, claims, self._signing, algorithms=[ALGORITHM])

    async def verify(self, token: str) -> Claims:
        """What the token says. Raises Unauthenticated unless it is ours, unchanged and not expired."""
        if not 0 < len(token) <= MAX_TOKEN:
            raise Unauthenticated
        try:
            if _key_id(token) not in self._keys:
                await self._reload()
            return self._read(token)
        except (JoseError, ValueError, KeyError, TypeError):
            raise Unauthenticated from None

    def _read(self, text: str) -> Claims:
        token = jwt.decode(text, self._key_of, algorithms=[ALGORITHM])
        if token.header.get("typ") != TYPE:
            raise Unauthenticated
        registry = jwt.JWTClaimsRegistry(
            now=self._now_s(),
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
        )
        registry.validate(token.claims)
        return Claims(
            credentials=tuple(map(int, token.claims["cred"])),
            grants=frozenset(token.claims["scope"].split()),
            expires_at_s=int(token.claims["exp"]),
        )

    def _key_of(self, token: GuestProtocol) -> ECKey:
        return self._keys[token.headers()["kid"]]

    async def _reload(self) -> None:
        if self._clock.monotonic() - self._loaded_at >= RELOAD_AFTER_S:
            await self._read_keys()

    async def _read_keys(self) -> None:
        self._loaded_at = self._clock.monotonic()
        async with self._database.read() as conn:
            stored = await identity.server_keys(conn, PURPOSE)
        self._keys = {key_id: self._opened(key_id, sealed) for key_id, sealed in stored}
        if stored:
            self._signing = self._keys[stored[0][0]]

    async def _add_key_unless_there_is_one(self, conn: AsyncConnection) -> None:
        """Two processes that start at once may both make one: each verifies by all, and signs by the newest."""
        if await identity.server_keys(conn, PURPOSE):
            return
        key_id = self._ids.uuid7()
        private = json.dumps(ECKey.generate_key("P-256").as_dict(private=True))
        sealed = self._sealer.seal(private, context=_context(key_id))
        await identity.add_server_key(conn, key_id, purpose=PURPOSE, sealed=sealed, at=self._clock.now_us())

    def _opened(self, key_id: str, sealed: bytes) -> ECKey:
        private = json.loads(self._sealer.open(sealed, context=_context(key_id)))
        return ECKey.import_key(private | {"kid": key_id, "alg": ALGORITHM, "use": "sig"})

    def _now_s(self) -> int:
        return self._clock.now_us() // 1_000_000


def _key_id(token: str) -> str:
    """The key that the token says it is signed by; nothing of it is believed yet."""
    return str(jws.extract_compact(token.encode()).headers().get("kid"))


def _context(key_id: str) -> str:
    return f"server_key/{key_id}"
