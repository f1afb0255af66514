"""Delivery failures: the delivery engine has given up on a mail or webhook of a rule, so the fulfilment has failed."""

import re
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.attempt_recorder import EXPIRED
from tidings_server.delivery.requested_deliveries import EMAIL_REQUESTED, WEBHOOK
from tidings_server.log.server_events import facts_of
from tidings_server.log.topics import entity_of
from tidings_server.loyalty.assessment.batch import AssessmentBatch
from tidings_server.loyalty.event_codec import LoyaltyEventCodec
from tidings_server.loyalty.ledger.commands import CausingEvent
from tidings_server.loyalty.rules.rule import rule_of
from tidings_server.loyalty.store import customers, rules
from tidings_server.storage.log import events
from tidings_server.storage.log.records import Api, StoredEvent

_FORM: Final = re.compile(r"loyalty:(\d+):(\d+):(\d+):(\d+)", re.ASCII)


class FulfilmentSource(NamedTuple):
    """Source of a mail or webhook: a fulfilment of a rule for an event.

    `retry_seq` is the number of the retry event, 0 the first time, so that each retry has a source of its own.
    """

    event_seq: int
    rule_key: int
    fulfilment_index: int
    retry_seq: int

    def __str__(self) -> str:
        """The text of the source, which `parse_source` reads."""
        return "loyalty:" + ":".join(map(str, tuple(self)))


def parse_source(text: str) -> FulfilmentSource | None:
    """The source in a text; None for another area's."""
    match = _FORM.fullmatch(text)
    return FulfilmentSource(*map(int, match.groups())) if match else None


def is_delivery_failure(event: StoredEvent) -> bool:
    """Whether an event of the log reports a delivery that the engine has given up."""
    return event.api is Api.OPERATION and event.topic == EXPIRED


async def record_failure(
    conn: AsyncConnection, batch: AssessmentBatch, expired: StoredEvent, *, codec: LoyaltyEventCodec
) -> None:
    """Record a failure for the delivery that `expired` reports, if a rule has requested it."""
    facts = facts_of(expired.body)
    source = await _source_of(conn, expired.tenant_id, topic=facts["topic"], event_id=facts["eventId"])
    if source is None:
        return
    stored_event = next(iter(await events.at(conn, [source.event_seq])), None)
    stored_rule = (await rules.by_keys(conn, [source.rule_key])).get(source.rule_key)
    if stored_event is None or stored_rule is None or stored_rule.tenant_id != expired.tenant_id:
        return
    rule, event = rule_of(stored_rule), codec.decode(stored_event)
    for customer in await customers.find(conn, stored_event.tenant_id, [event.customer_id]):
        fulfilment = rule.draft.fulfilments[source.fulfilment_index]
        reason = f"{fulfilment.type.value}: not delivered: {facts['reason']}"
        batch.record_failure(
            CausingEvent(stored_event, event, customer.key), rule, [source.fulfilment_index], reason=reason
        )


async def _source_of(conn: AsyncConnection, tenant: int, *, topic: str, event_id: str) -> FulfilmentSource | None:
    """The source of a requested delivery; None where no rule of loyalty has requested it."""
    if topic == EMAIL_REQUESTED:
        mail = await events.find(conn, tenant, Api.SCHEDULING, event_id=event_id)
        return parse_source(mail.entity_id or "") if mail else None
    if entity_of(topic) == WEBHOOK:
        webhook = await events.find(conn, tenant, Api.ORCHESTRATION, event_id=event_id)
        return parse_source(webhook.source or "") if webhook else None
    return None
