"""Retrying: fulfilments that failed, once more, in their customer's order. What was given is not given again."""

import json

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.assessment.accrual import Crediting
from tidings_server.loyalty.assessment.assessor import Match, rule_points
from tidings_server.loyalty.assessment.batch import Page
from tidings_server.loyalty.assessment.customer_state import Standing
from tidings_server.loyalty.assessment.rule_index import RuleIndex
from tidings_server.loyalty.event_codec import LoyaltyBodies
from tidings_server.loyalty.ledger.commands import Happened
from tidings_server.loyalty.rules.economy import Economy
from tidings_server.loyalty.rules.rule import rule_of
from tidings_server.loyalty.store import assessments, lots, orders, rules
from tidings_server.storage.log import events


async def retry(
    conn: AsyncConnection,
    page: Page,
    asked: Happened,
    standing: Standing,
    *,
    bodies: LoyaltyBodies,
    index: RuleIndex,
    crediting: Crediting,
) -> None:
    """Carry out again what failed, as the event `asked` wants. What was reversed since stays as it is."""
    tenant = asked.stored.tenant_id
    failure = await assessments.failure(conn, tenant, asked.event.retried_event_id)
    if failure is None or failure.customer_key != standing.key:
        return
    source = next(iter(await events.at(conn, [failure.event_seq])), None)
    stored = (await rules.by_keys(conn, [failure.rule_key])).get(failure.rule_key)
    if source is None or stored is None:
        return  # retention has removed the event
    cause = Happened(source, bodies.read(source), standing.key)
    if await _is_reversed(conn, cause):
        return
    if source.seq not in page.places:
        page.places[source.seq] = await lots.count(conn, source.seq)
    rule = rule_of(stored)
    match = Match(rule, rule_points(rule, cause.event), is_test=False)
    economy: Economy | None = index.economy(source.recorded_at)
    places = json.loads(failure.fulfilments)
    crediting.again(page, cause, standing, match, places, economy=economy, attempt=asked.stored.seq)
    page.touch(standing)


async def _is_reversed(conn: AsyncConnection, cause: Happened) -> bool:
    if not cause.event.order_id:
        return False
    there = await orders.reversals(conn, cause.stored.tenant_id, [cause.event.order_id])
    return any(reversal.customer_key == cause.customer_key for reversal in there)
