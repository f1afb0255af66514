"""Trusted issuers of federated tokens, managed by the operator."""

import re
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.egress import RULE, Egress
from tidings_server.delivery.http.endpoint_url import EndpointUrl, is_endpoint_url
from tidings_server.identity.store import issuers
from tidings_server.identity.store import tenants as identity
from tidings_server.identity.store.issuers import MAX_LISTED, Issuer
from tidings_server.identity.tenants import Tenants, checked_grants
from tidings_server.identity.tokens import ISSUER
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import Conflict, InvalidInput, LimitExceeded, NotFound
from tidings_server.storage.database import Database

MAX_URL: Final = 2_048

_ISSUER: Final = re.compile(r"[!-~]{1,1024}")
_AUDIENCE: Final = re.compile(r"[!-~]{1,255}")
_CLAIM: Final = re.compile(r"[!-~]{0,128}")


class Issuers:
    """Use cases of the operator."""

    def __init__(self, database: Database, tenants: Tenants, *, egress: Egress, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._tenants = tenants
        self._egress = egress
        self._clock = clock
        self._ids = ids

    async def create(
        self,
        tenant: str,
        *,
        issuer: str,
        audience: str,
        jwks_url: str,
        grants: Sequence[str],
        retailer_claim: str,
        issuer_id: str | None = None,
    ) -> Issuer:
        """Trust an issuer for a tenant. `issuer_id` is its reserved UUID.

        Raises NotFound for the tenant, InvalidInput for a value of another form, Conflict where another one has the
        same issuer and audience.
        """
        _check(issuer, audience, retailer_claim)
        self._check_url(jwks_url)
        owner = await self._tenants.get(tenant)
        new = Issuer(
            id=issuer_id or self._ids.uuid7(),
            tenant=owner.number,
            tenant_id=owner.id,
            tenant_name=owner.name,
            is_live=owner.state == "ACTIVE",
            issuer=issuer,
            audience=audience,
            jwks_url=jwks_url,
            grants=checked_grants(grants),
            retailer_claim=retailer_claim or None,
            created_at=self._clock.now_us(),
        )

        async def transaction(conn: AsyncConnection) -> Issuer:
            await identity.bump(conn)
            if taken := await issuers.taken(conn, issuer, audience):
                if taken.id == new.id:
                    return taken
                raise Conflict("This issuer and audience are trusted already.")
            if len(await issuers.listed(conn, None)) >= MAX_LISTED:
                raise LimitExceeded(f"There may be {MAX_LISTED:,} issuers.")
            await issuers.add(conn, new)
            return new

        return await self._database.write_queue.run(transaction)

    async def list(self, tenant: str, *, after: str = "") -> list[Issuer]:
        """The issuers of a tenant, or of all where `tenant` is empty; those `after` the one with this id.

        Raises NotFound for the tenant, InvalidInput where there is no issuer to begin after.
        """
        number = (await self._tenants.get(tenant)).number if tenant else None
        async with self._database.read() as conn:
            found = await issuers.listed(conn, number)
        if not after:
            return found
        place = next((place for place, each in enumerate(found, 1) if each.id == after), None)
        if place is None:
            raise InvalidInput.of("after", "must be the id of an issuer in this list")
        return found[place:]

    async def delete(self, issuer_id: str) -> None:
        """Trust an issuer no more. Raises NotFound."""

        async def transaction(conn: AsyncConnection) -> None:
            await identity.bump(conn)
            if not await issuers.remove(conn, issuer_id):
                raise NotFound("There is no such issuer.")

        await self._database.write_queue.run(transaction)

    def _check_url(self, url: str) -> None:
        """Require a URL with TLS, or without it one in the operator's own networks."""
        if len(url) > MAX_URL or not is_endpoint_url(url):
            raise InvalidInput.of("jwksUrl", f"must be an https URL of at most {MAX_URL:,} characters, without a user")
        origin = EndpointUrl.parse(url).origin
        if not self._egress.allows_host(origin.host):
            raise InvalidInput.of("jwksUrl", RULE)
        if not origin.is_tls and not _is_private(origin.host):
            raise InvalidInput.of("jwksUrl", "must be https; http is for addresses in TIDINGS_EGRESS_ALLOW")


def _is_private(host: str) -> bool:
    """Whether the host of an allowed URL is a private address, which only the operator's setting can have allowed."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return False


def _check(issuer: str, audience: str, retailer_claim: str) -> None:
    if not _ISSUER.fullmatch(issuer) or issuer == ISSUER:
        raise InvalidInput.of("issuer", f"must be 1 to 1,024 visible characters, and not {ISSUER}")
    if not _AUDIENCE.fullmatch(audience):
        raise InvalidInput.of("audience", "must be 1 to 255 visible characters")
    if not _CLAIM.fullmatch(retailer_claim):
        raise InvalidInput.of("retailerClaim", "must be at most 128 visible characters")
