"""Log-in: a token for good credentials; everything else is refused without a hint."""

import pytest

from tests.support.installation import LIFE_S, Installation
from tidings_server.identity.login import TokenRequest
from tidings_server.identity.tenants import TENANT_GRANTS
from tidings_server.platform.errors import (
    InvalidGrant,
    InvalidInput,
    InvalidScope,
    Unauthenticated,
    UnsupportedGrantType,
)

ALL = " ".join(sorted(TENANT_GRANTS))
READ = "events:read rules:read subscriptions:read"


def _client(installation: Installation, **more: str) -> TokenRequest:
    demo = installation.demo
    given = {"grant_type": "client_credentials", "client_id": demo["client_id"], "client_secret": demo["client_secret"]}
    return TokenRequest(**{**given, **more})


def _user(installation: Installation, **more: str) -> TokenRequest:
    demo = installation.demo
    user = {"grant_type": "password", "username": demo["username"], "password": demo["password"]}
    return _client(installation, **{**user, **more})


@pytest.mark.parametrize("realm", ["", "demo", "UUID", "uuid"])
async def test_a_client_gets_a_token_in_its_own_realm(installation: Installation, realm: str) -> None:
    tenant_id = installation.demo["tenant_id"]
    named = {"UUID": tenant_id.upper(), "uuid": tenant_id}.get(realm, realm)
    issued = await installation.login.token(_client(installation, realm=named))
    assert (issued.expires_in_s, issued.scope, issued.retailer_id) == (LIFE_S, ALL, None)


@pytest.mark.parametrize(
    ("asked", "answered", "granted"),
    [
        ("", ALL, set(TENANT_GRANTS)),
        ("api", "api", set(TENANT_GRANTS)),
        ("email profile", "email profile", set(TENANT_GRANTS)),
        ("events:read", "events:read", {"events:read"}),
        ("events:read rules:read", "events:read rules:read", {"events:read", "rules:read"}),
        ("api events:read", "api events:read", set(TENANT_GRANTS)),
        ("read-only", READ, set(READ.split())),
        ("openid read-only", READ, set(READ.split())),
        (
            "read-only rules:write",
            "events:read rules:read rules:write subscriptions:read",
            {*READ.split(), "rules:write"},
        ),
    ],
)
async def test_a_token_has_the_requested_scopes(
    installation: Installation, asked: str, answered: str, granted: set[str]
) -> None:
    issued = await installation.login.token(_client(installation, scope=asked))
    assert issued.scope == answered
    assert (await installation.credentials.bearer(issued.access_token)).grants == granted


async def test_a_user_gets_a_token_of_its_retailer(installation: Installation) -> None:
    assert (await installation.login.token(_user(installation))).retailer_id == "1"


async def test_a_user_of_the_account_has_no_retailer(installation: Installation) -> None:
    demo = installation.demo
    account = {"username": demo["account_username"], "password": demo["account_password"]}
    assert (await installation.login.token(_user(installation, **account))).retailer_id is None


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"grant_type": ""}, InvalidInput),
        ({"grant_type": "implicit"}, UnsupportedGrantType),
        ({"client_id": ""}, Unauthenticated),
        ({"client_id": "unknown"}, Unauthenticated),
        ({"client_id": "demo-retailer-user"}, Unauthenticated),
        ({"client_secret": ""}, Unauthenticated),
        ({"client_secret": "wrong"}, Unauthenticated),
        ({"realm": "other-tenant"}, Unauthenticated),
        ({"realm": "nosuch"}, Unauthenticated),
        ({"scope": "admin"}, InvalidScope),
        ({"scope": "api nosuch"}, InvalidScope),
    ],
)
async def test_a_bad_client_is_refused(
    installation: Installation, more: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error) as refused:
        await installation.login.token(_client(installation, **more))
    assert type(refused.value) is error


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"username": ""}, InvalidInput),
        ({"password": ""}, InvalidInput),
        ({"username": "unknown"}, InvalidGrant),
        ({"password": "wrong"}, InvalidGrant),
        ({"username": "demo-client"}, InvalidGrant),
        ({"client_secret": "wrong"}, Unauthenticated),
    ],
)
async def test_a_bad_user_is_refused(installation: Installation, more: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error) as refused:
        await installation.login.token(_user(installation, **more))
    assert type(refused.value) is error


async def test_a_user_does_not_log_in_by_another_tenants_client(installation: Installation) -> None:
    other = installation.other
    with pytest.raises(InvalidGrant):
        await installation.login.token(
            _user(installation, client_id=other.client_id, client_secret=other.client_secret)
        )


async def test_a_token_of_a_narrow_client_is_narrow(installation: Installation) -> None:
    narrow = await installation.tenants.create_client("demo", grants=["events:read"], retailer_id="1")
    issued = await installation.login.token(TokenRequest("client_credentials", narrow.client_id, narrow.client_secret))
    assert (issued.scope, issued.retailer_id) == ("events:read", "1")
    with pytest.raises(InvalidScope):
        await installation.login.token(
            TokenRequest("client_credentials", narrow.client_id, narrow.client_secret, scope="events:write")
        )
