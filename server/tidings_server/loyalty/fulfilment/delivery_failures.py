"""Mails and webhooks that never got through: the delivery engine gives up, and the fulfilment has failed."""

import re
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.attempt_recorder import EXPIRED
from tidings_server.delivery.requested_deliveries import EMAIL_REQUESTED, WEBHOOK
from tidings_server.log.server_events import facts_of
from tidings_server.log.topics import entity_of
from tidings_server.loyalty.assessment.batch import Page
from tidings_server.loyalty.event_codec import LoyaltyBodies
from tidings_server.loyalty.ledger.commands import Happened
from tidings_server.loyalty.rules.rule import rule_of
from tidings_server.loyalty.store import customers, rules
from tidings_server.storage.log import events
from tidings_server.storage.log.records import Api, StoredEvent

_FORM: Final = re.compile(r"loyalty:(\d+):(\d+):(\d+):(\d+)", re.ASCII)


class Asked(NamedTuple):
    """What asks for a mail or a webhook: which fulfilment of which rule, for which event.

    `attempt` is the number of the event that had it retried, 0 the first time, so that each asks by a name of its own.
    """

    event_seq: int
    rule_key: int
    place: int
    attempt: int

    def __str__(self) -> str:
        """Its name, which `parse` reads."""
        return "loyalty:" + ":".join(map(str, tuple(self)))


def parse(name: str) -> Asked | None:
    """What a name says; None for one of somebody else."""
    found = _FORM.fullmatch(name)
    return Asked(*map(int, found.groups())) if found else None


def may_be_ours(event: StoredEvent) -> bool:
    """Whether an event of the log says that something was not delivered."""
    return event.api is Api.OPERATION and event.topic == EXPIRED


async def note(conn: AsyncConnection, page: Page, expired: StoredEvent, bodies: LoyaltyBodies) -> None:
    """Note as failed what `expired` says was not delivered, if a rule had asked for it."""
    facts = facts_of(expired.body)
    asked = await _asked(conn, expired.tenant_id, topic=facts["topic"], event_id=facts["eventId"])
    if asked is None:
        return
    source = next(iter(await events.at(conn, [asked.event_seq])), None)
    stored = (await rules.by_keys(conn, [asked.rule_key])).get(asked.rule_key)
    if source is None or stored is None or stored.tenant_id != expired.tenant_id:
        return
    rule, event = rule_of(stored), bodies.read(source)
    for customer in await customers.find(conn, source.tenant_id, [event.customer_id]):
        what = rule.draft.fulfilments[asked.place].type.value
        reason = f"{what}: not delivered: {facts['reason']}"
        page.fail(Happened(source, event, customer.key), rule, [asked.place], reason)


async def _asked(conn: AsyncConnection, tenant: int, *, topic: str, event_id: str) -> Asked | None:
    """What asked for an event that was not delivered; None where that was no rule."""
    if topic == EMAIL_REQUESTED:
        mail = await events.find(conn, tenant, Api.SCHEDULING, event_id=event_id)
        return parse(mail.entity_id or "") if mail else None
    if entity_of(topic) == WEBHOOK:
        call = await events.find(conn, tenant, Api.ORCHESTRATION, event_id=event_id)
        return parse(call.source or "") if call else None
    return None
