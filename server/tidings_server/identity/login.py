"""Log-in (RFC 6749): access tokens for client credentials, and for the password of a user."""

from dataclasses import dataclass, field

from tidings_server.identity.login_throttle import LoginThrottle
from tidings_server.identity.roles import ROLES, scopes_of
from tidings_server.identity.secret_hashing import NO_SECRET, Passwords, is_secret
from tidings_server.identity.store import tenants
from tidings_server.identity.store.tenants import CredentialKind, StoredCredential
from tidings_server.identity.tokens import Tokens
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import (
    InvalidGrant,
    InvalidInput,
    InvalidScope,
    Unauthenticated,
    UnsupportedGrantType,
)
from tidings_server.storage.database import Database

EVERYTHING = frozenset({"api", "openid", "email", "profile"})
"""Scopes that the vendors' clients request; they mean all that the credentials have."""


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request for a token. `realm`, where given, must be the credentials' tenant, by name or UUID."""

    grant_type: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    scope: str = ""
    realm: str = ""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """An issued token. `scope` are the requested scopes, else the granted ones."""

    access_token: str
    expires_in_s: int
    scope: str
    retailer_id: str | None


class Login:
    """Gives tokens."""

    def __init__(
        self,
        database: Database,
        *,
        tokens: Tokens,
        passwords: Passwords,
        clock: Clock,
        throttle: LoginThrottle,
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._passwords = passwords
        self._clock = clock
        self._throttle = throttle

    async def token(self, request: TokenRequest) -> IssuedToken:
        """A token for good credentials.

        Raises InvalidInput for a missing parameter, UnsupportedGrantType, Unauthenticated for a bad client (the same
        for an unknown one, a wrong secret and another realm), InvalidGrant for a bad user, InvalidScope.
        """
        if not request.grant_type:
            raise InvalidInput.of("grant_type", "is required")
        if request.grant_type not in {"client_credentials", "password"}:
            raise UnsupportedGrantType
        if not request.client_id:
            raise Unauthenticated("The client is missing: send client_id and client_secret.")
        client = await self._client(request)
        if request.grant_type == "client_credentials":
            return self._issue(client, client, request.scope)
        return self._issue(await self._user(request, client), client, request.scope)

    async def _client(self, request: TokenRequest) -> StoredCredential:
        with self._throttle.counted():
            return await self._verified_client(request)

    async def _verified_client(self, request: TokenRequest) -> StoredCredential:
        client = await self._stored(CredentialKind.CLIENT, request.client_id)
        hashes = client.hashes(self._clock.now_us()) if client else (NO_SECRET,)
        is_right = any([is_secret(request.client_secret, hashed) for hashed in hashes])  # noqa: C419 - as long for each
        if client is None or not is_right or not _is_in(request.realm, client):
            raise Unauthenticated("The client or its secret is wrong.")
        return client

    async def _user(self, request: TokenRequest, client: StoredCredential) -> StoredCredential:
        for name in ("username", "password"):
            if not getattr(request, name):
                raise InvalidInput.of(name, "is required")
        async with self._throttle.guess(request.username, request.password):
            user = await self._stored(CredentialKind.USER, request.username)
            is_right = await self._passwords.matches(request.password, user.secret_hash if user else None)
            if user is None or not is_right or user.tenant != client.tenant:
                raise InvalidGrant
            return user

    async def _stored(self, kind: CredentialKind, name: str) -> StoredCredential | None:
        async with self._database.read() as conn:
            row = await tenants.credential_by_name(conn, kind, name)
        if row is None or not row.is_live or (row.expires_at is not None and row.expires_at <= self._clock.now_us()):
            return None
        return row

    def _issue(self, caller: StoredCredential, client: StoredCredential, requested: str) -> IssuedToken:
        """A user's token also carries the client: it ends with either of them."""
        grants = _granted(frozenset(requested.split()), caller.grants & client.grants)
        token = self._tokens.issue(
            caller.name,
            credentials=list(dict.fromkeys((caller.key, client.key))),
            client=client.name,
            grants=sorted(grants),
        )
        is_echoed = requested and ROLES.keys().isdisjoint(requested.split())
        shown = requested if is_echoed else " ".join(sorted(grants))
        return IssuedToken(token, self._tokens.life_s, shown, caller.retailer_id)


def _granted(requested: frozenset[str], has: frozenset[str]) -> frozenset[str]:
    """Scopes of a token: the requested ones, of a role those that the credentials have. Raises InvalidScope."""
    named = requested - EVERYTHING
    roles = named & ROLES.keys()
    scopes = (named - roles) | (scopes_of(roles) & has)
    if not scopes <= has or (named and not scopes):
        raise InvalidScope
    return scopes if roles or (named and named == requested) else has


def _is_in(realm: str, client: StoredCredential) -> bool:
    return not realm or realm == client.tenant_name or realm.lower() == client.tenant_id
