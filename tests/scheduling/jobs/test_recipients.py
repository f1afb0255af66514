"""Consent and truth of a notification, asked again as its mail leaves."""

from typing import Any

import pytest

from tests.support.catalogue import TENANT, World
from tidings_server.delivery.message import Outcome, OutcomeKind
from tidings_server.mail.consent import PendingMail
from tidings_server.mail.requests import EmailRequest
from tidings_server.mail.unsubscribe_links import Recipient
from tidings_server.scheduling.jobs.recipients import AUDIENCE, NotificationRecipients


class OptOutEvents:
    """Opts out by an event of the shop."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.count = 0

    async def record(self, tenant: int, customer_id: str) -> None:
        self.count += 1
        await self.world.send("CUSTOMER", "UPDATE", of=customer_id, opt_in="false", tenant=tenant)


@pytest.fixture
async def recipients(world: World) -> NotificationRecipients:
    await world.customer()
    await world.send("VARIANT_PRODUCT", of="lamp", name="Lamp", product_id="p1")
    await world.price(9)
    await world.stock(3)
    await world.wish()
    await world.wish(item="rug")
    await world.stock(1, "rug")
    return NotificationRecipients(world.database, OptOutEvents(world), low_at=5)


def mail(kind: str = "BACK_IN_STOCK", *items: str, seq: int = 0) -> PendingMail:
    listed = [{"variant_id": item, "price": "9", "currency": "EUR"} for item in items or ("lamp",)]
    data: dict[str, Any] = {"notification": kind, "items": listed, "item_count": len(listed)}
    request = EmailRequest(to="ada@example.com", data=data, audience=AUDIENCE, customer_id="ada")
    return PendingMail(TENANT, seq, request)


async def admitted(recipients: NotificationRecipients, asked: PendingMail) -> EmailRequest | Outcome:
    [answer] = await recipients.admit([asked])
    return answer


@pytest.mark.parametrize("kind", ["BACK_IN_STOCK", "LOW_STOCK", "PRICE_DROP", "REMINDER"])
async def test_what_is_still_true_and_wanted_leaves_unchanged(recipients: NotificationRecipients, kind: str) -> None:
    asked = mail(kind)
    assert await admitted(recipients, asked) == asked.request


LEVEL = {"of": "level-lamp", "variant_id": "lamp"}
PRICE = {"of": "p", "variant_id": "lamp"}


@pytest.mark.parametrize(
    ("event", "kind", "reason"),
    [
        (("CUSTOMER", "UPDATE", {"of": "ada", "opt_in": "false"}), "REMINDER", "opted out"),
        (("CUSTOMER", "DELETE", {"of": "ada"}), "REMINDER", "customer was deleted"),
        (("CUSTOMER", "UPDATE", {"of": "ada", "email": "none"}), "REMINDER", "no valid address"),
        (("WISHLIST", "DELETE", {"customer_id": "ada", "variant_id": "lamp"}), "REMINDER", "bought, or removed"),
        (("ORDER", "CREATE", {"of": "o", "customer_id": "ada", "variant_id": "lamp"}), "BACK_IN_STOCK", "bought"),
        (("VARIANT_PRODUCT", "DELETE", {"of": "lamp"}), "REMINDER", "item was deleted"),
        (("PRODUCT", "DELETE", {"of": "p1"}), "BACK_IN_STOCK", "item was deleted"),
        (("INVENTORY_LEVEL", "UPDATE", LEVEL | {"quantity": 0}), "BACK_IN_STOCK", "out of stock"),
        (("INVENTORY_LEVEL", "UPDATE", LEVEL | {"quantity": 9}), "LOW_STOCK", "low no more"),
        (("PRICE", "UPDATE", PRICE | {"price": 12}), "PRICE_DROP", "price has changed"),
        (("PRICE", "UPDATE", PRICE | {"price": 1, "currency": "USD"}), "PRICE_DROP", "price has changed"),
    ],
)
async def test_a_mail_that_is_no_longer_wanted_or_true_expires_with_the_reason(
    recipients: NotificationRecipients, world: World, event: tuple[str, str, dict[str, Any]], kind: str, reason: str
) -> None:
    entity, operation, facts = event
    await world.send(entity, operation, **facts)
    outcome = await admitted(recipients, mail(kind))
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.error_type) == (OutcomeKind.EXPIRED, "withdrawn")
    assert reason in outcome.answer


async def test_items_that_are_no_longer_wanted_leave_the_mail(recipients: NotificationRecipients, world: World) -> None:
    await world.send("ORDER", of="o", customer_id="ada", variant_id="lamp")
    left = await admitted(recipients, mail("BACK_IN_STOCK", "lamp", "rug"))
    assert isinstance(left, EmailRequest)
    assert ([each["variant_id"] for each in left.data["items"]], left.data["item_count"]) == (["rug"], 1)


async def test_a_mail_goes_to_the_present_address(recipients: NotificationRecipients, world: World) -> None:
    await world.send("CUSTOMER", "UPDATE", of="ada", email="new@example.com")
    left = await admitted(recipients, mail())
    assert isinstance(left, EmailRequest)
    assert left.to == "new@example.com"


@pytest.mark.parametrize("seq", [1, 100_000])
async def test_a_catalogue_that_is_being_rebuilt_is_no_witness(
    recipients: NotificationRecipients, world: World, seq: int
) -> None:
    await world.catalogue.rebuild()
    outcome = await admitted(recipients, mail(seq=seq))
    assert isinstance(outcome, Outcome)
    assert outcome.kind is OutcomeKind.RETRY


async def test_an_opt_out_is_recorded_once(world: World, recipients: NotificationRecipients) -> None:
    events = OptOutEvents(world)
    audience = NotificationRecipients(world.database, events, low_at=5)
    for customer in ("ada", "ada", "nobody"):
        await audience.opt_out(Recipient(AUDIENCE, TENANT, customer))
    assert events.count == 1
    assert isinstance(await admitted(recipients, mail()), Outcome)
