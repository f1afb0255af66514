"""Tenants, credentials and the server's keys in SQL."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.store import tenant_numbers
from tidings_server.identity.store.tables import credential, retailer, store, tenant
from tidings_server.storage.tables import server_key
from tidings_server.storage.version_counter import VersionCounter

VERSION_KIND = "credentials"
_VERSION = VersionCounter(VERSION_KIND)
version = _VERSION.current
"""Number of changes of tenants and credentials; caches of both hold for one number."""

bump = _VERSION.bump
"""First in the transaction of a change: until that ends, other changes of these wait."""

REVOKED_MARK = "#"
"""Stands, with its key, behind the name of a revoked credential; no name has it otherwise."""


class CredentialKind(StrEnum):
    """Kind of a credential."""

    CLIENT = "CLIENT"
    """An OAuth client: tokens are issued for its id and secret."""
    USER = "USER"
    """A user with a password, of a retailer or of the whole account (document 001)."""
    API_KEY = "API_KEY"
    """An API key with its secret (document 003)."""
    STORE_KEY = "STORE_KEY"
    """The key of a store (document 004)."""
    USER_TOKEN = "USER_TOKEN"  # noqa: S105 - a kind, not a token
    """A user of a store with a token (document 004)."""
    OPERATOR = "OPERATOR"
    PORTAL = "PORTAL"
    """A portal link, whose secret is exchanged for access tokens."""
    """The operator of this server, of no tenant."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant. `number` is the key of its rows in every table; 0: the next free one. `created_at` in µs."""

    number: int
    id: str
    name: str
    state: str
    created_at: int


@dataclass(frozen=True, slots=True)
class NewCredential:
    """A credential about to be stored. `name` is what the caller shows openly, unique among its kind."""

    kind: CredentialKind
    name: str
    secret_hash: str
    tenant: int | None
    grants: Sequence[str] = ()
    retailer_id: str | None = None
    store_id: int | None = None
    user_id: int | None = None
    created_at: int = 0
    expires_at: int | None = None
    application: str | None = None
    frame_origin: str | None = None


@dataclass(frozen=True, slots=True)
class StoredCredential:
    """A credential with its tenant. `is_live` is false once it is revoked, or its tenant suspended."""

    key: int
    kind: CredentialKind
    name: str
    secret_hash: str
    grants: frozenset[str]
    retailer_id: str | None
    store_id: int | None
    user_id: int | None
    expires_at: int | None
    is_live: bool
    tenant: int
    tenant_id: str
    tenant_name: str
    old_secret_hash: str | None
    old_secret_until: int | None
    created_at: int
    revoked_at: int | None
    application: str | None = None
    frame_origin: str | None = None

    def hashes(self, now_us: int) -> tuple[str, ...]:
        """Hashes of the good secrets: during the overlap after a rotation also the old one."""
        if self.old_secret_hash is None or (self.old_secret_until or 0) <= now_us:
            return (self.secret_hash,)
        return (self.secret_hash, self.old_secret_hash)


class ServerKey(NamedTuple):
    """A key that all processes share, sealed; `created_at` in µs."""

    id: str
    sealed: bytes
    created_at: int


WITH_TENANT = select(
    credential, tenant.c.id.label("tenant_uuid"), tenant.c.name.label("tenant_name"), tenant.c.state
).join_from(credential, tenant, isouter=True)


async def credential_by_name(conn: AsyncConnection, kind: CredentialKind, name: str) -> StoredCredential | None:
    """Credential of this name, live or not, of any tenant: the caller is not known yet."""
    return await _credential(conn, (credential.c.kind == kind.value) & (credential.c.name == name))


async def credentials_by_key(conn: AsyncConnection, keys: Iterable[int]) -> list[StoredCredential]:
    """The credentials that a token names, in the order of their keys."""
    query = WITH_TENANT.where(credential.c.key.in_(list(keys))).order_by(credential.c.key)
    return [stored(row) for row in await conn.execute(query)]


async def add_credential(conn: AsyncConnection, new: NewCredential) -> int:
    """Store a credential and give its key. IntegrityError when the name is taken."""
    values = insert(credential).values(
        kind=new.kind.value,
        name=new.name,
        secret_hash=new.secret_hash,
        tenant_id=new.tenant,
        grants=json.dumps(list(new.grants)),
        retailer_id=new.retailer_id,
        store_id=new.store_id,
        user_id=new.user_id,
        created_at=new.created_at,
        expires_at=new.expires_at,
        application=new.application,
        frame_origin=new.frame_origin,
    )
    key: int = (await conn.execute(values.returning(credential.c.key))).scalar_one()
    return key


async def replace_secret(conn: AsyncConnection, kind: CredentialKind, name: str, *, secret_hash: str) -> bool:
    """Replace a credential's secret; false when there is none of that name."""
    which = (credential.c.kind == kind.value, credential.c.name == name)
    return (await conn.execute(update(credential).where(*which).values(secret_hash=secret_hash))).rowcount == 1


async def revoke_credential(conn: AsyncConnection, key: int, *, at: int) -> bool:
    """Revoke a credential for ever; false when it was already, or is unknown. Its name is free again."""
    is_live = (credential.c.key == key, credential.c.revoked_at.is_(None))
    renamed = credential.c.name + f"{REVOKED_MARK}{key}"
    return (await conn.execute(update(credential).where(*is_live).values(revoked_at=at, name=renamed))).rowcount == 1


