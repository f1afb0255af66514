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
from tidings_server.loyalty.fulfilment.causes import load_cause
from tidings_server.loyalty.ledger.commands import CausingEvent
from tidings_server.loyalty.store import customers
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
    facts, tenant = facts_of(expired.body), expired.tenant_id
    source = await _source_of(conn, tenant, topic=facts["topic"], event_id=facts["eventId"])
    if source is None:
        return
    cause = await load_cause(conn, codec, tenant=tenant, event_seq=source.event_seq, rule_key=source.rule_key)
    if cause is None:
        return
    index, rule = source.fulfilment_index, cause.rule
    for customer in await customers.find(conn, tenant, [cause.event.customer_id]):
        reason = f"{rule.draft.fulfilments[index].type.value}: not delivered: {facts['reason']}"
        causing = CausingEvent(cause.stored, cause.event, customer.key)
        batch.record_failure(causing, rule, [index], reason=reason)


async def _source_of(conn: AsyncConnection, tenant: int, *, topic: str, event_id: str) -> FulfilmentSource | None:
    """The source of a requested delivery; None where no rule of loyalty has requested it."""
    if topic == EMAIL_REQUESTED:
        mail = await events.find(conn, tenant, Api.SCHEDULING, event_id=event_id)
        return parse_source(mail.entity_id or "") if mail else None
    if entity_of(topic) == WEBHOOK:
        webhook = await events.find(conn, tenant, Api.ORCHESTRATION, event_id=event_id)
        return parse_source(webhook.source or "") if webhook else None
    return None
