"""Consent is asked again as a mail leaves: whoever opted out meanwhile, or is gone, gets none."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.support.catalogue import TENANT, World
from tests.support.loyalty_hub import ADA, SCOPE, Scheme
from tidings_server.composition.mail_consents import CustomerConsents
from tidings_server.delivery.message import Message, Outcome, OutcomeKind
from tidings_server.loyalty.customers import Customers
from tidings_server.mail.addresses import NO_ADDRESS
from tidings_server.mail.consent import CATALOGUE, GONE, LOYALTY, NOTHING_LEFT, OPTED_OUT, STOPPED, MailConsent
from tidings_server.mail.destination import MailDestination
from tidings_server.mail.message import MailMessage, OutgoingMail
from tidings_server.mail.rendering import MailRenderer
from tidings_server.mail.requests import EmailRequest, email_requested
from tidings_server.platform.clock import Ids, ManualClock
from tidings_server.platform.scope import Scope
from tidings_server.scheduling.jobs.jobs import JobDraft, Jobs
from tidings_server.storage.database import Database


class Sent:
    """Transport that keeps what it is given."""

    max_batch = 10

    def __init__(self) -> None:
        self.mails: list[MailMessage] = []

    async def send(self, tenant: int, mails: Sequence[OutgoingMail]) -> list[Outcome]:
        assert tenant == TENANT
        self.mails += [each.mail for each in mails]
        return [Outcome(OutcomeKind.DELIVERED)] * len(mails)

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
async def world(database_url: str, clock: ManualClock) -> AsyncIterator[World]:
    database = await Database.open(database_url, clock=clock)
    yield World(database, clock)
    await database.close()


def item(name: str) -> dict[str, str]:
    fields = dict.fromkeys(("product_id", "url", "image", "price", "currency", "old_price", "quantity"), "")
    return {**fields, "variant_id": name, "name": name.title(), "price": "5"}


async def leave(world: World, consent: MailConsent, *items: str) -> tuple[Outcome, list[MailMessage]]:
    """The outcome of a mail that leaves now, and what the transport was given."""
    data: dict[str, Any] = {"items": [item(each) for each in items], "item_count": len(items), "first_name": "Ada"}
    request = EmailRequest(to="ada@example.com", fallback="reminder", data=data, consent=consent.packed())
    renderer, sent = MailRenderer(), Sent()
    event = email_requested(request, tenant_id=TENANT, source="s", at_us=0)
    payload = renderer.payload(event)  # type: ignore[arg-type]  # a record has the body of a stored event
    consents = CustomerConsents(world.database, low_at=5)
    destination = MailDestination(TENANT, sent, consents=consents, renderer=renderer)
    message = Message(payload=payload, event_id="e", message_id="e", dedup_id="e", topic="email.requested")
    [outcome] = await destination.send([message])
    return outcome, sent.mails


async def shop(world: World, *items: str) -> MailConsent:
    await world.customer()
    for each in items:
        await world.send("VARIANT_PRODUCT", of=each, name=each.title())
        await world.wish(item=each)
    return MailConsent(CATALOGUE, "ada")


async def test_a_mail_leaves_while_its_customer_wants_it(world: World) -> None:
    outcome, mails = await leave(world, await shop(world, "lamp"), "lamp")
    assert outcome.kind is OutcomeKind.DELIVERED
    assert "Lamp" in mails[0].text


async def test_after_an_opt_out_or_without_the_customer_it_expires_with_that_reason(world: World) -> None:
    consent = await shop(world, "lamp")
    await world.send("CUSTOMER", "UPDATE", of="ada", opt_in="false")
    outcome, mails = await leave(world, consent, "lamp")
    assert (outcome.kind, outcome.answer, mails) == (OutcomeKind.EXPIRED, OPTED_OUT, [])
    await world.send("CUSTOMER", "DELETE", of="ada")
    outcome, mails = await leave(world, consent, "lamp")
    assert (outcome.kind, outcome.answer, mails) == (OutcomeKind.EXPIRED, GONE, [])


async def test_items_that_are_bought_removed_or_sold_no_longer_are_left_out(world: World) -> None:
    consent = await shop(world, "lamp", "desk", "sofa", "bed")
    await world.send("ORDER", of="o-1", customer_id="ada", variant_ids="lamp", status="OPEN")
    await world.send("WISHLIST", "DELETE", of="list-ada", customer_id="ada", variant_id="desk")
    await world.send("VARIANT_PRODUCT", "DELETE", of="sofa")
    outcome, [mail] = await leave(world, consent, "lamp", "desk", "sofa", "bed")
    assert outcome.kind is OutcomeKind.DELIVERED
    assert ("Bed" in mail.text, mail.data["item_count"]) == (True, 1)
    assert not any(name in mail.text + mail.html for name in ("Lamp", "Desk", "Sofa"))
    outcome, mails = await leave(world, consent, "lamp", "sofa")
    assert (outcome.kind, outcome.answer, mails) == (OutcomeKind.EXPIRED, NOTHING_LEFT, [])


async def test_a_job_that_is_deleted_takes_its_waiting_mail_along(world: World, clock: ManualClock) -> None:
    """A wrong campaign can be stopped; one that is only not scheduled was run by hand, and its mail leaves."""
    jobs, scope = Jobs(world.database, clock, Ids(clock)), Scope(TENANT, "t", "demo", "ada", "shop")
    draft = JobDraft(id="j", notification="REMINDER", is_active=False, request_hash=b"1" * 32)
    job, _ = await jobs.create(scope, draft)
    consent = replace(await shop(world, "lamp"), job=job.id)
    outcome, _ = await leave(world, consent, "lamp")
    assert outcome.kind is OutcomeKind.DELIVERED
    await jobs.delete(scope, job.id)
    outcome, sent = await leave(world, consent, "lamp")
    assert (outcome.kind, outcome.answer, sent) == (OutcomeKind.EXPIRED, STOPPED, [])


async def test_a_mail_of_loyalty_needs_its_customers_consent_and_address(world: World, clock: ManualClock) -> None:
    """Among the profiles are addresses that were taken before they were checked as those of mail are."""
    scheme = Scheme(world.database, clock)
    customers = Customers(world.database, scheme.ledger, scheme.read_your_writes, clock=clock)
    consent = MailConsent(LOYALTY, ADA)
    changes: list[tuple[str, dict[str, Any] | None]] = [
        (GONE, None),
        (OPTED_OUT, {}),
        (NO_ADDRESS, {"optin_email": True}),
        (NO_ADDRESS, {"email_address": "a,b@shop.example"}),
        ("", {"email_address": "ada@shop.example"}),
    ]
    for expected, change in changes:
        if change is not None:
            await scheme.action()
            await customers.change(SCOPE, ADA, change)
        verdict = await CustomerConsents(world.database, low_at=5).verdict(SCOPE.tenant, consent)
        assert verdict.refusal == expected
