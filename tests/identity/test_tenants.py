"""Tenants and their clients."""

import pytest

from tests.support.installation import Installation
from tidings_server.identity.store import tenants
from tidings_server.identity.tenants import TENANT_GRANTS
from tidings_server.platform.errors import Conflict, InvalidInput, NotFound, Unauthenticated


async def test_a_tenant_is_addressed_by_its_uuid_and_its_name(installation: Installation) -> None:
    made = await installation.tenants.create("third")
    assert made.number > 2, "tenants 1 and 2 were there"
    assert await installation.tenants.get("third") == made
    assert await installation.tenants.get(made.id.upper()) == made
    with pytest.raises(NotFound):
        await installation.tenants.get("nosuch")


@pytest.mark.parametrize("name", ["", "a b", "a/b", "ä", "x" * 129, "a\n", ".", ".."])
async def test_a_tenants_name_must_be_plain(installation: Installation, name: str) -> None:
    with pytest.raises(InvalidInput):
        await installation.tenants.create(name)


async def test_a_name_is_taken_once(installation: Installation) -> None:
    with pytest.raises(Conflict):
        await installation.tenants.create("demo")


async def test_the_same_reserved_id_makes_one_tenant(installation: Installation) -> None:
    reserved = installation.ids.uuid7()
    first = await installation.tenants.create("third", tenant_id=reserved)
    assert await installation.tenants.create("third", tenant_id=reserved) == first


async def test_pages_put_together_are_the_whole(installation: Installation) -> None:
    for index in range(5):
        await installation.tenants.create(f"t{index}")
    whole = await installation.tenants.page(after=0, page_size=100)
    pages, after = [], 0
    while page := (await installation.tenants.page(after=after, page_size=2))[:2]:
        pages += page
        after = page[-1].number
    assert pages == whole
    assert len(whole) == 7
    assert whole == sorted(whole, key=lambda tenant: tenant.number)


@pytest.mark.parametrize("size", [-1, 501])
async def test_a_page_is_bounded(installation: Installation, size: int) -> None:
    with pytest.raises(InvalidInput):
        await installation.tenants.page(after=0, page_size=size)


async def test_a_client_has_all_scopes_of_a_tenant_unless_some_are_named(installation: Installation) -> None:
    made = await installation.tenants.create_client("demo", grants=[], retailer_id="")
    assert made.grants == TENANT_GRANTS
    made = await installation.tenants.create_client("demo", grants=["rules:read", "rules:read"], retailer_id="")
    assert made.grants == ("rules:read",)


async def test_a_client_with_scopes_that_its_tenant_lacks_is_refused(installation: Installation) -> None:
    with pytest.raises(InvalidInput, match="grants"):
        await installation.tenants.create_client("demo", grants=["admin"], retailer_id="")
    with pytest.raises(InvalidInput, match="retailerId"):
        await installation.tenants.create_client("other-tenant", grants=[], retailer_id="1")
    with pytest.raises(NotFound):
        await installation.tenants.create_client("nosuch", grants=[], retailer_id="")


async def test_a_client_whose_maker_died_gets_another_secret(installation: Installation) -> None:
    reserved = installation.ids.uuid7()
    lost = await installation.tenants.create_client("demo", grants=[], retailer_id="", client_id=reserved)
    made = await installation.tenants.create_client("demo", grants=[], retailer_id="", client_id=reserved)
    assert await installation.token_of(made.client_id, made.client_secret)
    with pytest.raises(Unauthenticated):
        await installation.token_of(lost.client_id, lost.client_secret)


async def test_no_secret_is_stored_as_it_is(installation: Installation) -> None:
    made = await installation.tenants.create_client("demo", grants=[], retailer_id="")
    async with installation.database.read() as conn:
        row = await tenants.credential_by_name(conn, tenants.CredentialKind.CLIENT, made.client_id)
    assert row is not None
    assert made.client_secret not in row.secret_hash
    assert len(row.secret_hash) == 64
