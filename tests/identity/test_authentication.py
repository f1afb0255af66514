"""Verification of every kind of credential; revoked ones stay refused."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.installation import LIFE_S, Installation
from tidings_server.identity.authentication import KEPT_S, CredentialVerifier
from tidings_server.identity.login import TokenRequest
from tidings_server.identity.login_throttle import LoginThrottle
from tidings_server.identity.store import tenants
from tidings_server.identity.store.tenants import CredentialKind
from tidings_server.identity.tenants import TENANT_GRANTS
from tidings_server.platform.client_address import current_client
from tidings_server.platform.errors import LimitExceeded, Unauthenticated
from tidings_server.platform.scope import Scope
from tidings_server.storage.tables import config_version

Show = Callable[[Installation], Awaitable[Scope]]


@dataclass
class Client:
    """Whose call it is."""

    address: str
    is_caller_check: bool = False


async def by_token(installation: Installation) -> Scope:
    return await installation.credentials.bearer(await installation.token())


async def by_api_key(installation: Installation) -> Scope:
    demo = installation.demo
    return await installation.credentials.api_key(demo["tenant_id"], demo["api_key"], demo["api_secret"])


async def by_store_key(installation: Installation) -> Scope:
    return await installation.credentials.store_key(installation.demo["store"], installation.demo["store_api_key"])


async def by_user_token(installation: Installation) -> Scope:
    demo = installation.demo
    return await installation.credentials.user_token(demo["store"], demo["user_id"], demo["user_token"])


async def by_operator_token(installation: Installation) -> Scope:
    return await installation.credentials.operator(installation.demo["operator_token"])


KINDS: dict[str, tuple[Show, CredentialKind, str]] = {
    "token": (by_token, CredentialKind.CLIENT, "demo-client"),
    "api key": (by_api_key, CredentialKind.API_KEY, "demo-api-key"),
    "store key": (by_store_key, CredentialKind.STORE_KEY, "1"),
    "user token": (by_user_token, CredentialKind.USER_TOKEN, "1/1"),
    "operator token": (by_operator_token, CredentialKind.OPERATOR, "demo-operator"),
}
OF_TENANT = [kind for kind in KINDS if kind != "operator token"]


async def _revoke(installation: Installation, kind: CredentialKind, name: str) -> None:
    async def transaction(conn: AsyncConnection) -> None:
        await tenants.bump(conn)
        row = await tenants.credential_by_name(conn, kind, name)
        assert row is not None
        assert await tenants.revoke_credential(conn, row.key, at=installation.clock.now_us())

    await installation.database.write_queue.run(transaction)


async def _set_state(installation: Installation, state: str) -> None:
    async def transaction(conn: AsyncConnection) -> None:
        await tenants.bump(conn)
        assert await tenants.set_tenant_state(conn, installation.demo["tenant_number"], state)

    await installation.database.write_queue.run(transaction)


@pytest.mark.parametrize("kind", OF_TENANT)
async def test_a_good_credential_gives_its_scope(installation: Installation, kind: str) -> None:
    show, _, name = KINDS[kind]
    demo = installation.demo
    scope = await show(installation)
    assert (scope.tenant, scope.tenant_id, scope.tenant_name) == (1, demo["tenant_id"], "demo")
    assert (scope.actor, scope.app_id) == (name, name)
    assert scope.grants == frozenset(TENANT_GRANTS)
    assert scope.store_id == (1 if kind in {"store key", "user token"} else None)
    assert scope.user_id == (1 if kind == "user token" else None)


async def test_the_operator_belongs_to_no_tenant(installation: Installation) -> None:
    scope = await by_operator_token(installation)
    assert (scope.tenant, scope.tenant_id, scope.tenant_name) == (0, "", "")
    assert scope.grants == {"admin"}


async def test_a_users_token_carries_the_retailer_and_the_client(installation: Installation) -> None:
    demo = installation.demo
    issued = await installation.login.token(
        TokenRequest("password", demo["client_id"], demo["client_secret"], demo["username"], demo["password"])
    )
    scope = await installation.credentials.bearer(issued.access_token)
    assert (scope.actor, scope.app_id, scope.retailer_id) == ("demo-retailer-user", "demo-client", "1")


@pytest.mark.parametrize(
    "shown",
    [
        lambda i: i.credentials.bearer(""),
        lambda i: i.credentials.bearer(i.demo["client_secret"]),
        lambda i: i.credentials.bearer(i.demo["operator_token"]),
        lambda i: i.credentials.operator(""),
        lambda i: i.credentials.operator("demo-operator."),
        lambda i: i.credentials.operator("nobody." + i.demo["operator_token"].partition(".")[2]),
        lambda i: i.credentials.operator(i.demo["operator_token"] + "x"),
        lambda i: i.credentials.api_key(i.demo["tenant_id"], i.demo["api_key"], ""),
        lambda i: i.credentials.api_key(i.demo["tenant_id"], i.demo["api_key"], "wrong"),
        lambda i: i.credentials.api_key(i.demo["tenant_id"], "unknown", i.demo["api_secret"]),
        lambda i: i.credentials.api_key(i.other.tenant.id, i.demo["api_key"], i.demo["api_secret"]),
        lambda i: i.credentials.api_key("", i.demo["api_key"], i.demo["api_secret"]),
        lambda i: i.credentials.api_key(i.demo["tenant_id"], i.demo["client_id"], i.demo["client_secret"]),
        lambda i: i.credentials.store_key(i.demo["store"], "wrong"),
        lambda i: i.credentials.store_key("2", i.demo["store_api_key"]),
        lambda i: i.credentials.store_key("", ""),
        lambda i: i.credentials.user_token(i.demo["store"], i.demo["user_id"], "wrong"),
        lambda i: i.credentials.user_token("2", i.demo["user_id"], i.demo["user_token"]),
        lambda i: i.credentials.user_token("", "1/1", i.demo["user_token"]),
    ],
)
async def test_a_wrong_credential_is_refused_like_an_unknown_one(
    installation: Installation, shown: Callable[[Installation], Awaitable[Scope]]
) -> None:
    with pytest.raises(Unauthenticated) as refused:
        await shown(installation)
    assert refused.value.message == Unauthenticated().message


@pytest.mark.parametrize("kind", KINDS)
async def test_a_revoked_credential_is_refused_once_the_change_is_noticed(
    installation: Installation, kind: str
) -> None:
    show, which, name = KINDS[kind]
    token = await installation.token() if kind == "token" else ""
    shown = partial(installation.credentials.bearer, token) if token else partial(show, installation)
    await installation.credentials.run_once()
    await shown()
    await _revoke(installation, which, name)
    await installation.credentials.run_once()
    with pytest.raises(Unauthenticated):
        await shown()


@pytest.mark.parametrize("kind", OF_TENANT)
async def test_a_suspended_tenants_credentials_rest_until_it_is_active_again(
    installation: Installation, kind: str
) -> None:
    token = await installation.token() if kind == "token" else ""
    shown = partial(installation.credentials.bearer, token) if token else partial(KINDS[kind][0], installation)
    await shown()
    await _set_state(installation, "SUSPENDED")
    await installation.credentials.run_once()
    with pytest.raises(Unauthenticated):
        await shown()
    await _set_state(installation, "ACTIVE")
    await installation.credentials.run_once()
    assert (await shown()).tenant == 1


async def test_a_users_token_ends_with_the_client_that_it_came_by(installation: Installation) -> None:
    demo = installation.demo
    issued = await installation.login.token(
        TokenRequest("password", demo["client_id"], demo["client_secret"], demo["username"], demo["password"])
    )
    await installation.credentials.bearer(issued.access_token)
    await _revoke(installation, CredentialKind.CLIENT, demo["client_id"])
    await installation.credentials.run_once()
    with pytest.raises(Unauthenticated):
        await installation.credentials.bearer(issued.access_token)


async def test_the_cache_entry_of_a_token_expires_with_it(installation: Installation) -> None:
    token = await installation.token()
    installation.clock.advance(timedelta(seconds=LIFE_S - KEPT_S / 2))
    await installation.credentials.bearer(token)
    installation.clock.advance(timedelta(seconds=KEPT_S / 2 + 1))
    with pytest.raises(Unauthenticated):
        await installation.credentials.bearer(token)


async def test_a_cached_credential_is_not_looked_up_again(installation: Installation) -> None:
    token = await installation.token()
    known = await installation.credentials.bearer(token)
    await _revoke(installation, CredentialKind.CLIENT, installation.demo["client_id"])
    assert await installation.credentials.bearer(token) is known
    installation.clock.advance(timedelta(seconds=KEPT_S + 1))
    with pytest.raises(Unauthenticated):
        await installation.credentials.bearer(token)


async def test_no_credential_stays_cached_while_the_configuration_version_is_unknown(
    installation: Installation,
) -> None:
    token = await installation.token()
    await installation.credentials.bearer(token)
    await installation.database.write_queue.run(lambda conn: conn.execute(delete(config_version)))
    await installation.credentials.run_once()
    await _revoke(installation, CredentialKind.CLIENT, installation.demo["client_id"])
    with pytest.raises(Unauthenticated):
        await installation.credentials.bearer(token)


async def test_a_token_has_no_more_scopes_than_its_credential(installation: Installation) -> None:
    token = await installation.token_of(
        installation.demo["client_id"], installation.demo["client_secret"], scope="events:read"
    )
    scope = await installation.credentials.bearer(token)
    assert scope == replace(await by_token(installation), grants=frozenset({"events:read"}))


async def test_a_failed_statement_does_not_show_its_values(installation: Installation) -> None:
    taken = tenants.NewCredential(CredentialKind.CLIENT, installation.demo["client_id"], "s3cret-hash", tenant=1)
    with pytest.raises(IntegrityError) as failed:
        await installation.database.write_queue.run(lambda conn: tenants.add_credential(conn, taken))
    assert "s3cret-hash" not in str(failed.value)


async def test_a_right_key_of_another_tenant_is_a_guess(installation: Installation) -> None:
    throttle = LoginThrottle(installation.clock, per_minute=3)
    credentials = CredentialVerifier(
        installation.database, tokens=installation.tokens, clock=installation.clock, throttle=throttle
    )
    token = current_client.set(Client("192.0.2.1"))
    failures = []
    for number in range(4):
        with pytest.raises((Unauthenticated, LimitExceeded)) as refused:
            await credentials.api_key(f"tenant-{number}", installation.demo["api_key"], installation.demo["api_secret"])
        failures.append(refused.type)
    current_client.reset(token)
    assert failures == [Unauthenticated] * 3 + [LimitExceeded]
