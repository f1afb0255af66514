"""Relevance of a notification, asked again as its mail leaves."""

from typing import Any

import pytest

from tests.support.catalogue import TENANT, World
from tidings_server.catalogue.mail_relevance import MailRelevance
from tidings_server.mail.addresses import NO_ADDRESS
from tidings_server.mail.consent import GONE, NOTHING_LEFT, OPTED_OUT, ConsentVerdict

LEVEL = {"of": "level-lamp", "variant_id": "lamp"}
PRICE = {"of": "p", "variant_id": "lamp"}


@pytest.fixture
async def shop(world: World) -> World:
    await world.customer()
    await world.send("VARIANT_PRODUCT", of="lamp", name="Lamp", product_id="p1")
    await world.price(9)
    await world.stock(3)
    await world.wish()
    await world.wish(item="rug")
    await world.stock(1, "rug")
    return world


async def verdict(world: World, kind: str, *items: str) -> ConsentVerdict:
    listed = [{"variant_id": each, "name": each, "price": "9", "currency": "EUR"} for each in items or ("lamp",)]
    return await MailRelevance(world.database, low_at=5).verdict(TENANT, "ada", kind=kind, items=listed)


@pytest.mark.parametrize("kind", ["BACK_IN_STOCK", "LOW_STOCK", "PRICE_DROP", "REMINDER"])
async def test_what_is_still_true_and_wanted_leaves(shop: World, kind: str) -> None:
    assert await verdict(shop, kind) == ConsentVerdict("", ["lamp"], to="ada@example.com")


@pytest.mark.parametrize(
    ("event", "kind", "reason"),
    [
        (("CUSTOMER", "UPDATE", {"of": "ada", "opt_in": "false"}), "REMINDER", OPTED_OUT),
        (("CUSTOMER", "DELETE", {"of": "ada"}), "REMINDER", GONE),
        (("CUSTOMER", "UPDATE", {"of": "ada", "email": "none"}), "REMINDER", NO_ADDRESS),
        (("WISHLIST", "DELETE", {"customer_id": "ada", "variant_id": "lamp"}), "REMINDER", NOTHING_LEFT),
        (("ORDER", "CREATE", {"of": "o", "customer_id": "ada", "variant_id": "lamp"}), "BACK_IN_STOCK", NOTHING_LEFT),
        (("VARIANT_PRODUCT", "DELETE", {"of": "lamp"}), "REMINDER", NOTHING_LEFT),
        (("PRODUCT", "DELETE", {"of": "p1"}), "BACK_IN_STOCK", NOTHING_LEFT),
        (("INVENTORY_LEVEL", "UPDATE", LEVEL | {"quantity": 0}), "BACK_IN_STOCK", NOTHING_LEFT),
        (("INVENTORY_LEVEL", "UPDATE", LEVEL | {"quantity": 9}), "LOW_STOCK", NOTHING_LEFT),
        (("PRICE", "UPDATE", PRICE | {"price": 12}), "PRICE_DROP", NOTHING_LEFT),
        (("PRICE", "UPDATE", PRICE | {"price": 1, "currency": "USD"}), "PRICE_DROP", NOTHING_LEFT),
    ],
)
async def test_a_mail_that_is_no_longer_wanted_or_true_is_refused_with_the_reason(
    shop: World, event: tuple[str, str, dict[str, Any]], kind: str, reason: str
) -> None:
    entity, operation, facts = event
    await shop.send(entity, operation, **facts)
    assert (await verdict(shop, kind)).refusal == reason


async def test_items_that_are_no_longer_wanted_leave_the_mail(shop: World) -> None:
    await shop.send("ORDER", of="o", customer_id="ada", variant_id="lamp")
    assert (await verdict(shop, "BACK_IN_STOCK", "lamp", "rug")).items == ["rug"]


async def test_a_mail_goes_to_the_present_address(shop: World) -> None:
    await shop.send("CUSTOMER", "UPDATE", of="ada", email="new@example.com")
    assert (await verdict(shop, "REMINDER")).to == "new@example.com"


async def test_a_catalogue_that_is_being_rebuilt_is_no_witness(shop: World) -> None:
    many = [shop.event("STORE", of=f"s-{number}") for number in range(1_100)]
    for start in range(0, len(many), 500):
        await shop.append(*many[start : start + 500])
    await shop.catalogue.rebuild()
    assert not (await verdict(shop, "REMINDER")).is_certain
