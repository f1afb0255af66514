"""Consents to mail, asked of the catalogue and of loyalty, and of the jobs that wrote it."""

from collections.abc import Mapping, Sequence
from typing import Any

from tidings_server.catalogue.mail_relevance import MailRelevance
from tidings_server.loyalty.profile import profile_of
from tidings_server.loyalty.store import customers
from tidings_server.mail.addresses import NO_ADDRESS, known_address
from tidings_server.mail.consent import CATALOGUE, GONE, OPTED_OUT, STOPPED, ConsentVerdict, MailConsent
from tidings_server.scheduling.store import jobs
from tidings_server.storage.database import Database


class CustomerConsents:
    """Implements the port `ConsentRegistry`."""

    def __init__(self, database: Database, *, low_at: int) -> None:
        """`low_at` is the quantity at which stock is low."""
        self._database = database
        self._catalogue = MailRelevance(database, low_at=low_at)

    async def verdict(
        self, tenant: int, consent: MailConsent, *, kind: str = "", items: Sequence[Mapping[str, Any]] = ()
    ) -> ConsentVerdict:
        """Whether a mail may leave now."""
        if consent.job and not await self._exists(tenant, consent.job):
            return ConsentVerdict(STOPPED)
        if consent.by == CATALOGUE:
            return await self._catalogue.verdict(tenant, consent.customer, kind=kind, items=items)
        async with self._database.read() as conn:
            [*found] = await customers.find(conn, tenant, [consent.customer])
        if not found:
            return ConsentVerdict(GONE)
        profile = profile_of(found[0].profile)
        if not profile.optin_email:
            return ConsentVerdict(OPTED_OUT)
        address = known_address(profile.email_address)
        return ConsentVerdict("" if address else NO_ADDRESS, to=address or "")

    async def _exists(self, tenant: int, job_id: str) -> bool:
        async with self._database.read() as conn:
            job = await jobs.get(conn, tenant, job_id)
        return job is not None and job.deleted_at is None
