"""Keys, users and operators: created, listed, rotated and revoked by the operator.

OAuth clients are created by `Tenants`; they are listed, rotated and revoked here too.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.retailers_and_stores import checked_store
from tidings_server.identity.secret_hashing import Passwords, hash_secret
from tidings_server.identity.store import credentials, retailers_and_stores
from tidings_server.identity.store import tenants as identity
from tidings_server.identity.store.credentials import CredentialFilter
from tidings_server.identity.store.tenants import CredentialKind, NewCredential, StoredCredential
from tidings_server.identity.tenants import Tenants, checked_grants, checked_size
from tidings_server.platform.clock import MICROSECOND, Clock, Ids, parse_rfc3339
from tidings_server.platform.errors import Conflict, InvalidInput, NotFound, WrongState
from tidings_server.storage.database import Database

FAMILIES: Final[Mapping[str, tuple[CredentialKind, ...]]] = {
    "": tuple(CredentialKind),
    "clients": (CredentialKind.CLIENT,),
    "keys": (CredentialKind.API_KEY, CredentialKind.STORE_KEY),
    "users": (CredentialKind.USER, CredentialKind.USER_TOKEN),
    "operators": (CredentialKind.OPERATOR,),
    "portals": (CredentialKind.PORTAL,),
}
"""Families of credentials, with their kinds."""

OVERLAP: Final = timedelta(hours=24)
MAX_OVERLAP: Final = timedelta(days=30)
MIN_PASSWORD: Final = 12
MAX_PASSWORD: Final = 128
OPERATOR_GRANTS: Final = ("admin",)

_USERNAME: Final = re.compile(r"[A-Za-z0-9._@+~-]{1,128}")
_OPERATOR: Final = re.compile(r"[A-Za-z0-9_~-]{1,128}")


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """A credential, with its secret where that is new: it is shown only once."""

    credential: StoredCredential
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CredentialRestriction:
    """Part of a tenant that a credential is restricted to; empty texts: the whole tenant."""

    retailer_id: str = ""
    store_id: str = ""


class CredentialAdmin:
    """Use cases of the operator. Every process notices a change within 5 s (authentication.py)."""

    def __init__(self, database: Database, tenants: Tenants, *, passwords: Passwords, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._tenants = tenants
        self._passwords = passwords
        self._clock = clock
        self._ids = ids

    async def create_key(
        self,
        tenant: str,
        *,
        store_id: str,
        grants: Sequence[str],
        expires_at: str = "",
        key_id: str | None = None,
    ) -> IssuedCredential:
        """Create a key of a tenant, or of a store. `key_id` is its reserved id.

        Raises NotFound for the tenant, InvalidInput, Conflict where the store has a key already: that one is rotated.
        """
        secret = self._ids.token()
        kind = CredentialKind.STORE_KEY if store_id else CredentialKind.API_KEY
        name = str(checked_store(store_id, "storeId")) if store_id else key_id or self._ids.uuid7()
        return await self._add(
            kind,
            name,
            secret,
            hash_secret(secret),
            tenant=tenant,
            grants=grants,
            restriction=CredentialRestriction(store_id=store_id),
            expires_at=expires_at,
        )

    async def create_user(
        self,
        tenant: str,
        *,
        username: str,
        password: str,
        grants: Sequence[str],
        restriction: CredentialRestriction,
        expires_at: str = "",
    ) -> IssuedCredential:
        """Create a user with a password; for an empty one a password is generated and returned.

        Raises NotFound for the tenant, InvalidInput, Conflict for a name that is taken.
        """
        if not _USERNAME.fullmatch(username):
            raise InvalidInput.of("username", "must be 1 to 128 of [A-Za-z0-9._@+~-]")
        if restriction.retailer_id and restriction.store_id:
            raise InvalidInput.of("storeId", "must not stand beside retailerId")
        given, made = await self._password(password)
        name = f"{checked_store(restriction.store_id, 'storeId')}/{username}" if restriction.store_id else username
        return await self._add(
            CredentialKind.USER,
            name,
            made,
            given,
            tenant=tenant,
            grants=grants,
            restriction=restriction,
            expires_at=expires_at,
        )

    async def create_operator(self, name: str, *, expires_at: str = "") -> IssuedCredential:
        """Create an operator. Raises InvalidInput, Conflict for a name that is taken."""
        if not _OPERATOR.fullmatch(name):
            raise InvalidInput.of("name", "must be 1 to 128 of [A-Za-z0-9_~-]")
        secret = self._ids.token()
        return await self._add(
            CredentialKind.OPERATOR, name, f"{name}.{secret}", hash_secret(secret), tenant="", expires_at=expires_at
        )

    async def page(
        self, *, tenant: str, family: str, has_revoked: bool, after: int, page_size: int
    ) -> list[StoredCredential]:
        """One page of credentials, and one more where there is another page. Raises NotFound, InvalidInput."""
        if family not in FAMILIES:
            raise InvalidInput.of("family", f"must be one of {', '.join(filter(None, FAMILIES))}")
        number = (await self._tenants.get(tenant)).number if tenant else None
        criteria = CredentialFilter(number, FAMILIES[family], has_revoked)
        async with self._database.read() as conn:
            return await credentials.page(conn, criteria, after=after, limit=checked_size(page_size) + 1)

    async def get(self, key: int) -> StoredCredential:
        """The credential of this number. Raises NotFound."""
        async with self._database.read() as conn:
            return await _existing(conn, key)

    async def rotate(self, key: int, *, overlap: timedelta | None, password: str = "") -> IssuedCredential:
        """Give the credential a new secret; the old one is good for `overlap` more (None: 24 h), a password is not.

        Raises NotFound, also for a revoked one, InvalidInput, and WrongState for a portal link.
        """
        stored = await self.get(key)
        if stored.kind is CredentialKind.PORTAL:
            raise WrongState("A portal link keeps its secret; make another one.")
        if password and stored.kind is not CredentialKind.USER:
            raise InvalidInput.of("password", "is for users")
        if overlap is not None and not timedelta() <= overlap <= MAX_OVERLAP:
            raise InvalidInput.of("overlap", "must be 0 s to 30 days")
        if stored.kind is CredentialKind.USER:
            hashed, made = await self._password(password)
        else:
            made = self._ids.token()
            hashed = hash_secret(made)
        until = self._clock.now_us() + (OVERLAP if overlap is None else overlap) // MICROSECOND

        async def transaction(conn: AsyncConnection) -> StoredCredential:
            await identity.bump(conn)
            before = await _existing(conn, key)
            keeps = before.kind is not CredentialKind.USER
            old = (before.secret_hash, until) if keeps else (None, None)
            if not await credentials.rotate(conn, key, secret_hash=hashed, old_secret_hash=old[0], old_until=old[1]):
                raise NotFound(UNKNOWN)
            return await _existing(conn, key)

        rotated = await self._database.write_queue.run(transaction)
        return IssuedCredential(
            rotated, f"{rotated.name}.{made}" if made and rotated.kind is CredentialKind.OPERATOR else made
        )

    async def revoke(self, key: int) -> StoredCredential:
        """Revoke the credential. Idempotent. Raises NotFound, and Conflict for the last live operator."""

        async def transaction(conn: AsyncConnection) -> StoredCredential:
            await identity.bump(conn)
            stored = await _existing(conn, key)
            if stored.kind is CredentialKind.OPERATOR and stored.is_live and await _is_last(conn):
                raise Conflict("This is the last operator; make another one first.")
            await identity.revoke_credential(conn, key, at=self._clock.now_us())
            return await _existing(conn, key)

        return await self._database.write_queue.run(transaction)

    async def _password(self, password: str) -> tuple[str, str | None]:
        """Hash of a password, and the password itself where it is generated."""
        if password and not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
            rule = f"must have {MIN_PASSWORD} to {MAX_PASSWORD} characters"
            raise InvalidInput.of("password", rule, f"string of {len(password)} characters")
        made = password or self._ids.token(128)
        return await self._passwords.hash(made), None if password else made

    async def _add(
        self,
        kind: CredentialKind,
        name: str,
        secret: str | None,
        secret_hash: str,
        *,
        tenant: str,
        grants: Sequence[str] = (),
        restriction: CredentialRestriction = CredentialRestriction(),
        expires_at: str,
    ) -> IssuedCredential:
        owner = await self._tenants.get(tenant) if kind is not CredentialKind.OPERATOR else None
        new = NewCredential(
            kind=kind,
            name=name,
            secret_hash=secret_hash,
            tenant=owner.number if owner else None,
            grants=checked_grants(grants) if owner else OPERATOR_GRANTS,
            retailer_id=restriction.retailer_id or None,
            store_id=checked_store(restriction.store_id, "storeId") if restriction.store_id else None,
            created_at=self._clock.now_us(),
            expires_at=self._end(expires_at),
        )

        async def transaction(conn: AsyncConnection) -> StoredCredential:
            await identity.bump(conn)
            placed = await _placed(conn, new)
            if await identity.credential_by_name(conn, kind, name):
                raise Conflict("This name is taken by another credential.")
            return await _existing(conn, await identity.add_credential(conn, placed))

        return IssuedCredential(await self._database.write_queue.run(transaction), secret)

    def _end(self, expires_at: str) -> int | None:
        if not expires_at:
            return None
        rule = "must be an RFC 3339 time in the future, such as 2030-01-01T00:00:00Z"
        try:
            end = parse_rfc3339(expires_at)
        except ValueError:
            raise InvalidInput.of("expiresAt", rule) from None
        if end <= self._clock.now_us():
            raise InvalidInput.of("expiresAt", rule)
        return end


UNKNOWN: Final = "There is no such credential."


async def _placed(conn: AsyncConnection, new: NewCredential) -> NewCredential:
    """The credential, restricted to a retailer or store of the tenant; a store's user gets a number there."""
    if new.retailer_id and not await identity.has_retailer(conn, new.tenant or 0, new.retailer_id):
        raise InvalidInput.of("retailerId", "must be a retailer of this tenant")
    if new.store_id is None:
        return new
    store = await retailers_and_stores.find_store(conn, new.store_id)
    if store is None or store.tenant != new.tenant:
        raise InvalidInput.of("storeId", "must be a store of this tenant")
    if new.kind is not CredentialKind.USER:
        return new
    return replace(new, user_id=await credentials.next_user_id(conn, new.store_id))


async def _existing(conn: AsyncConnection, key: int) -> StoredCredential:
    stored = await credentials.get(conn, key)
    if stored is None:
        raise NotFound(UNKNOWN)
    return stored


async def _is_last(conn: AsyncConnection) -> bool:
    others = await credentials.page(conn, CredentialFilter(None, (CredentialKind.OPERATOR,)), after=0, limit=2)
    return len([each for each in others if each.is_live]) == 1
