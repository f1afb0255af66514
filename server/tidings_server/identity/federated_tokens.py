"""Federated tokens: access tokens of trusted issuers, verified by keys that are fetched, cached and refreshed.

A token does not choose how it is verified: the issuer and audience choose the tenant and the place of the
keys, the key's own type chooses the algorithms, and none of these is a secret-key one. A key's address in a token's
header is not even read.
"""

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from tidings_server.identity.store import issuers
from tidings_server.identity.store.issuers import Issuer
from tidings_server.identity.tokens import unverified
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Unauthenticated, Unavailable
from tidings_server.platform.scope import Scope
from tidings_server.platform.texts import is_storable
from tidings_server.storage.database import Database

FRESH_S: Final = 600.0
"""Time that fetched keys are used without fetching them again."""
AGAIN_AFTER_S: Final = 30.0
"""Least time between two fetches, also for an unknown key and after a failure."""
STALE_S: Final = 86_400.0
"""Time that keys are used when they cannot be fetched again."""
LEEWAY_S: Final = 60
"""Tolerated difference of an issuer's clock."""
MAX_LIFE_S: Final = 86_400
MAX_KEYS: Final = 100
MAX_SETS: Final = 1_000
MAX_SUBJECT: Final = 200
MAX_RETAILER: Final = 128
MIN_RSA_BITS: Final = 2_048
MAX_RSA_BITS: Final = 16_384
TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})

_RSA: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_EC: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
_MEMBERS: Final = ("kty", "n", "e", "crv", "x", "y", "kid")

log = structlog.get_logger(__name__)


