"""Portal links: credentials in an address, for a while, narrowed to one tenant or to one application's subscriptions.

The address is `/portal/{name}#{name}.{secret}`. A browser sends what stands behind `#` to no server; the page
exchanges it for short access tokens, which end with the link, with its revocation and with its tenant.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.login_throttle import LoginThrottle
from tidings_server.identity.secret_hashing import NO_SECRET, hash_secret, is_secret
from tidings_server.identity.store import credentials
from tidings_server.identity.store import tenants as identity
from tidings_server.identity.store.tenants import CredentialKind, NewCredential, StoredCredential
from tidings_server.identity.tenants import Tenants
from tidings_server.identity.tokens import Tokens
from tidings_server.platform.clock import MICROSECOND, US_PER_S, Clock, Ids
from tidings_server.platform.errors import InvalidInput, NotFound, Unauthenticated
from tidings_server.rpc.required_scopes import EVENTS_READ, SUBSCRIPTIONS_READ, SUBSCRIPTIONS_WRITE
from tidings_server.storage.database import Database

LIFE: Final = timedelta(hours=1)
MIN_LIFE: Final = timedelta(minutes=1)
MAX_LIFE: Final = timedelta(hours=24)
TOKEN_LIFE_S: Final = 900
KEPT_US: Final = 7 * 86_400 * US_PER_S
"""Time that an ended link is still listed; longer than a token lives, since keys of removed rows may be given again."""
SWEPT: Final = 100
MAX_APPLICATION: Final = 255

_ORIGIN: Final = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?")
UNKNOWN: Final = "There is no such link, or it has ended."


@dataclass(frozen=True, slots=True)
class PortalRights:
    """Rights of a link: to one application's subscriptions or, where that is empty, to the whole tenant.

    Pages of `frame_origin` may embed it, of none where that is empty.
    """

    application: str = ""
    frame_origin: str = ""
    is_read_only: bool = False

    def check(self) -> None:
        """Raises InvalidInput for an application's name that is too long, and for an origin that is none."""
        if len(self.application) > MAX_APPLICATION:
            raise InvalidInput.of("application", f"must have 1 to {MAX_APPLICATION} characters")
        if self.frame_origin and not _ORIGIN.fullmatch(self.frame_origin):
            raise InvalidInput.of("frameOrigin", "must be an origin in lower case, such as https://shop.example")

    @property
    def grants(self) -> tuple[str, ...]:
        """Scopes of the holder. Events are the whole tenant's, so nobody who is narrowed reads them."""
        reads = (SUBSCRIPTIONS_READ,) if self.application else (EVENTS_READ, SUBSCRIPTIONS_READ)
        return reads if self.is_read_only else (*reads, SUBSCRIPTIONS_WRITE)


@dataclass(frozen=True, slots=True)
class NewPortalLink:
    """A link with its secret, which is shown only once."""

    credential: StoredCredential
    secret: str = field(repr=False)

    @property
    def address(self) -> str:
        """Path and fragment of its address."""
        name = self.credential.name
        return f"/portal/{name}#{name}.{self.secret}"


@dataclass(frozen=True, slots=True)
class OpenedPortal:
    """An opened link: its access token, and how long that is good for."""

    credential: StoredCredential
    access_token: str = field(repr=False)
    expires_in_s: int = 0


class PortalLinks:
    """Makes links and opens them."""

    def __init__(
        self,
        database: Database,
        tenants: Tenants,
        *,
        tokens: Tokens,
        throttle: LoginThrottle,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._database = database
        self._tenants = tenants
        self._tokens = tokens
        self._throttle = throttle
        self._clock = clock
        self._ids = ids

    async def create(self, tenant: str, rights: PortalRights, *, life: timedelta = LIFE) -> NewPortalLink:
        """Make a link of a tenant. Raises NotFound for the tenant, InvalidInput for rights and life out of bounds."""
        rights.check()
        if not MIN_LIFE <= life <= MAX_LIFE:
            raise InvalidInput.of("expiresIn", "must be 60 s to 24 h")
        found, now = await self._tenants.get(tenant), self._clock.now_us()
        secret = self._ids.token()
        new = NewCredential(
            kind=CredentialKind.PORTAL,
            name=self._ids.uuid7(),
            secret_hash=hash_secret(secret),
            tenant=found.number,
            grants=rights.grants,
            created_at=now,
            expires_at=now + life // MICROSECOND,
            application=rights.application or None,
            frame_origin=rights.frame_origin or None,
        )

        async def transaction(conn: AsyncConnection) -> StoredCredential:
            await credentials.remove_ended_portals(conn, before=now - KEPT_US, limit=SWEPT)
            key = await identity.add_credential(conn, new)
            [stored] = await identity.credentials_by_key(conn, [key])
            return stored

        return NewPortalLink(await self._database.write_queue.run(transaction), secret)

    async def exchange(self, token: str) -> OpenedPortal:
        """An access token for the secret of a link. Raises the same Unauthenticated for every link that is not good."""
        name, _, secret = token.partition(".")
        with self._throttle.counted():
            link = await self._stored(name)
            is_right = is_secret(secret, link.secret_hash if link else NO_SECRET)
            left_s = ((link.expires_at or 0) - self._clock.now_us()) // US_PER_S if link else 0
            if link is None or not is_right or not link.is_live or left_s <= 0:
                raise Unauthenticated(UNKNOWN)
        life_s = min(TOKEN_LIFE_S, self._tokens.life_s, left_s)
        access_token = self._tokens.issue(
            link.name, credentials=[link.key], client=link.name, grants=sorted(link.grants), life_s=life_s
        )
        return OpenedPortal(link, access_token, life_s)

    async def frame_origin(self, name: str) -> str | None:
        """Origin of the pages that may embed a link, ended or not. Raises NotFound for an unknown one."""
        link = await self._stored(name)
        if link is None:
            raise NotFound(UNKNOWN)
        return link.frame_origin

    async def _stored(self, name: str) -> StoredCredential | None:
        async with self._database.read() as conn:
            return await identity.credential_by_name(conn, CredentialKind.PORTAL, name[:MAX_APPLICATION])
