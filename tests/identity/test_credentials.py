"""Keys, users and operators: made, rotated with an overlap, revoked; and each change is noticed."""

from collections.abc import Awaitable
from datetime import timedelta

import pytest

from tests.support.installation import Installation
from tidings_server.identity.credentials import Accounts, Narrowed
from tidings_server.identity.login import Request
from tidings_server.identity.retailers_and_stores import Premises
from tidings_server.identity.store.tenants import Kind
from tidings_server.platform.errors import Conflict, InvalidGrant, InvalidInput, NotFound, Unauthenticated
from tidings_server.platform.scope import Scope

HOUR = timedelta(hours=1)


@pytest.fixture
def accounts(installation: Installation) -> Accounts:
    return Accounts(
        installation.database,
        installation.tenants,
        passwords=installation.passwords,
        clock=installation.clock,
        ids=installation.ids,
    )


@pytest.fixture
def premises(installation: Installation) -> Premises:
    return Premises(installation.database, installation.tenants, clock=installation.clock)


async def refused(call: Awaitable[object]) -> None:
    with pytest.raises(Unauthenticated):
        await call


async def by_key(installation: Installation, name: str, secret: str) -> Scope:
    return await installation.credentials.api_key(installation.demo["tenant_id"], name, secret)


async def test_a_key_is_made_and_lets_in(installation: Installation, accounts: Accounts) -> None:
    made = await accounts.create_key("demo", store_id="", grants=["events:write"])
    assert made.secret is not None
    scope = await by_key(installation, made.credential.name, made.secret)
    assert (scope.tenant_name, scope.grants) == ("demo", frozenset({"events:write"}))
    assert made.secret not in repr(made)


async def test_a_rotated_key_has_two_secrets_until_the_overlap_ends(
    installation: Installation, accounts: Accounts
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
    installation: Installation, accounts: Accounts
) -> None:
    made = await accounts.create_key("demo", store_id="", grants=[])
    await by_key(installation, made.credential.name, made.secret or "")
    await accounts.rotate(made.credential.key, overlap=timedelta())
    await installation.credentials.run_once()
    await refused(by_key(installation, made.credential.name, made.secret or ""))


async def test_a_rotated_client_buys_tokens_with_either_secret(installation: Installation, accounts: Accounts) -> None:
    client = await installation.tenants.create_client("demo", grants=[], retailer_id="")
    rotated = await accounts.rotate(client.key, overlap=None)
    for secret in (client.client_secret, rotated.secret or ""):
        assert await installation.token_of(client.client_id, secret)


async def test_a_revoked_credential_is_out_for_ever_and_its_name_free(
    installation: Installation, accounts: Accounts
) -> None:
    narrowed = Narrowed(retailer_id="1")
    made = await accounts.create_user("demo", username="ada", password="", grants=[], narrowed=narrowed)
    revoked = await accounts.revoke(made.credential.key)
    assert (revoked.name, revoked.is_live, revoked.revoked_at) == ("ada", False, installation.clock.now_us())
    assert await accounts.revoke(made.credential.key) == revoked
    with pytest.raises(NotFound):
        await accounts.rotate(made.credential.key, overlap=None)
    again = await accounts.create_user("demo", username="ada", password="", grants=[], narrowed=narrowed)
    assert again.credential.key != made.credential.key


async def test_a_users_password_ends_at_once_when_it_is_replaced(
    installation: Installation, accounts: Accounts
) -> None:
    made = await accounts.create_user(
        "demo", username="ada@shop", password="correct horse", grants=[], narrowed=Narrowed()
    )
    assert made.secret is None
    demo = installation.demo

    async def log_in(password: str) -> None:
        client = (demo["client_id"], demo["client_secret"])
        await installation.login.token(Request("password", *client, "ada@shop", password))

    await log_in("correct horse")
    rotated = await accounts.rotate(made.credential.key, overlap=HOUR)
    with pytest.raises(InvalidGrant):
        await log_in("correct horse")
    await log_in(rotated.secret or "")