async def add_tenant(conn: AsyncConnection, new: Tenant) -> Tenant:
    """Store a tenant under the next free number (at least 1) where its own is 0."""
    number = new.number or await tenant_numbers.next_number(conn)
    added = Tenant(number, new.id, new.name, new.state, new.created_at)
    await conn.execute(
        insert(tenant).values(
            number=number, id=added.id, name=added.name, state=added.state, created_at=added.created_at
        )
    )
    return added


async def set_tenant_state(conn: AsyncConnection, number: int, state: str) -> bool:
    """Make a tenant ACTIVE, SUSPENDED or DELETING; false when there is none of that number."""
    changed = update(tenant).where(tenant.c.number == number).values(state=state)
    return (await conn.execute(changed)).rowcount == 1


async def tenant_named(conn: AsyncConnection, id_or_name: str) -> Tenant | None:
    """The tenant with this UUID or this name."""
    query = select(tenant).where(or_(tenant.c.id == id_or_name.lower(), tenant.c.name == id_or_name))
    row = (await conn.execute(query)).first()
    return None if row is None else _tenant(row)


def has_any_in(state: str) -> Select[Any]:
    """Whether there is a tenant in a state, as a fact of the shared look."""
    return select(exists().where(tenant.c.state == state))


async def tenants_in(conn: AsyncConnection, state: str) -> list[Tenant]:
    """Every tenant in a state, in the order of their numbers."""
    query = select(tenant).where(tenant.c.state == state).order_by(tenant.c.number)
    return [_tenant(row) for row in await conn.execute(query)]


async def tenants(conn: AsyncConnection, *, after: int, limit: int) -> list[Tenant]:
    """Tenants in the order of their numbers, those above `after`."""
    query = select(tenant).where(tenant.c.number > after).order_by(tenant.c.number).limit(limit)
    return [_tenant(row) for row in await conn.execute(query)]


async def tenant_ids(conn: AsyncConnection, numbers: Iterable[int]) -> dict[int, str]:
    """The UUIDs of tenants by their numbers."""
    query = select(tenant.c.number, tenant.c.id).where(tenant.c.number.in_(list(numbers)))
    return {row.number: row.id for row in await conn.execute(query)}


async def tenant_names(conn: AsyncConnection, numbers: Iterable[int]) -> dict[int, str]:
    """The names of tenants by their numbers."""
    query = select(tenant.c.number, tenant.c.name).where(tenant.c.number.in_(list(numbers)))
    return {row.number: row.name for row in await conn.execute(query)}


async def add_retailer(conn: AsyncConnection, tenant_number: int, retailer_id: str, *, name: str) -> None:
    """Store a retailer of a tenant."""
    await conn.execute(insert(retailer).values(tenant_id=tenant_number, id=retailer_id, name=name))


async def has_retailer(conn: AsyncConnection, tenant_number: int, retailer_id: str) -> bool:
    """Whether the tenant has such a retailer."""
    query = select(retailer.c.id).where(retailer.c.tenant_id == tenant_number, retailer.c.id == retailer_id)
    return (await conn.execute(query)).first() is not None


async def add_store(conn: AsyncConnection, tenant_number: int, store_id: int, *, name: str) -> None:
    """Store a shop of a tenant; its id is unique among all tenants'."""
    await conn.execute(insert(store).values(id=store_id, tenant_id=tenant_number, name=name))


async def server_keys(conn: AsyncConnection, purpose: str) -> list[ServerKey]:
    """The keys of one purpose, the newest first."""
    columns = (server_key.c.id, server_key.c.sealed, server_key.c.created_at)
    query = select(*columns).where(server_key.c.purpose == purpose)
    rows = await conn.execute(query.order_by(server_key.c.created_at.desc(), server_key.c.id.desc()))
    return [ServerKey._make(row) for row in rows]


async def add_server_key(conn: AsyncConnection, key_id: str, *, purpose: str, sealed: bytes, at: int) -> None:
    """Store a key that all processes share."""
    await conn.execute(insert(server_key).values(id=key_id, purpose=purpose, sealed=sealed, created_at=at))


async def remove_server_key(conn: AsyncConnection, key_id: str, *, purpose: str) -> bool:
    """Remove a key for ever; false when there is none of that id and purpose."""
    gone = delete(server_key).where(server_key.c.id == key_id, server_key.c.purpose == purpose)
    return (await conn.execute(gone)).rowcount == 1


async def _credential(conn: AsyncConnection, which: ColumnElement[bool]) -> StoredCredential | None:
    row = (await conn.execute(WITH_TENANT.where(which))).first()
    return None if row is None else stored(row)


def stored(row: Row[Any]) -> StoredCredential:
    """The record of a row of `WITH_TENANT`."""
    is_operators = row.kind == CredentialKind.OPERATOR
    return StoredCredential(
        key=row.key,
        kind=CredentialKind(row.kind),
        name=row.name if row.revoked_at is None else row.name.rpartition(REVOKED_MARK)[0],
        secret_hash=row.secret_hash,
        grants=frozenset(json.loads(row.grants)),
        retailer_id=row.retailer_id,
        store_id=row.store_id,
        user_id=row.user_id,
        expires_at=row.expires_at,
        is_live=row.revoked_at is None and (is_operators or row.state == "ACTIVE"),
        tenant=0 if is_operators else row.tenant_id,
        tenant_id="" if is_operators else row.tenant_uuid,
        tenant_name="" if is_operators else row.tenant_name,
        old_secret_hash=row.old_secret_hash,
        old_secret_until=row.old_secret_until,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        application=row.application,
        frame_origin=row.frame_origin,
    )


def _tenant(row: Row[Any]) -> Tenant:
    return Tenant(row.number, row.id, row.name, row.state, row.created_at)
