"""Consents to mail, asked of the catalogue and of loyalty."""

from collections.abc import Mapping

from tidings_server.catalogue.store import wishlists
from tidings_server.loyalty.profile import profile_of
from tidings_server.loyalty.store import customers
from tidings_server.mail.consent import CATALOGUE, GONE, NOTHING_LEFT, OPTED_OUT, ConsentVerdict, MailConsent
from tidings_server.storage.database import Database


class CustomerConsents:
    """Implements the port `ConsentRegistry`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def verdict(self, tenant: int, consent: MailConsent, *, items: Mapping[str, bool]) -> ConsentVerdict:
        """Whether a mail may leave now."""
        if consent.by == CATALOGUE:
            return await self._of_catalogue(tenant, consent.customer, items)
        async with self._database.read() as conn:
            [*found] = await customers.find(conn, tenant, [consent.customer])
        if not found:
            return ConsentVerdict(GONE)
        return ConsentVerdict("" if profile_of(found[0].profile).optin_email else OPTED_OUT)

    async def _of_catalogue(self, tenant: int, customer: str, items: Mapping[str, bool]) -> ConsentVerdict:
        async with self._database.read() as conn:
            opt_in, wished = await wishlists.still_wanted(conn, tenant, customer, items)
        if not opt_in:
            return ConsentVerdict(GONE if opt_in is None else OPTED_OUT)
        left = [item for item, was_known in items.items() if item in wished and (wished[item] or not was_known)]
        return ConsentVerdict(NOTHING_LEFT if items and not left else "", left)
