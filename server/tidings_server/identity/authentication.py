"""Verification of credentials of all kinds: the Scope of the caller that presents them.

Good credentials are cached: a hit costs one SHA-256 and a look-up. They are verified again when any credential or
tenant changes (`run` reads the version every POLL_S, so a revocation holds everywhere within 5 s) and after KEPT_S
anyway. Those that were not shown for longest make room for others. Credentials that were good before are not
throttled, whatever others at the same address do.
An unknown name, a wrong secret, a revoked credential and a suspended tenant all give the same Unauthenticated.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from hashlib import sha256

import structlog

from tidings_server.identity.federated_tokens import FederatedTokens, claims_of
from tidings_server.identity.login_throttle import LoginThrottle
from tidings_server.identity.secret_hashing import NO_SECRET, is_secret
from tidings_server.identity.store import tenants
from tidings_server.identity.store.tenants import CredentialKind, StoredCredential
from tidings_server.identity.tokens import ISSUER, Tokens, unverified
from tidings_server.platform import heartbeats
from tidings_server.platform.clock import US_PER_S, Clock
from tidings_server.platform.errors import Unauthenticated
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database

POLL_S = 1.0
KEPT_S = 60
MAX_KEPT = 10_000
FAR_US = 2**62
MAX_FAILURES = 1_000_000
"""Bad credentials a minute where no throttle is given."""
TOKEN_DOTS = 2
"""Dots in an access token; a secret has none."""

log = structlog.get_logger(__name__)


class CredentialVerifier:
    """Verifies credentials. `run` must be running for changes made by other processes to be noticed."""

    def __init__(
        self,
        database: Database,
        *,
        tokens: Tokens,
        clock: Clock,
        federated: FederatedTokens | None = None,
        throttle: LoginThrottle | None = None,
    ) -> None:
        """`federated` verifies other issuers' tokens; `throttle` refuses addresses with too many bad credentials."""
        self._database = database
        self._tokens = tokens
        self._clock = clock
        self._federated = federated
        self._throttle = throttle or LoginThrottle(clock, per_minute=MAX_FAILURES)
        self._kept: OrderedDict[bytes, tuple[int, Scope]] = OrderedDict()
        self._version = -1
        self._generation = 0

    async def bearer(self, token: str) -> Scope:
        """Caller with this access token."""
        return await self._remembered(("bearer", token), lambda: self._by_token(token))

    async def api_key(self, tenant_id: str, key: str, secret: str) -> Scope:
        """Caller with this API key and its secret, of the tenant with this UUID."""

        async def find() -> tuple[int, Scope]:
            until_us, scope = await self._by_secret(CredentialKind.API_KEY, key, secret)
            if scope.tenant_id != tenant_id:
                raise Unauthenticated
            return until_us, scope

        return await self._remembered(("api_key", tenant_id, key, secret), find)

    async def store_key(self, store: str, key: str) -> Scope:
        """Caller with the key of this store."""
        return await self._remembered(
            ("store", store, key), lambda: self._by_secret(CredentialKind.STORE_KEY, store, key)
        )

    async def user_token(self, store: str, user: str, token: str) -> Scope:
        """User of this store with this token: a user token, or an access token of a log-in."""
        if token.count(".") == TOKEN_DOTS:
            scope = await self.bearer(token)
            if (str(scope.store_id), str(scope.user_id)) != (store, user):
                raise Unauthenticated
            return scope
        name = f"{store}/{user}"
        return await self._remembered(
            ("user", name, token), lambda: self._by_secret(CredentialKind.USER_TOKEN, name, token)
        )

    async def operator(self, token: str) -> Scope:
        """Operator with this token: `name.secret`."""
        name, _, secret = token.partition(".")
        return await self._remembered(
            ("operator", token), lambda: self._by_secret(CredentialKind.OPERATOR, name, secret)
        )

    async def run(self) -> None:
        """Follow changes, until cancelled."""
        heartbeat = heartbeats.current()
        while True:
            with heartbeat.round():
                if self._version < 0 or self._database.look.version(tenants.VERSION_KIND) != self._version:
                    await self.run_once()
            await self._clock.sleep(POLL_S)

    async def run_once(self) -> None:
        """Invalidate the cache if a credential or a tenant has changed, or if the database cannot be read."""
        try:
            async with self._database.read() as conn:
                version = await tenants.version(conn)
        except Exception:
            log.exception("credentials_not_checked")
            version = -1
        if version != self._version or version < 0:
            await self._forget_all()
        self._version = version

    async def _forget_all(self) -> None:
        """Invalidate the cache, and read the keys that tokens are signed with: one may have been revoked."""
        try:
            await self._tokens.keys.reload()
        except Exception:
            log.exception("signing_keys_not_read")
        self.forget()

    def forget(self) -> None:
        """Invalidate the cache: every credential is verified against the database again."""
        self._kept = OrderedDict((digest, (0, scope)) for digest, (_, scope) in self._kept.items())
        self._generation += 1

    async def _remembered(self, shown: tuple[str, ...], find: Callable[[], Awaitable[tuple[int, Scope]]]) -> Scope:
        """Scope of a credential, cached under its hash, so that no secret stays in memory."""
        digest = sha256("\0".join(shown).encode()).digest()
        kept = self._kept.get(digest)
        now_us = self._clock.now_us()
        if kept is not None and kept[0] > now_us:
            self._kept.move_to_end(digest)
            return kept[1]
        generation = self._generation
        try:
            until_us, scope = await (find() if kept else self._counted(find))
        except Unauthenticated:
            self._kept.pop(digest, None)
            raise
        if generation == self._generation:  # else it may be from before the change that made us forget
            self._kept.pop(digest, None)
            if len(self._kept) >= MAX_KEPT:
                self._kept.popitem(last=False)
            self._kept[digest] = min(until_us, now_us + KEPT_S * US_PER_S), scope
        return scope

    async def _counted(self, find: Callable[[], Awaitable[tuple[int, Scope]]]) -> tuple[int, Scope]:
        """Result of `find`, a failure counted. Raises LimitExceeded for one too many."""
        with self._throttle.counted():
            return await find()

    async def _by_token(self, token: str) -> tuple[int, Scope]:
        if self._federated is not None and claims_of(unverified(token)).get("iss") != ISSUER:
            return await self._federated.verify(token)
        claims = await self._tokens.verify(token)
        async with self._database.read() as conn:
            found = {row.key: row for row in await tenants.credentials_by_key(conn, claims.credentials)}
        shown = [found.get(key) for key in claims.credentials]
        live = [row for row in shown if row is not None and self._is_live(row)]
        if not live or len(live) != len(shown):
            raise Unauthenticated
        until_us = min([claims.expires_at_s * US_PER_S, *(row.expires_at for row in live if row.expires_at)])
        scope = _scope(live[0], client=live[-1].name)
        return until_us, replace(scope, grants=scope.grants & claims.grants)

    async def _by_secret(self, kind: CredentialKind, name: str, secret: str) -> tuple[int, Scope]:
        async with self._database.read() as conn:
            row = await tenants.credential_by_name(conn, kind, name)
        now_us = self._clock.now_us()
        right = [hashed for hashed in (row.hashes(now_us) if row else (NO_SECRET,)) if is_secret(secret, hashed)]
        if row is None or not right or not self._is_live(row):
            raise Unauthenticated
        ends = [row.expires_at, None if row.secret_hash in right else row.old_secret_until]
        return min([FAR_US, *(end for end in ends if end is not None)]), _scope(row, client=row.name)

    def _is_live(self, row: StoredCredential) -> bool:
        return row.is_live and (row.expires_at is None or row.expires_at > self._clock.now_us())


def _scope(row: StoredCredential, *, client: str) -> Scope:
    return Scope(
        tenant=row.tenant,
        tenant_id=row.tenant_id,
        tenant_name=row.tenant_name,
        actor=row.name,
        app_id=client,
        grants=row.grants,
        retailer_id=row.retailer_id,
        store_id=row.store_id,
        user_id=row.user_id,
        application=row.application,
    )
