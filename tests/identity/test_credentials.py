"""Keys, users and operators: made, rotated with an overlap, revoked; and each change is noticed."""

from collections.abc import Awaitable
from datetime import timedelta

import pytest

from tests.support.installation import Installation
from tidings_server.identity.credentials import CredentialAdmin, CredentialRestriction
from tidings_server.identity.login import TokenRequest
from tidings_server.identity.retailers_and_stores import RetailersAndStores
from tidings_server.identity.store.tenants import CredentialKind
from tidings_server.platform.errors import Conflict, InvalidGrant, InvalidInput, NotFound, Unauthenticated
from tidings_server.platform.scope import Scope

HOUR = timedelta(hours=1)


@pytest.fixture
def accounts(installation: Installation) -> CredentialAdmin:
    return CredentialAdmin(
        installation.database,
        installation.tenants,
        passwords=installation.passwords,
        clock=installation.clock,
        ids=installation.ids,
    )


@pytest.fixture
def retailers_and_stores(installation: Installation) -> RetailersAndStores:
    return RetailersAndStores(installation.database, installation.tenants, clock=installation.clock)


async def refused(call: Awaitable[object]) -> None:
    with pytest.raises(Unauthenticated):
        await call


async def by_key(installation: Installation, name: str, secret: str) -> Scope:
    return await installation.credentials.api_key(installation.demo["tenant_id"], name, secret)


async def test_a_key_is_created_and_authenticates(installation: Installation, accounts: CredentialAdmin) -> None:
    made = await accounts.create_key("demo", store_id="", grants=["events:write"])
    assert made.secret is not None
    scope = await by_key(installation, made.credential.name, made.secret)
    assert (scope.tenant_name, scope.grants) == ("demo", frozenset({"events:write"}))
    assert made.secret not in repr(made)


async def test_a_rotated_key_has_two_secrets_until_the_overlap_ends(
    installation: Installation, accounts: CredentialAdmin
) -> None:
    made = await accounts.create_key("demo", store_id="", grants=[])
    rotated = await accounts.rotate(made.credential.key, overlap=HOUR)
    await installation.credentials.run_once()
    name, old, new = made.credential.name, made.secret or "", rotated.secret or ""
    assert (await by_key(installation, name, old)).actor == (await by_key(installation, name, new)).actor == name
    installation.clock.advance(HOUR + timedelta(seconds=1))
    assert (await by_key(installation, name, new)).actor == name
    await refused(by_key(installation, name, old))


async def test_an_overlap_of_nothing_ends_the_old_secret_at_once(
    installation: Installation, accounts: CredentialAdmin
) -> None:
    made = await accounts.create_key("demo", store_id="", grants=[])
    await by_key(installation, made.credential.name, made.secret or "")
    await accounts.rotate(made.credential.key, overlap=timedelta())
    await installation.credentials.run_once()
    await refused(by_key(installation, made.credential.name, made.secret or ""))


async def test_a_rotated_client_buys_tokens_with_either_secret(
    installation: Installation, accounts: CredentialAdmin
) -> None:
    client = await installation.tenants.create_client("demo", grants=[], retailer_id="")
    rotated = await accounts.rotate(client.key, overlap=None)
    for secret in (client.client_secret, rotated.secret or ""):
        assert await installation.token_of(client.client_id, secret)


async def test_a_revoked_credential_is_out_for_ever_and_its_name_free(
    installation: Installation, accounts: CredentialAdmin
) -> None:
    restriction = CredentialRestriction(retailer_id="1")
    made = await accounts.create_user("demo", username="ada", password="", grants=[], restriction=restriction)
    revoked = await accounts.revoke(made.credential.key)
    assert (revoked.name, revoked.is_live, revoked.revoked_at) == ("ada", False, installation.clock.now_us())
    assert await accounts.revoke(made.credential.key) == revoked
    with pytest.raises(NotFound):
        await accounts.rotate(made.credential.key, overlap=None)
    again = await accounts.create_user("demo", username="ada", password="", grants=[], restriction=restriction)
    assert again.credential.key != made.credential.key


async def test_a_users_password_ends_at_once_when_it_is_replaced(
    installation: Installation, accounts: CredentialAdmin
) -> None:
    made = await accounts.create_user(
        "demo", username="ada@shop", password="correct horse", grants=[], restriction=CredentialRestriction()
    )
    assert made.secret is None
    demo = installation.demo

    async def log_in(password: str) -> None:
        client = (demo["client_id"], demo["client_secret"])
        await installation.login.token(TokenRequest("password", *client, "ada@shop", password))

    await log_in("correct horse")
    rotated = await accounts.rotate(made.credential.key, overlap=HOUR)
    with pytest.raises(InvalidGrant):
        await log_in("correct horse")
    await log_in(rotated.secret or "")


