"""Recipients of loyalty's mail: customers, whose consent is their `optinEmail`."""

from collections.abc import Sequence
from dataclasses import replace

from tidings_server.delivery.message import Outcome
from tidings_server.loyalty.customers import Customers
from tidings_server.loyalty.profile import Profile, profile_of
from tidings_server.loyalty.store import customers
from tidings_server.mail.addresses import known_address
from tidings_server.mail.consent import PendingMail, withdrawn
from tidings_server.mail.requests import EmailRequest
from tidings_server.mail.unsubscribe_links import Recipient
from tidings_server.platform.errors import NotFound
from tidings_server.platform.scope import SYSTEM_ACTOR, Scope
from tidings_server.storage.database import Database


class LoyaltyRecipients:
    """The audience of loyalty's rules."""

    def __init__(self, database: Database, profiles: Customers) -> None:
        self._database = database
        self._profiles = profiles

    async def admit(self, mails: Sequence[PendingMail]) -> list[EmailRequest | Outcome]:
        """Each mail, to the customer's present address."""
        ids: dict[int, set[str]] = {}
        for mail in mails:
            ids.setdefault(mail.tenant, set()).add(mail.request.customer_id)
        profiles = {}
        async with self._database.read() as conn:
            for tenant, of_tenant in ids.items():
                for stored in await customers.find(conn, tenant, of_tenant):
                    profiles[tenant, stored.id] = profile_of(stored.profile)
        return [_admitted(mail, profiles.get((mail.tenant, mail.request.customer_id))) for mail in mails]

    async def opt_out(self, recipient: Recipient) -> None:
        scope = Scope(recipient.tenant, "", "", SYSTEM_ACTOR, "")
        try:
            customer = await self._profiles.get(scope, recipient.customer_id)
            if customer.profile.optin_email:
                await self._profiles.change(scope, recipient.customer_id, {"optin_email": False})
        except NotFound:
            return


def _admitted(mail: PendingMail, profile: Profile | None) -> EmailRequest | Outcome:
    if profile is None:
        return withdrawn("the customer was erased")
    if not profile.optin_email:
        return withdrawn("the customer has opted out")
    address = known_address(profile.email_address or "")
    return replace(mail.request, to=address) if address else withdrawn("the customer has no valid address")
