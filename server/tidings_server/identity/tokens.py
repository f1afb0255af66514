"""Access tokens: short-lived JWTs (RFC 9068), signed with ES256 by keys that all processes share.

A token names the credentials that it was issued for; the database knows whether they are still good (see
credentials.py), so a token dies with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, GuestProtocol

from tidings_server.identity.signing_keys import ALGORITHM, SigningKeys
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import Unauthenticated
from tidings_server.platform.sealing import Sealer
from tidings_server.storage.database import Database

ISSUER = "tidings"
AUDIENCE = "tidings"
TYPE = "at+jwt"
LEEWAY_S = 60
"""How far in the future a token may be issued: by another process, whose clock was read at another moment."""
MAX_TOKEN = 8_192
"""Characters of a token; ours have about 600, some issuers' a few thousand."""


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """Claims of a good token. `credentials` are keys of the table: the caller's, then the logging-in client's."""

    credentials: tuple[int, ...]
    grants: frozenset[str]
    expires_at_s: int


class Tokens:
    """Signs and verifies tokens with `keys`; `load` first."""

    def __init__(
        self, database: Database, *, sealer: Sealer, clock: Clock, ids: Ids, life_s: int, key_days: int = 0
    ) -> None:
        """`life_s` is the life of a token; after `key_days` a new key signs, 0: never."""
        self.keys = SigningKeys(database, sealer=sealer, clock=clock, ids=ids, token_life_s=life_s, days=key_days)
        self.life_s = life_s
        self._clock = clock
        self._ids = ids

    async def load(self) -> None:
        """Read the signing keys, and make the first one where there is none."""
        await self.keys.load()

    def issue(
        self, subject: str, *, credentials: Sequence[int], client: str, grants: Sequence[str], life_s: int | None = None
    ) -> str:
        """A token for `subject`, good for `life_s` seconds, by default as long as any."""
        now_s = self._now_s()
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "client_id": client,
            "iat": now_s,
            "exp": now_s + (life_s or self.life_s),
            "jti": self._ids.uuid7(),
            "scope": " ".join(grants),
            "cred": list(credentials),
        }
        key = self.keys.signing()
        return jwt.encode({"alg": ALGORITHM, "kid": key.kid, "typ": TYPE}, claims, key, algorithms=[ALGORITHM])

    async def verify(self, token: str) -> TokenClaims:
        """Claims of the token. Raises Unauthenticated unless it is this server's, unchanged and not expired."""
        try:
            await self.keys.know(str(unverified(token).headers().get("kid")))
            return self._read(token)
        except (JoseError, ValueError, KeyError, TypeError):
            raise Unauthenticated from None

    def _read(self, text: str) -> TokenClaims:
        token = jwt.decode(text, self._key_of, algorithms=[ALGORITHM])
        if token.header.get("typ") != TYPE:
            raise Unauthenticated
        now_s = self._now_s()
        registry = jwt.JWTClaimsRegistry(
            now=now_s,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
        )
        registry.validate(token.claims)
        if token.claims["exp"] <= now_s:  # the leeway is for the beginning alone
            raise Unauthenticated
        return TokenClaims(
            credentials=tuple(map(int, token.claims["cred"])),
            grants=frozenset(token.claims["scope"].split()),
            expires_at_s=int(token.claims["exp"]),
        )

    def _key_of(self, token: GuestProtocol) -> ECKey:
        return self.keys.verifying(token.headers()["kid"])

    def _now_s(self) -> int:
        return self._clock.now_us() // 1_000_000


def unverified(token: str) -> Any:
    """Unverified parts of a token. Raises Unauthenticated for a malformed one."""
    if not 0 < len(token) <= MAX_TOKEN:
        raise Unauthenticated
    try:
        return jws.extract_compact(token.encode())
    except (JoseError, ValueError):
        raise Unauthenticated from None
