"""Retailers and stores of tenants, created and deleted by the operator."""

import re
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.store import credentials, retailers_and_stores
from tidings_server.identity.store import tenants as identity
from tidings_server.identity.store.retailers_and_stores import Retailer, Store
from tidings_server.identity.store.tenants import Tenant
from tidings_server.identity.tenants import Tenants, checked_size
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Conflict, InvalidInput, NotFound
from tidings_server.platform.texts import whole_number
from tidings_server.storage.database import Database

MAX_STORE: Final = 2**53
MAX_NAME: Final = 255

_RETAILER: Final = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._:~-]{1,128}")


class RetailersAndStores:
    """Use cases of the operator. Credentials of a deleted retailer or store are revoked with it; events stay."""

    def __init__(self, database: Database, tenants: Tenants, *, clock: Clock) -> None:
        self._database = database
        self._tenants = tenants
        self._clock = clock

    async def create_retailer(self, tenant: str, retailer_id: str, *, name: str) -> tuple[Tenant, Retailer]:
        """A retailer and its tenant; the same again is answered as it stands.

        Raises NotFound for the tenant, InvalidInput for an id or a name of another form, Conflict for another name.
        """
        if not _RETAILER.fullmatch(retailer_id):
            raise InvalidInput.of("id", "must be 1 to 128 of [A-Za-z0-9._:~-], and not . or ..")
        owner = await self._tenants.get(tenant)
        new = Retailer(owner.number, retailer_id, _name(name, retailer_id))

        async def transaction(conn: AsyncConnection) -> Retailer:
            await identity.bump(conn)
            found = await retailers_and_stores.find_retailer(conn, owner.number, retailer_id)
            if found is None:
                await identity.add_retailer(conn, owner.number, retailer_id, name=new.name)
            elif found != new:
                raise Conflict("This retailer has another name.")
            return new

        return owner, await self._database.write_queue.run(transaction)

    async def retailers(self, tenant: str, *, after: str, page_size: int) -> tuple[Tenant, list[Retailer]]:
        """One page of a tenant's retailers by id, and one more where there is another page. Raises NotFound."""
        owner = await self._tenants.get(tenant)
        async with self._database.read() as conn:
            limit = checked_size(page_size) + 1
            return owner, await retailers_and_stores.retailers(conn, owner.number, after=after, limit=limit)

    async def delete_retailer(self, tenant: str, retailer_id: str) -> None:
        """Delete a retailer and revoke its credentials. Raises NotFound."""
        owner = await self._tenants.get(tenant)

        async def transaction(conn: AsyncConnection) -> None:
            await identity.bump(conn)
            if not await retailers_and_stores.remove_retailer(conn, owner.number, retailer_id):
                raise NotFound("There is no such retailer.")
            await credentials.revoke_of(conn, owner.number, at=self._clock.now_us(), retailer_id=retailer_id)

        await self._database.write_queue.run(transaction)

    async def create_store(self, tenant: str, store_id: str, *, name: str) -> tuple[Tenant, Store]:
        """A store and its tenant; the same again is answered as it stands. No id: the next free one.

        Raises NotFound for the tenant, InvalidInput for an id or a name of another form, Conflict for a taken id.
        """
        requested = checked_store(store_id) if store_id else None
        owner = await self._tenants.get(tenant)

        async def transaction(conn: AsyncConnection) -> Store:
            await identity.bump(conn)
            number = requested or 1 + await retailers_and_stores.last_store(conn)
            new = Store(owner.number, number, _name(name, str(number)))
            found = await retailers_and_stores.find_store(conn, number)
            if found is None:
                await identity.add_store(conn, owner.number, number, name=new.name)
            elif found != new:
                raise Conflict("This id is taken by another store.")
            return new

        return owner, await self._database.write_queue.run(transaction)

    async def stores(self, tenant: str, *, after: str, page_size: int) -> tuple[Tenant, list[Store]]:
        """One page of a tenant's stores by id, and one more where there is another page. Raises NotFound."""
        position = checked_store(after, "after") if after else 0
        owner = await self._tenants.get(tenant)
        async with self._database.read() as conn:
            limit = checked_size(page_size) + 1
            return owner, await retailers_and_stores.stores(conn, owner.number, after=position, limit=limit)

    async def delete_store(self, store_id: str) -> None:
        """Delete a store and revoke its credentials. Raises NotFound."""
        if not is_store(store_id):
            raise NotFound("There is no such store.")

        async def transaction(conn: AsyncConnection) -> None:
            await identity.bump(conn)
            found = await retailers_and_stores.find_store(conn, int(store_id))
            if found is None:
                raise NotFound("There is no such store.")
            await retailers_and_stores.remove_store(conn, found.id)
            await credentials.revoke_of(conn, found.tenant, at=self._clock.now_us(), store_id=found.id)

        await self._database.write_queue.run(transaction)


def is_store(text: str) -> bool:
    """Whether a text has the form of a store's id."""
    return whole_number(text, least=1, most=MAX_STORE) is not None


def checked_store(text: str, field: str = "id") -> int:
    """A store's id. Raises InvalidInput on `field` for another form."""
    if not is_store(text):
        raise InvalidInput.of(field, "must be a decimal integer from 1 to 2^53")
    return int(text)


def _name(name: str, otherwise: str) -> str:
    if len(name) > MAX_NAME:
        raise InvalidInput.of("name", f"must be at most {MAX_NAME} characters", f"string of {len(name)} characters")
    return name or otherwise