async def test_a_stores_user_may_show_an_access_token(
    installation: Installation, accounts: CredentialAdmin, retailers_and_stores: RetailersAndStores
) -> None:
    _, store = await retailers_and_stores.create_store("demo", "", name="Shop")
    made = await accounts.create_user(
        "demo", username="bob", password="", grants=[], restriction=CredentialRestriction(store_id=str(store.id))
    )
    assert (made.credential.name, made.credential.user_id) == (f"{store.id}/bob", 1)
    token = installation.tokens.issue("bob", credentials=[made.credential.key], client="bob", grants=["events:read"])
    scope = await installation.credentials.user_token(str(store.id), "1", token)
    assert (scope.store_id, scope.user_id, scope.grants) == (store.id, 1, frozenset({"events:read"}))
    await refused(installation.credentials.user_token("1", "1", token))
    await refused(installation.credentials.user_token(str(store.id), "2", token))


async def test_a_deleted_store_takes_its_credentials_with_it(
    installation: Installation, accounts: CredentialAdmin, retailers_and_stores: RetailersAndStores
) -> None:
    _, store = await retailers_and_stores.create_store("demo", "77", name="")
    key = await accounts.create_key("demo", store_id="77", grants=[])
    assert (await installation.credentials.store_key("77", key.secret or "")).store_id == store.id
    await retailers_and_stores.delete_store("77")
    await installation.credentials.run_once()
    await refused(installation.credentials.store_key("77", key.secret or ""))
    assert (await accounts.get(key.credential.key)).revoked_at is not None


async def test_a_deleted_retailer_takes_its_credentials_with_it(
    accounts: CredentialAdmin, retailers_and_stores: RetailersAndStores
) -> None:
    await retailers_and_stores.create_retailer("demo", "9", name="")
    made = await accounts.create_user(
        "demo", username="eve", password="", grants=[], restriction=CredentialRestriction(retailer_id="9")
    )
    await retailers_and_stores.delete_retailer("demo", "9")
    assert (await accounts.get(made.credential.key)).revoked_at is not None


async def test_a_credential_expires_at_its_expiry(installation: Installation, accounts: CredentialAdmin) -> None:
    made = await accounts.create_key("demo", store_id="", grants=[], expires_at="2026-01-01T01:00:00Z")
    await by_key(installation, made.credential.name, made.secret or "")
    installation.clock.advance(HOUR + timedelta(seconds=1))
    await refused(by_key(installation, made.credential.name, made.secret or ""))


async def test_an_operator_is_created_and_the_last_one_cannot_be_revoked(
    installation: Installation, accounts: CredentialAdmin
) -> None:
    made = await accounts.create_operator("grace")
    assert (await installation.credentials.operator(made.secret or "")).actor == "grace"
    [demos, graces] = await accounts.page(tenant="", family="operators", has_revoked=False, after=0, page_size=0)
    await accounts.revoke(demos.key)
    with pytest.raises(Conflict):
        await accounts.revoke(graces.key)


async def test_credentials_are_listed_by_family_and_page(accounts: CredentialAdmin) -> None:
    users = await accounts.page(tenant="demo", family="users", has_revoked=False, after=0, page_size=3)
    assert [each.kind for each in users] == [
        CredentialKind.USER,
        CredentialKind.USER,
        CredentialKind.USER_TOKEN,
        CredentialKind.USER,
    ]
    rest = await accounts.page(tenant="demo", family="users", has_revoked=False, after=users[1].key, page_size=3)
    assert rest == users[2:]
    everybody = await accounts.page(tenant="", family="", has_revoked=False, after=0, page_size=0)
    assert len({each.tenant for each in everybody}) == 3, "of two tenants, and the operator's"


@pytest.mark.parametrize(
    ("username", "password", "restriction"),
    [
        ("", "", CredentialRestriction()),
        ("a b", "", CredentialRestriction()),
        ("a#1", "", CredentialRestriction()),
        ("ada", "short", CredentialRestriction()),
        ("ada", "", CredentialRestriction(retailer_id="nosuch")),
        ("ada", "", CredentialRestriction(store_id="99")),
        ("ada", "", CredentialRestriction(store_id="x")),
        ("ada", "", CredentialRestriction(retailer_id="1", store_id="1")),
    ],
)
async def test_a_bad_user_is_refused(
    accounts: CredentialAdmin, username: str, password: str, restriction: CredentialRestriction
) -> None:
    with pytest.raises(InvalidInput):
        await accounts.create_user("demo", username=username, password=password, grants=[], restriction=restriction)


async def test_another_tenants_store_takes_no_key(accounts: CredentialAdmin) -> None:
    with pytest.raises(InvalidInput):
        await accounts.create_key("other-tenant", store_id="1", grants=[])


async def test_a_name_is_taken_once(accounts: CredentialAdmin) -> None:
    with pytest.raises(Conflict):
        await accounts.create_user(
            "demo", username="demo-account-user", password="", grants=[], restriction=CredentialRestriction()
        )
    with pytest.raises(Conflict):
        await accounts.create_key("demo", store_id="1", grants=[])
    with pytest.raises(Conflict):
        await accounts.create_operator("demo-operator")
