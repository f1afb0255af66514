"""The tenant `demo`: made once, complete, and never again."""

import json
import stat
from pathlib import Path

import pytest

from tests.support.installation import Installation
from tidings_server.identity.demo import FILE, DemoCredentials, ensure_demo
from tidings_server.identity.store import tenants

KEYS = {
    "tenant": str,
    "tenant_id": str,
    "tenant_number": int,
    "retailer_id": str,
    "client_id": str,
    "client_secret": str,
    "username": str,
    "password": str,
    "account_username": str,
    "account_password": str,
    "api_key": str,
    "api_secret": str,
    "store": str,
    "store_api_key": str,
    "user_id": str,
    "user_token": str,
    "store_username": str,
    "store_password": str,
    "operator_token": str,
}


async def _ensure(installation: Installation, data_dir: Path | None = None) -> DemoCredentials | None:
    return await ensure_demo(
        installation.database,
        data_dir or installation.data_dir,
        passwords=installation.passwords,
        clock=installation.clock,
        ids=installation.ids,
    )


async def test_the_file_has_every_credential_and_is_its_owners_alone(empty: Installation) -> None:
    demo = await _ensure(empty)
    path = empty.data_dir / FILE
    written = json.loads(path.read_text())
    assert written == demo
    assert {name: type(value) for name, value in written.items()} == KEYS
    assert written["store"].isdecimal()
    assert written["user_id"].isdecimal()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_restart_changes_nothing(empty: Installation) -> None:
    first = await _ensure(empty)
    assert await _ensure(empty) == first


async def test_a_crash_after_the_file_was_written_is_mended(empty: Installation, tmp_path: Path) -> None:
    await _ensure(empty)
    written = (tmp_path / FILE).read_text()
    async with empty.database.read() as conn:
        assert len(await tenants.tenants(conn, after=0, limit=5)) == 1
    assert json.loads(written) == await _ensure(empty)


async def test_a_credentials_file_without_its_tenant_is_provisioned_from(empty: Installation, tmp_path: Path) -> None:
    kept = {name: f"x-{name}" for name in KEYS} | {"tenant_number": 1, "store": "5", "user_id": "6"}
    (tmp_path / FILE).write_text(json.dumps(kept))
    assert await _ensure(empty) == kept
    async with empty.database.read() as conn:
        found = await tenants.tenant_named(conn, "x-tenant")
    assert found is not None


async def test_an_installation_that_has_a_tenant_gets_no_demo(empty: Installation, tmp_path: Path) -> None:
    await empty.tenants.create("mine")
    assert await _ensure(empty) is None
    assert not (tmp_path / FILE).exists()


async def test_a_second_process_with_its_own_directory_makes_no_second_demo(
    empty: Installation, tmp_path: Path
) -> None:
    await _ensure(empty)
    other = tmp_path / "other"
    other.mkdir()
    assert await _ensure(empty, other) is None
    assert not (other / FILE).exists()


DEMO_NAMES = {
    tenants.CredentialKind.CLIENT: "demo-client",
    tenants.CredentialKind.USER: "demo-retailer-user",
    tenants.CredentialKind.API_KEY: "demo-api-key",
    tenants.CredentialKind.STORE_KEY: "1",
    tenants.CredentialKind.USER_TOKEN: "1/1",
    tenants.CredentialKind.OPERATOR: "demo-operator",
}
MADE_FOR_AN_HOUR = {tenants.CredentialKind.PORTAL}


@pytest.mark.parametrize("kind", sorted(set(tenants.CredentialKind) - MADE_FOR_AN_HOUR))
async def test_there_is_a_credential_of_every_kind(installation: Installation, kind: tenants.CredentialKind) -> None:
    async with installation.database.read() as conn:
        assert await tenants.credential_by_name(conn, kind, DEMO_NAMES[kind]) is not None
