"""The tenant `demo`: a new installation can be tried at once, with credentials of every kind.

They are written to `demo-credentials.json` in the data directory first (mode 0600) and stored then, so that a crash
between the two is mended by the next start, and their values never change.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypedDict

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.secret_hashing import Passwords, hash_secret
from tidings_server.identity.store import tenants
from tidings_server.identity.store.tenants import CredentialKind, NewCredential, Tenant
from tidings_server.identity.tenants import TENANT_GRANTS
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.sealing import create_private
from tidings_server.storage.database import Database

FILE: Final = "demo-credentials.json"
NAME: Final = "demo"
PASSWORDS: Final = ("password", "account_password", "store_password")


class DemoCredentials(TypedDict):
    """Content of the file of demo credentials. Ids of document 004 are decimal integers, as strings."""

    tenant: str
    tenant_id: str
    tenant_number: int
    retailer_id: str
    client_id: str
    client_secret: str
    username: str
    password: str
    account_username: str
    account_password: str
    api_key: str
    api_secret: str
    store: str
    store_api_key: str
    user_id: str
    user_token: str
    store_username: str
    store_password: str
    operator_token: str


async def ensure_demo(
    database: Database, data_dir: Path, *, passwords: Passwords, clock: Clock, ids: Ids
) -> DemoCredentials | None:
    """Create the tenant `demo` in a new installation, or complete it; None in any other.

    An installation is new as long as it has no tenant. Somebody who has deleted `demo` is not given it again.
    """
    path = data_dir / FILE
    demo = _read(path) if path.exists() else None
    async with database.read() as conn:
        first = await tenants.tenants(conn, after=0, limit=1)
    if first:
        return demo if demo and first[0].id == demo["tenant_id"] else None
    is_created = False
    if demo is None:
        is_created = create_private(path, (json.dumps(_new_credentials(ids), indent=2) + "\n").encode())
        demo = _read(path)
    hashes = {name: await passwords.hash(demo[name]) for name in PASSWORDS}
    if await database.write_queue.run(_Provision(demo, hashes, clock.now_us())):
        return demo
    if is_created:  # another process, with a data directory of its own, was first: these are nobody's
        path.unlink()
    return None


class _Provision:
    """The transaction: creates everything or, where another process was first, nothing; whether it is there now."""

    def __init__(self, demo: DemoCredentials, hashes: Mapping[str, str], now_us: int) -> None:
        self._demo = demo
        self._tenant = Tenant(demo["tenant_number"], demo["tenant_id"], demo["tenant"], "ACTIVE", now_us)
        self._hashes = hashes

    async def __call__(self, conn: AsyncConnection) -> bool:
        await tenants.bump(conn)
        if first := await tenants.tenants(conn, after=0, limit=1):
            return first[0].id == self._tenant.id  # by another process with the same file
        number = (await tenants.add_tenant(conn, self._tenant)).number
        await tenants.add_retailer(conn, number, self._demo["retailer_id"], name="Demo retailer")
        await tenants.add_store(conn, number, int(self._demo["store"]), name="Demo store")
        for credential in self._credentials():
            await tenants.add_credential(conn, credential)
        return True

    def _credentials(self) -> Iterator[NewCredential]:
        demo = self._demo
        retailer, store, user = demo["retailer_id"], int(demo["store"]), int(demo["user_id"])
        yield self._new(CredentialKind.CLIENT, demo["client_id"], hash_secret(demo["client_secret"]))
        yield self._new(CredentialKind.USER, demo["username"], self._hashes["password"], retailer_id=retailer)
        yield self._new(CredentialKind.USER, demo["account_username"], self._hashes["account_password"])
        yield self._new(CredentialKind.API_KEY, demo["api_key"], hash_secret(demo["api_secret"]))
        yield self._new(CredentialKind.STORE_KEY, demo["store"], hash_secret(demo["store_api_key"]), store_id=store)
        name = f"{demo['store']}/{demo['user_id']}"
        yield self._new(CredentialKind.USER_TOKEN, name, hash_secret(demo["user_token"]), store_id=store, user_id=user)
        name = f"{demo['store']}/{demo['store_username']}"
        password = self._hashes["store_password"]
        yield self._new(CredentialKind.USER, name, password, store_id=store, user_id=user)
        operator, _, secret = demo["operator_token"].partition(".")
        yield NewCredential(
            CredentialKind.OPERATOR, operator, hash_secret(secret), None, ["admin"], created_at=self._tenant.created_at
        )

    def _new(
        self,
        kind: CredentialKind,
        name: str,
        secret_hash: str,
        *,
        retailer_id: str | None = None,
        store_id: int | None = None,
        user_id: int | None = None,
    ) -> NewCredential:
        return NewCredential(
            kind=kind,
            name=name,
            secret_hash=secret_hash,
            tenant=self._tenant.number,
            grants=TENANT_GRANTS,
            retailer_id=retailer_id,
            store_id=store_id,
            user_id=user_id,
            created_at=self._tenant.created_at,
        )


def _new_credentials(ids: Ids) -> DemoCredentials:
    return DemoCredentials(
        tenant=NAME,
        tenant_id=ids.uuid7(),
        tenant_number=1,
        retailer_id="1",
        client_id="demo-client",
        client_secret=ids.token(),
        username="demo-retailer-user",
        password=ids.token(128),
        account_username="demo-account-user",
        account_password=ids.token(128),
        api_key="demo-api-key",
        api_secret=ids.token(),
        store="1",
        store_api_key=ids.token(),
        user_id="1",
        user_token=ids.token(),
        store_username="demo-store-user",
        store_password=ids.token(128),
        operator_token=f"demo-operator.{ids.token()}",
    )


def _read(path: Path) -> DemoCredentials:
    demo: DemoCredentials = json.loads(path.read_text())
    return demo
