"""The event by which a customer of the catalogue opts out of mail, as the shop itself would send it."""

from tidings.collector.v1.events_pb2 import Event, EventPayload
from tidings_server.collector.api import event_messages
from tidings_server.log.events import EventLog
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.scope import SYSTEM_ACTOR, Scope

CUSTOMER = "CUSTOMER"


class CatalogueOptOuts:
    """Appends opt-outs to the log: the catalogue follows it, and so do the shop's subscribers."""

    def __init__(self, log: EventLog, clock: Clock, ids: Ids) -> None:
        self._log = log
        self._clock = clock
        self._ids = ids

    async def record(self, tenant: int, customer_id: str) -> None:
        message = Event(entity_id=customer_id, entity_name=CUSTOMER, event_type=Event.ENTITY_EVENT)
        message.event_source = Event.APPLICATION
        message.event_payload.operation = EventPayload.UPDATE
        message.event_payload.key_attributes["opt_in"] = "false"
        scope = Scope(tenant, "", "", SYSTEM_ACTOR, SYSTEM_ACTOR)
        record = event_messages.load(message, scope, new_id=self._ids.uuid7, now_us=self._clock.now_us())
        await self._log.append([record], is_fresh=True)
