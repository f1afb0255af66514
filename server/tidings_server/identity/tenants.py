"""Tenants and their OAuth clients, managed by the operator."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.roles import READ_ONLY, scopes_of
from tidings_server.identity.secret_hashing import hash_secret
from tidings_server.identity.store import tenants
from tidings_server.identity.store.tenants import CredentialKind, NewCredential, Tenant
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import Conflict, InvalidInput, NotFound, WrongState
from tidings_server.storage.database import Database

TENANT_GRANTS = (
    "events:read",
    "events:write",
    "subscriptions:read",
    "subscriptions:write",
    "rules:read",
    "rules:write",
)
"""Scopes that a tenant's credentials may have; `admin` is the operator's alone."""

DELETING = "DELETING"
MAX_PAGE = 500
DEFAULT_PAGE = 50

_NAME = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._~-]{1,128}")


@dataclass(frozen=True, slots=True)
class NewClient:
    """A new OAuth client with its secret, which is shown only once. `key` is the number of its credential."""

    client_id: str
    client_secret: str = field(repr=False)
    tenant: Tenant
    grants: tuple[str, ...]
    retailer_id: str | None
    key: int = 0


class Tenants:
    """Use cases of the operator."""

    def __init__(self, database: Database, *, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    async def create(self, name: str, *, tenant_id: str | None = None) -> Tenant:
        """Create a tenant, active at once. `tenant_id` is its reserved UUID, else a new one.

        The same UUID and name again answer the tenant that is there. Raises InvalidInput for a bad name, Conflict for
        a taken one.
        """
        if not _NAME.fullmatch(name):
            raise InvalidInput.of("name", "must be 1 to 128 of [A-Za-z0-9._~-], and not . or ..")
        new = Tenant(0, tenant_id or self._ids.uuid7(), name, "ACTIVE", self._clock.now_us())

        async def transaction(conn: AsyncConnection) -> Tenant:
            await tenants.bump(conn)
            taken = await tenants.tenant_named(conn, name)
            if taken is None:
                return await tenants.add_tenant(conn, new)
            if taken.id != new.id:
                raise Conflict("This name is taken by another tenant.")
            return taken

        return await self._database.write_queue.run(transaction)

    async def suspend(self, id_or_name: str) -> Tenant:
        """Suspend the tenant: none of its credentials is good. Raises NotFound, WrongState while it is deleted."""
        return await self._become(id_or_name, "SUSPENDED")

    async def resume(self, id_or_name: str) -> Tenant:
        """Resume the tenant. Raises as `suspend`."""
        return await self._become(id_or_name, "ACTIVE")

    async def delete(self, id_or_name: str) -> Tenant:
        """Begin to delete the tenant: `TenantRemoval` empties the tables of it from now on. Raises NotFound."""
        return await self._become(id_or_name, DELETING)

    async def _become(self, id_or_name: str, state: str) -> Tenant:
        async def transaction(conn: AsyncConnection) -> Tenant:
            await tenants.bump(conn)
            found = await tenants.tenant_named(conn, id_or_name)
            if found is None:
                raise NotFound("There is no such tenant.")
            if found.state == DELETING and state != DELETING:
                raise WrongState("This tenant is being deleted.")
            await tenants.set_tenant_state(conn, found.number, state)
            return replace(found, state=state)

        return await self._database.write_queue.run(transaction)

    async def get(self, id_or_name: str) -> Tenant:
        """The tenant with this UUID or name. Raises NotFound."""
        async with self._database.read() as conn:
            found = await tenants.tenant_named(conn, id_or_name)
        if found is None:
            raise NotFound("There is no such tenant.")
        return found

    async def page(self, *, after: int, page_size: int) -> list[Tenant]:
        """Tenants whose number is above `after`, in order; `page_size` 1 to MAX_PAGE, 0 for DEFAULT_PAGE, and one more.

        The one more means that there is a next page. Raises InvalidInput for another size.
        """
        size = checked_size(page_size)
        async with self._database.read() as conn:
            return await tenants.tenants(conn, after=after, limit=size + 1)

    async def create_client(
        self, id_or_name: str, *, grants: Sequence[str], retailer_id: str, client_id: str | None = None
    ) -> NewClient:
        """Create an OAuth client of a tenant; no `grants` means all of a tenant's.

        `client_id` is the id kept for it: a client that has it already was created by a process that died before it
        could show the secret, so it gets a new one. Raises NotFound for the tenant, InvalidInput for a grant or a
        retailer.
        """
        tenant = await self.get(id_or_name)
        made = NewClient(
            client_id=client_id or self._ids.uuid7(),
            client_secret=self._ids.token(),
            tenant=tenant,
            grants=checked_grants(grants),
            retailer_id=retailer_id or None,
        )
        return replace(made, key=await self._database.write_queue.run(lambda conn: self._add_client(conn, made)))

    async def _add_client(self, conn: AsyncConnection, made: NewClient) -> int:
        secret_hash = hash_secret(made.client_secret)
        await tenants.bump(conn)
        if made.retailer_id and not await tenants.has_retailer(conn, made.tenant.number, made.retailer_id):
            raise InvalidInput.of("retailerId", "must be a retailer of this tenant")
        if await tenants.replace_secret(conn, CredentialKind.CLIENT, made.client_id, secret_hash=secret_hash):
            kept = await tenants.credential_by_name(conn, CredentialKind.CLIENT, made.client_id)
            return kept.key if kept else 0
        new = NewCredential(
            kind=CredentialKind.CLIENT,
            name=made.client_id,
            secret_hash=secret_hash,
            tenant=made.tenant.number,
            grants=made.grants,
            retailer_id=made.retailer_id,
            created_at=self._clock.now_us(),
        )
        return await tenants.add_credential(conn, new)


def checked_grants(grants: Sequence[str]) -> tuple[str, ...]:
    """Scopes in order, those of roles among them, or all of a tenant's where none is named.

    Raises InvalidInput for an unknown one.
    """
    named = scopes_of(grants)
    if unknown := named.difference(TENANT_GRANTS):
        rule = f"must be of {', '.join(TENANT_GRANTS)}, or the role {READ_ONLY}"
        raise InvalidInput.of("grants", rule, f"{len(unknown)} others")
    return tuple(sorted(named)) or TENANT_GRANTS


def checked_size(page_size: int) -> int:
    """The size of a page: 1 to MAX_PAGE, DEFAULT_PAGE for 0. Raises InvalidInput for another one."""
    if not 0 <= page_size <= MAX_PAGE:
        raise InvalidInput.of("pageSize", f"must be 1 to {MAX_PAGE}", "a number")
    return page_size or DEFAULT_PAGE