class KeySource(Protocol):
    """Fetches a JWK set (RFC 7517). Raises Unavailable for anything but a JSON object."""

    async def fetch(self, url: str) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key of an issuer, and the algorithms that it may have signed by."""

    key: RSAKey | ECKey
    algorithms: tuple[str, ...]


class FederatedTokens:
    """Verifies tokens of the issuers that tenants trust."""

    def __init__(self, database: Database, source: KeySource, clock: Clock) -> None:
        self._database = database
        self._source = source
        self._clock = clock
        self._sets: dict[str, _KeySet] = {}

    async def verify(self, token: str) -> tuple[int, Scope]:
        """Expiry (µs) and Scope of the token. Raises Unauthenticated."""
        claimed = unverified(token)
        issuer = await self._issuer(claims_of(claimed))
        try:
            key = await self._key(issuer.jwks_url, claimed.headers())
            claims = jwt.decode(token, key.key, algorithms=list(key.algorithms)).claims
            self._validate(claims, issuer)
            return int(claims["exp"]) * 1_000_000, _scope(issuer, claims)
        except (JoseError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
            raise Unauthenticated from None

    async def _issuer(self, claims: Mapping[str, Any]) -> Issuer:
        """Trusted issuer, of an active tenant, that the token names."""
        name, audience = claims.get("iss"), claims.get("aud")
        named = audience if isinstance(audience, list) else [audience]
        if isinstance(name, str) and is_storable(name):
            async with self._database.read() as conn:
                trusted = await issuers.named(conn, name)
            for issuer in trusted:
                if issuer.is_live and issuer.audience in named:
                    return issuer
        raise Unauthenticated

    async def _key(self, url: str, header: Mapping[str, Any]) -> PublicKey:
        """Key that the token names; the only key for a token that names none."""
        if header.get("typ") is not None and str(header["typ"]).lower() not in TYPES:
            raise Unauthenticated
        if len(self._sets) >= MAX_SETS:
            self._sets.clear()
        keys = self._sets.setdefault(url, _KeySet(url, self._source, self._clock))
        return await keys.find(header.get("kid"))

    def _validate(self, claims: dict[str, Any], issuer: Issuer) -> None:
        now_s = self._clock.now_us() // 1_000_000
        registry = jwt.JWTClaimsRegistry(
            now=now_s,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer.issuer},
            aud={"essential": True, "value": issuer.audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        registry.validate(claims)
        if not 0 < len(str(claims["sub"])) <= MAX_SUBJECT or int(claims["exp"]) > now_s + MAX_LIFE_S:
            raise Unauthenticated


class _KeySet:
    """The keys at one address, as they were when they were fetched last."""

    def __init__(self, url: str, source: KeySource, clock: Clock) -> None:
        self._url = url
        self._source = source
        self._clock = clock
        self._keys: dict[str | None, PublicKey] = {}
        self._tried_at = -STALE_S
        self._fetched_at = -STALE_S
        self._turn = asyncio.Lock()

    async def find(self, key_id: object) -> PublicKey:
        """The key of this id. Raises Unauthenticated for an unknown one."""
        if self._age() >= FRESH_S or self._named(key_id) is None:
            async with self._turn:
                if self._clock.monotonic() - self._tried_at >= AGAIN_AFTER_S:
                    await self._fetch()
        found = self._named(key_id)
        if found is None or self._age() >= STALE_S:
            raise Unauthenticated
        return found

    def _named(self, key_id: object) -> PublicKey | None:
        if key_id is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(key_id) if isinstance(key_id, str) else None

    def _age(self) -> float:
        return self._clock.monotonic() - self._fetched_at

    async def _fetch(self) -> None:
        self._tried_at = self._clock.monotonic()
        try:
            document = await self._source.fetch(self._url)
        except Unavailable as error:
            log.warning("issuer_keys_not_fetched", url=self._url, error=error.message)
            return
        self._keys = public_keys(document)
        self._fetched_at = self._clock.monotonic()


def claims_of(token: Any) -> Mapping[str, Any]:
    """Unverified claims of a token. Raises Unauthenticated where there are none."""
    try:
        claims = json.loads(token.payload)
    except (ValueError, RecursionError):
        raise Unauthenticated from None
    if not isinstance(claims, dict):
        raise Unauthenticated
    return claims


def public_keys(document: Mapping[str, Any]) -> dict[str | None, PublicKey]:
    """Keys of a JWK set that verify signatures, by their ids; others are skipped."""
    listed = document.get("keys")
    found = {}
    for member in listed[:MAX_KEYS] if isinstance(listed, list) else []:
        if isinstance(member, dict) and (key := _public_key(member)):
            found[member.get("kid") if isinstance(member.get("kid"), str) else None] = key
    return found


def _public_key(member: Mapping[str, Any]) -> PublicKey | None:
    public = {name: member[name] for name in _MEMBERS if isinstance(member.get(name), str)}
    try:
        if member.get("use", "sig") != "sig" or "verify" not in member.get("key_ops", ["verify"]):
            return None
        if public.get("kty") == "RSA" and MIN_RSA_BITS <= _bits(public["n"]) <= MAX_RSA_BITS:
            return _limited(RSAKey.import_key(public), _RSA, member)
        if public.get("kty") == "EC":
            return _limited(ECKey.import_key(public), (_EC[public["crv"]],), member)
    except (JoseError, ValueError, KeyError, TypeError):
        return None
    return None


def _limited(key: RSAKey | ECKey, fitting: tuple[str, ...], member: Mapping[str, Any]) -> PublicKey | None:
    """The key with the one algorithm that it names, or with all that fit its type."""
    if "alg" not in member:
        return PublicKey(key, fitting)
    return PublicKey(key, (member["alg"],)) if member["alg"] in fitting else None


def _bits(encoded: str) -> int:
    return int.from_bytes(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)), "big").bit_length()


def _scope(issuer: Issuer, claims: Mapping[str, Any]) -> Scope:
    """Scope of a verified token, with those of its scopes that the issuer may grant."""
    claimed = claims.get("scope", claims.get("scp", ""))
    scopes = claimed.split() if isinstance(claimed, str) else [str(each) for each in claimed]
    client = claims.get("azp") or claims.get("client_id") or claims["sub"]
    if not (is_storable(str(claims["sub"])) and is_storable(str(client))):
        raise ValueError("a name that cannot be stored")
    return Scope(
        tenant=issuer.tenant,
        tenant_id=issuer.tenant_id,
        tenant_name=issuer.tenant_name,
        actor=str(claims["sub"]),
        app_id=str(client)[:MAX_SUBJECT],
        grants=frozenset(scopes) & frozenset(issuer.grants),
        retailer_id=_retailer(issuer, claims),
    )


def _retailer(issuer: Issuer, claims: Mapping[str, Any]) -> str | None:
    """The retailer that a token names. Raises KeyError where it must name one and does not."""
    if issuer.retailer_claim is None:
        return None
    named = claims[issuer.retailer_claim]
    if not isinstance(named, str | int) or isinstance(named, bool) or not 0 < len(str(named)) <= MAX_RETAILER:
        raise KeyError(issuer.retailer_claim)
    if not is_storable(str(named)):
        raise KeyError(issuer.retailer_claim)
    return str(named)
