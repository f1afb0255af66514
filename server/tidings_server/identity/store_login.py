"""Log-in of a store's users by password. Source: document 004, whose log-in call is not shown."""

from dataclasses import dataclass, field
from typing import Final

from tidings_server.identity.login_throttle import LoginThrottle
from tidings_server.identity.secret_hashing import Passwords
from tidings_server.identity.store import tenants
from tidings_server.identity.store.tenants import CredentialKind, StoredCredential
from tidings_server.identity.tokens import Tokens
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import InvalidInput, Unauthenticated
from tidings_server.storage.database import Database

MAX_NAME: Final = 255


@dataclass(frozen=True, slots=True)
class UserLogin:
    """Credentials for further calls, beside the store."""

    user_id: int
    token: str = field(repr=False)


class StoreLogin:
    """Issues tokens for users of stores; they end as access tokens do, and with the user."""

    def __init__(
        self, database: Database, *, tokens: Tokens, passwords: Passwords, clock: Clock, throttle: LoginThrottle
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._passwords = passwords
        self._clock = clock
        self._throttle = throttle

    async def log_in(self, store: str, *, username: str, password: str) -> UserLogin:
        """Log a user in. Raises InvalidInput for a missing field, and the same Unauthenticated for every wrong one."""
        for name, value in (("store", store), ("username", username), ("password", password)):
            if not value:
                raise InvalidInput.of(name, "is required")
        name = f"{store}/{username}"
        async with self._throttle.guess(name, password):
            user = await self._stored(name)
            is_right = await self._passwords.matches(password, user.secret_hash if user else None)
            if user is None or not is_right or user.user_id is None or str(user.store_id) != store:
                raise Unauthenticated("The store, the user name or the password is wrong.")
        token = self._tokens.issue(user.name, credentials=[user.key], client=user.name, grants=sorted(user.grants))
        return UserLogin(user.user_id, token)

    async def _stored(self, name: str) -> StoredCredential | None:
        if len(name) > MAX_NAME:
            return None
        async with self._database.read() as conn:
            row = await tenants.credential_by_name(conn, CredentialKind.USER, name)
        if row is None or not row.is_live or (row.expires_at is not None and row.expires_at <= self._clock.now_us()):
            return None
        return row
