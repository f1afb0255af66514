"""Opt-outs of mail with one click, recorded where the consent is kept."""

from contextlib import suppress

from tidings.collector.v1.events_pb2 import Event, EventPayload
from tidings_server.catalogue.queries import Catalogue
from tidings_server.catalogue.store import projection
from tidings_server.catalogue.store.projection import CatalogueCustomer, CatalogueKey
from tidings_server.collector.api import event_messages
from tidings_server.log.events import EventLog
from tidings_server.loyalty.customers import Customers
from tidings_server.mail.consent import CATALOGUE
from tidings_server.mail.unsubscribe_links import Recipient
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import NotFound, Unavailable
from tidings_server.platform.scope import SYSTEM_ACTOR, Scope
from tidings_server.storage.database import Database

CUSTOMER = "CUSTOMER"


class CustomerOptOuts:
    """Implements the port `OptOuts`.

    A customer of the catalogue opts out by an event, as the shop itself would send it: the catalogue follows the log,
    and so do the shop's subscribers. A customer of loyalty opts out by a change of the profile.
    """

    def __init__(self, database: Database, log: EventLog, customers: Customers, *, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._log = log
        self._customers = customers
        self._catalogue = Catalogue(database, clock)
        self._clock = clock
        self._ids = ids

    async def record(self, recipient: Recipient) -> None:
        scope = Scope(recipient.tenant, "", "", SYSTEM_ACTOR, SYSTEM_ACTOR)
        if recipient.by == CATALOGUE:
            await self._of_catalogue(scope, recipient.customer)
        else:
            await self._of_loyalty(scope, recipient.customer)

    async def _of_catalogue(self, scope: Scope, customer: str) -> None:
        key: CatalogueKey = (CatalogueCustomer, (scope.tenant, customer))
        async with self._database.read() as conn:
            row = (await projection.find(conn, [key])).get(key)
        if not isinstance(row, CatalogueCustomer) or row.opt_in is False:
            return
        message = Event(entity_id=customer, entity_name=CUSTOMER, event_type=Event.ENTITY_EVENT)
        message.event_source = Event.APPLICATION
        message.event_payload.operation = EventPayload.UPDATE
        message.event_payload.key_attributes["opt_in"] = "false"
        record = event_messages.load(message, scope, new_id=self._ids.uuid7, now_us=self._clock.now_us())
        await self._log.append([record], is_fresh=True)
        with suppress(Unavailable):  # so that a second click finds it done
            await self._catalogue.wait_until_current(scope.tenant)

    async def _of_loyalty(self, scope: Scope, customer: str) -> None:
        try:
            known = await self._customers.get(scope, customer)
            if known.profile.optin_email:
                await self._customers.change(scope, customer, {"optin_email": False})
        except NotFound:
            return
