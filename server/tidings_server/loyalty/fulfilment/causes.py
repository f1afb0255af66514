"""The cause of a failed fulfilment, read again: the event and the rule."""

from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.event_codec import LoyaltyEventCodec
from tidings_server.loyalty.events import LoyaltyEvent
from tidings_server.loyalty.rules.rule import LoyaltyRule, rule_of
from tidings_server.loyalty.store import rules
from tidings_server.storage.log import events
from tidings_server.storage.log.records import StoredEvent


class FailureCause(NamedTuple):
    """An event of the log, decoded, and the rule whose fulfilment failed for it."""

    stored: StoredEvent
    event: LoyaltyEvent
    rule: LoyaltyRule


async def load_cause(
    conn: AsyncConnection, codec: LoyaltyEventCodec, *, tenant: int, event_seq: int, rule_key: int
) -> FailureCause | None:
    """The tenant's event and rule; None where retention has removed the event, or the rule is another tenant's."""
    event = next(iter(await events.at(conn, [event_seq])), None)
    rule = (await rules.by_keys(conn, [rule_key])).get(rule_key)
    if event is None or rule is None or rule.tenant_id != tenant:
        return None
    return FailureCause(event, codec.decode(event), rule_of(rule))