async def test_a_stores_user_may_show_an_access_token(
    installation: Installation, accounts: Accounts, premises: Premises
) -> None:
    _, store = await premises.create_store("demo", "", name="Shop")
    made = await accounts.create_user(
        "demo", username="bob", password="", grants=[], narrowed=Narrowed(store_id=str(store.id))
    )
    assert (made.credential.name, made.credential.user_id) == (f"{store.id}/bob", 1)
    token = installation.tokens.issue("bob", credentials=[made.credential.key], client="bob", grants=["events:read"])
    scope = await installation.credentials.user_token(str(store.id), "1", token)
    assert (scope.store_id, scope.user_id, scope.grants) == (store.id, 1, frozenset({"events:read"}))
    await refused(installation.credentials.user_token("1", "1", token))
    await refused(installation.credentials.user_token(str(store.id), "2", token))


async def test_a_deleted_store_takes_its_credentials_with_it(
    installation: Installation, accounts: Accounts, premises: Premises
) -> None:
    _, store = await premises.create_store("demo", "77", name="")
    key = await accounts.create_key("demo", store_id="77", grants=[])
    assert (await installation.credentials.store_key("77", key.secret or "")).store_id == store.id
    await premises.delete_store("77")
    await installation.credentials.run_once()
    await refused(installation.credentials.store_key("77", key.secret or ""))
    assert (await accounts.get(key.credential.key)).revoked_at is not None


async def test_a_deleted_retailer_takes_its_credentials_with_it(accounts: Accounts, premises: Premises) -> None:
    await premises.create_retailer("demo", "9", name="")
    made = await accounts.create_user(
        "demo", username="eve", password="", grants=[], narrowed=Narrowed(retailer_id="9")
    )
    await premises.delete_retailer("demo", "9")
    assert (await accounts.get(made.credential.key)).revoked_at is not None


async def test_a_credential_ends_when_it_says(installation: Installation, accounts: Accounts) -> None:
    made = await accounts.create_key("demo", store_id="", grants=[], expires_at="2026-01-01T01:00:00Z")
    await by_key(installation, made.credential.name, made.secret or "")
    installation.clock.advance(HOUR + timedelta(seconds=1))
    await refused(by_key(installation, made.credential.name, made.secret or ""))


async def test_an_operator_is_made_and_the_last_one_stays(installation: Installation, accounts: Accounts) -> None:
    made = await accounts.create_operator("grace")
    assert (await installation.credentials.operator(made.secret or "")).actor == "grace"
    [demos, graces] = await accounts.page(tenant="", family="operators", has_revoked=False, after=0, page_size=0)
    await accounts.revoke(demos.key)
    with pytest.raises(Conflict):
        await accounts.revoke(graces.key)


async def test_credentials_are_listed_by_family_and_page(accounts: Accounts) -> None:
    users = await accounts.page(tenant="demo", family="users", has_revoked=False, after=0, page_size=3)
    assert [each.kind for each in users] == [Kind.USER, Kind.USER, Kind.USER_TOKEN, Kind.USER]
    rest = await accounts.page(tenant="demo", family="users", has_revoked=False, after=users[1].key, page_size=3)
    assert rest == users[2:]
    everybody = await accounts.page(tenant="", family="", has_revoked=False, after=0, page_size=0)
    assert {each.tenant for each in everybody} == {0, 1, 2}


@pytest.mark.parametrize(
    ("username", "password", "narrowed"),
    [
        ("", "", Narrowed()),
        ("a b", "", Narrowed()),
        ("a#1", "", Narrowed()),
        ("ada", "short", Narrowed()),
        ("ada", "", Narrowed(retailer_id="nosuch")),
        ("ada", "", Narrowed(store_id="99")),
        ("ada", "", Narrowed(store_id="x")),
        ("ada", "", Narrowed(retailer_id="1", store_id="1")),
    ],
)
async def test_a_bad_user_is_refused(accounts: Accounts, username: str, password: str, narrowed: Narrowed) -> None:
    with pytest.raises(InvalidInput):
        await accounts.create_user("demo", username=username, password=password, grants=[], narrowed=narrowed)


async def test_another_tenants_store_takes_no_key(accounts: Accounts) -> None:
    with pytest.raises(InvalidInput):
        await accounts.create_key("other-tenant", store_id="1", grants=[])


async def test_a_name_is_taken_once(accounts: Accounts) -> None:
    with pytest.raises(Conflict):
        await accounts.create_user("demo", username="demo-account-user", password="", grants=[], narrowed=Narrowed())
    with pytest.raises(Conflict):
        await accounts.create_key("demo", store_id="1", grants=[])
    with pytest.raises(Conflict):
        await accounts.create_operator("demo-operator")
