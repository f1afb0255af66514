"""The catalogue projection of collector events."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.catalogue import TENANT, World
from tidings_server.catalogue.event_attributes import Attributes, printed
from tidings_server.catalogue.store.tables import (
    catalogue_customer,
    catalogue_item,
    catalogue_order,
    catalogue_product,
    wishlist_item,
)
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.errors import Unavailable

TODAY = date(2026, 1, 1)


async def the(world: World, table: Any) -> Any:
    [row] = await world.rows(table)
    return row


async def test_a_customer_has_the_last_value_of_each_attribute(world: World) -> None:
    await world.send("CUSTOMER", of="ada", email="old@example.com", first_name="Ada", opt_in="true")
    await world.send("customer", "UPDATE", of="ada", email="ada@example.com")
    assert tuple(await the(world, catalogue_customer)) == (7, "ada", "ada@example.com", "Ada", True, 0)
    await world.send("CUSTOMER", "UPDATE", of="ada", opt_in="false")
    assert not (await the(world, catalogue_customer)).opt_in
    await world.send("CUSTOMER", "DELETE", of="ada")
    assert await world.rows(catalogue_customer) == []


async def test_the_payload_supplements_the_key_attributes(world: World) -> None:
    payload = {"email": "payload@example.com", "first_name": "Ada", "opt_in": True}
    await world.send("CUSTOMER", of="ada", email="key@example.com", payload=payload)
    assert tuple(await the(world, catalogue_customer))[2:] == ("key@example.com", "Ada", True, 0)


@pytest.mark.parametrize("payload", [[1], "text", 7, None, {"email": ["x"]}, {"email": {"a": 1}}, {"email": "a\0b"}])
async def test_an_unreadable_value_counts_as_absent(world: World, payload: Any) -> None:
    await world.send("CUSTOMER", of="ada", payload=payload)
    assert (await the(world, catalogue_customer)).email == ""


async def test_a_wishlist_item_keeps_its_first_event_and_price(world: World) -> None:
    await world.price("9.50")
    first = await world.wish()
    await world.price("8")
    await world.wish()
    await world.send("WISHLIST", "UPDATE", customer_id="ada", variant_id="other")
    wish = await the(world, wishlist_item)
    assert (wish.customer_id, wish.item_id, wish.seq, wish.price, wish.currency) == (
        "ada",
        "lamp",
        first,
        95_000,
        "EUR",
    )
    await world.send("WISHLIST_ITEM", "DELETE", customer_id="ada", variant_id="lamp")
    assert await world.rows(wishlist_item) == []
    again = await world.wish()
    assert (await the(world, wishlist_item)).seq == again


async def test_one_page_of_events_is_folded_in_its_order(world: World) -> None:
    about: dict[str, Any] = {"customer_id": "ada", "variant_id": "lamp"}
    level: dict[str, Any] = {"of": "l", "variant_id": "lamp"}
    seqs = await world.append(
        world.event("PRICE", variant_id="lamp", price="5", currency="EUR"),
        world.event("WISHLIST", **about),
        world.event("WISHLIST", "DELETE", **about),
        world.event("WISHLIST", **about),
        world.event("INVENTORY_LEVEL", quantity=0, **level),
        world.event("INVENTORY_LEVEL", "UPDATE", quantity=10, **level),
        world.event("INVENTORY_LEVEL", "UPDATE", quantity=3, **level),
        world.event("INVENTORY_LEVEL", "UPDATE", quantity=2, **level),
    )
    assert (await the(world, wishlist_item)).seq == seqs[3]
    item = await the(world, catalogue_item)
    assert (item.restocked_seq, item.low_seq, item.quantity) == (seqs[5], seqs[6], 20_000)


@pytest.mark.parametrize(
    ("before", "after", "came_back", "ran_low"),
    [
        (None, 5, True, False),
        (None, 0, False, False),
        (0, 1, True, False),
        (-2, 1, True, False),
        (0, 0, False, False),
        (6, 5, False, True),
        (6, 6, False, False),
        (5, 4, False, False),
        (10, 0, False, True),
        ("5.5", "5", False, True),
    ],
)
async def test_stock_crosses_its_marks(world: World, before: Any, after: Any, came_back: bool, ran_low: bool) -> None:
    if before is not None:
        await world.stock(before)
    seq = await world.stock(after)
    item = await the(world, catalogue_item)
    assert (item.restocked_seq == seq, item.low_seq == seq) == (came_back, ran_low)


async def test_an_item_takes_its_description_from_variant_and_product(world: World) -> None:
    await world.send("VARIANT_PRODUCT", of="lamp", name="Lamp", url="javascript:alert(1)", product_id="p1")
    await world.send("PRODUCT", of="p1", name="Lamps", url="https://shop.example/p1", image="http://img.example/1")
    item, product = await the(world, catalogue_item), await the(world, catalogue_product)
    assert (item.name, item.url, item.product_id) == ("Lamp", "", "p1")
    assert (product.url, product.image) == ("https://shop.example/p1", "http://img.example/1")


async def test_reads_faults_and_other_entities_change_nothing(world: World) -> None:
    await world.send("CUSTOMER", "READ", of="ada", email="a@example.com")
    await world.send("STORE", of="ada", email="a@example.com")
    await world.send("CUSTOMER", email="a@example.com")
    await world.send("CUSTOMER", of="x" * 201, email="a@example.com")
    assert await world.rows(catalogue_customer) == []


async def test_an_order_is_open_until_it_is_delivered_or_cancelled(world: World, clock: ManualClock) -> None:
    await world.send("ORDER", "UPDATE", of="never-created", status="DELIVERED")
    for name in ("waits", "comes", "stops"):
        await world.send("ORDER", of=name, status="NEW")
    clock.advance(timedelta(days=3))
    await world.send("ORDER", of="young")
    await world.send("ORDER", "UPDATE", of="waits", status="PACKED")
    await world.send("ORDER", "UPDATE", of="comes", status="delivered")
    await world.send("ORDER", "UPDATE", of="comes", status="RETURNED")
    await world.send("ORDER", "UPDATE", of="stops", status="CANCELLED")
    assert {row.id: row.is_open for row in await world.rows(catalogue_order)} == {
        "comes": False,
        "never-created": False,
        "stops": False,
        "waits": True,
        "young": True,
    }
    clock.advance(timedelta(seconds=1))
    found = await world.catalogue.undelivered(7, days=3, now_us=clock.now_us())
    assert ([(order.id, order.status) for order in found.items], found.total) == ([("waits", "PACKED")], 1)
    assert (await world.catalogue.undelivered(8, days=0, now_us=clock.now_us())).total == 0


async def test_best_before_lists_items_and_products_in_stock(world: World) -> None:
    await world.stock(4, "milk", best_before="2026-01-03")
    await world.stock(0, "gone", best_before="2026-01-02")
    await world.stock(4, "late", best_before="2026-01-04")
    await world.stock(4, "past", best_before="2025-12-31")
    await world.stock(4, "none", best_before="soon")
    await world.send("PRODUCT", of="cheese", name="Cheese", best_before="2026-01-01")
    await world.send("VARIANT_PRODUCT", of="slice", product_id="ham", name="Slice")
    await world.send("PRODUCT", of="ham", name="Ham", best_before="2026-01-02")
    await world.stock(0, "slice")
    await world.send("VARIANT_PRODUCT", of="milk", name="Milk")
    found = await world.catalogue.best_before(7, days=2, today=TODAY)
    assert [(each.id, each.name, each.best_before, each.quantity) for each in found.items] == [
        ("cheese", "Cheese", "2026-01-01", None),
        ("milk", "Milk", "2026-01-03", 40_000),
    ]
    await world.stock(1, "slice")
    limited = await world.catalogue.best_before(7, days=2, today=TODAY, limit=1)
    assert ([each.id for each in limited.items], limited.total) == (["cheese"], 3)


async def test_best_before_is_of_the_stock_at_each_place(world: World) -> None:
    """What arrives at one place does not hide the date of what is left at another."""
    await world.stock(4, "milk", location_id="north", best_before="2026-01-02")
    await world.stock(9, "milk", location_id="south", best_before="2026-03-01")
    await world.stock(2, "milk", location_id="west", best_before="2026-01-03")

    async def found() -> list[tuple[str, str, int | None]]:
        articles = await world.catalogue.best_before(7, days=2, today=TODAY)
        assert len(articles.items) == articles.total
        return [(each.id, each.best_before, each.quantity) for each in articles.items]

    assert await found() == [("milk", "2026-01-02", 60_000)]
    await world.stock(0, "milk", location_id="north")
    assert await found() == [("milk", "2026-01-03", 20_000)]
    await world.stock(2, "milk", location_id="west", best_before="2026-04-01")
    assert await found() == []


async def test_the_projection_can_be_built_again_from_the_log(world: World) -> None:
    await world.customer()
    await world.price(5)
    await world.wish()
    await world.stock(0)
    await world.stock(9)
    await world.send("PRODUCT", of="p", name="P")
    await world.send("ORDER", of="o")
    tables = (catalogue_customer, wishlist_item, catalogue_item, catalogue_product, catalogue_order)
    before = [await world.rows(table) for table in tables]
    await world.catalogue.rebuild()
    assert [row for table in tables for row in await world.rows(table)] == []
    with pytest.raises(Unavailable):
        await world.catalogue.wait_until_current(TENANT, within_s=0)
    restarted = World(world.database, world.clock)
    await restarted.follow()
    assert [await world.rows(table) for table in tables] == before
    await world.catalogue.wait_until_current(TENANT, within_s=0)
    await world.stock(1)
    assert (await the(world, catalogue_item)).quantity == 10_000, "who ran all the while goes on"


@pytest.mark.parametrize(
    ("value", "scaled"),
    [
        ("9.99", 99_900),
        (9.99, 99_900),
        (10, 100_000),
        ("-1", -10_000),
        ("0.00005", 0),
        ("1e3", 10_000_000),
        ("", None),
        ("ten", None),
        ("NaN", None),
        ("Infinity", None),
        ("1e999999", None),
        ("1" * 33, None),
        (True, None),
    ],
)
def test_numbers_are_read_exactly_or_not_at_all(value: Any, scaled: int | None) -> None:
    assert Attributes({"price": value}).number("price") == scaled


@pytest.mark.parametrize(("scaled", "text"), [(None, ""), (95_000, "9.5"), (100_000, "10"), (1, "0.0001"), (0, "0")])
def test_numbers_are_printed_in_their_shortest_form(scaled: int | None, text: str) -> None:
    assert printed(scaled) == text
