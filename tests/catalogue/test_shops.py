"""The catalogue as shops really tell of it: several places, lists and currencies, late and repeated events."""

from typing import Any

import pytest

from tests.support.catalogue import World
from tidings_server.catalogue.store.tables import (
    catalogue_customer,
    catalogue_item,
    catalogue_order,
    catalogue_product,
    wishlist_item,
)
from tidings_server.catalogue.wishes_and_orders import MAX_LISTS

NOON = "2025-12-31T12:00:00Z"
ONE = "2025-12-31T13:00:00Z"
TWO = "2025-12-31T14:00:00+00:00"


async def the(world: World, table: Any) -> Any:
    [row] = await world.rows(table)
    return row


async def level(world: World, quantity: Any, place: str, **facts: Any) -> int:
    return await world.stock(quantity, location_id=place, **facts)


async def test_stock_is_the_sum_over_places(world: World) -> None:
    await level(world, 4, "north")
    first = (await the(world, catalogue_item)).restocked_seq
    await level(world, 3, "south")
    await level(world, 0, "north")
    await level(world, 5, "north")
    item = await the(world, catalogue_item)
    assert (item.quantity, item.places, item.restocked_seq) == (80_000, 2, first), "it never was out of stock"
    await level(world, 0, "north")
    await level(world, 0, "south")
    back = await level(world, 1, "south")
    item = await the(world, catalogue_item)
    assert (item.quantity, item.restocked_seq) == (10_000, back)


async def test_stock_moved_between_places_is_neither_out_nor_low(world: World) -> None:
    await level(world, 9, "north")
    await level(world, 0, "south")
    before = await the(world, catalogue_item)
    await level(world, 9, "south")
    await level(world, 0, "north")
    after = await the(world, catalogue_item)
    assert (after.restocked_seq, after.low_seq, after.quantity) == (before.restocked_seq, 0, 90_000)


async def test_a_place_that_is_closed_leaves_the_stock_of_the_others(world: World) -> None:
    await level(world, 4, "north")
    await level(world, 3, "south")
    await world.send("INVENTORY_LEVEL", "DELETE", variant_id="lamp", location_id="north")
    await world.send("INVENTORY_LEVEL", "DELETE", variant_id="lamp", location_id="west")
    assert (await the(world, catalogue_item)).quantity == 30_000
    await world.send("INVENTORY_LEVEL", "DELETE", variant_id="lamp", location_id="south")
    item = await the(world, catalogue_item)
    assert (item.quantity, item.places) == (None, 0)


async def test_a_level_without_a_location_is_a_place_by_its_own_id(world: World) -> None:
    await world.send("INVENTORY_LEVEL", of="level-1", variant_id="lamp", quantity=4)
    await world.send("INVENTORY_LEVEL", of="level-2", variant_id="lamp", quantity=2)
    await world.send("INVENTORY_LEVEL", "UPDATE", of="level-1", variant_id="lamp", quantity=0)
    assert (await the(world, catalogue_item)).quantity == 20_000


async def test_a_late_stock_report_of_a_place_does_not_replace_a_newer_one(world: World) -> None:
    await level(world, 4, "north", updated_at=ONE)
    await level(world, 7, "north", updated_at=NOON)
    await level(world, 2, "south", updated_at=NOON)
    assert (await the(world, catalogue_item)).quantity == 60_000
    await level(world, 1, "north", updatedAt=TWO)
    assert (await the(world, catalogue_item)).quantity == 30_000


async def test_a_late_price_does_not_replace_a_newer_one(world: World) -> None:
    await world.send("PRICE", of="p", variant_id="lamp", price=9, currency="EUR", updated_at=ONE)
    await world.send("PRICE", of="p", variant_id="lamp", price=5, currency="EUR", updated_at=NOON)
    assert (await the(world, catalogue_item)).price == 90_000


async def test_a_date_of_change_in_the_future_counts_as_now(world: World) -> None:
    await world.send("CUSTOMER", of="ada", email="a@example.com", updated_at="2999-01-01T00:00:00Z")
    assert (await the(world, catalogue_customer)).changed_at == world.clock.now_us()


async def test_a_late_event_adds_what_is_missing_and_changes_nothing_else(world: World) -> None:
    await world.send("CUSTOMER", "UPDATE", of="ada", email="new@example.com", opt_in="false", updated_at=ONE)
    late = {"email": "old@example.com", "first_name": "Ada", "opt_in": "true", "updated_at": NOON}
    await world.send("CUSTOMER", of="ada", **late)
    row = await the(world, catalogue_customer)
    assert (row.email, row.first_name, row.opt_in) == ("new@example.com", "Ada", False)


async def test_an_item_on_two_lists_is_wished_for_until_it_leaves_both(world: World) -> None:
    about = {"customer_id": "ada", "variant_id": "lamp"}
    first = await world.send("WISHLIST", of="home", **about)
    await world.send("WISHLIST", of="gifts", **about)
    await world.send("WISHLIST", "DELETE", of="gifts", **about)
    await world.send("WISHLIST", "DELETE", of="gifts", **about)
    assert (await the(world, wishlist_item)).seq == first
    await world.send("WISHLIST_ITEM", "DELETE", of="entry-1", wishlist_id="home", **about)
    assert await world.rows(wishlist_item) == []


async def test_a_removal_that_names_no_list_is_from_all(world: World) -> None:
    about = {"customer_id": "ada", "variant_id": "lamp"}
    await world.send("WISHLIST", of="home", **about)
    await world.send("WISHLIST", of="gifts", **about)
    await world.send("WISHLIST", "DELETE", **about)
    assert await world.rows(wishlist_item) == []


async def test_lists_of_one_item_are_bounded(world: World) -> None:
    for number in range(MAX_LISTS + 5):
        await world.send("WISHLIST", of=f"list-{number}", customer_id="ada", variant_id="lamp")
    assert len((await the(world, wishlist_item)).lists.split()) == MAX_LISTS


@pytest.mark.parametrize(
    "order",
    [
        {"variant_id": "lamp"},
        {"payload": {"line_items": [{"variant_id": "rug"}, {"variant_id": "lamp"}, "no line"]}},
        {"payload": {"customerId": "ada", "lineItems": [{"variantId": "lamp"}]}},
    ],
)
async def test_what_a_customer_buys_is_no_longer_wished_for(world: World, order: dict[str, Any]) -> None:
    await world.wish()
    await world.wish("eve")
    await world.send("ORDER", of="o-1", customer_id="ada", **order)
    assert [row.customer_id for row in await world.rows(wishlist_item)] == ["eve"]


async def test_a_cancelled_order_takes_nothing_from_a_wishlist(world: World) -> None:
    await world.wish()
    await world.send("ORDER", of="o-1", customer_id="ada", variant_id="lamp", status="Cancelled")
    assert len(await world.rows(wishlist_item)) == 1


@pytest.mark.parametrize(
    "status", ["CANCELED", "cancelled", "Completed", "complete", "REFUNDED", "voided", "Fulfilled"]
)
async def test_an_order_that_waits_for_nothing_is_closed(world: World, status: str) -> None:
    await world.send("ORDER", of="o-1", status=status)
    assert not (await the(world, catalogue_order)).is_open


@pytest.mark.parametrize("status", ["partially_refunded", "PARTIALLY_FULFILLED", "on hold", "paid"])
async def test_an_order_that_waits_for_a_part_is_open(world: World, status: str) -> None:
    await world.send("ORDER", of="o-1", status=status)
    assert (await the(world, catalogue_order)).is_open


@pytest.mark.parametrize(
    "facts", [{"cancelled_at": NOON}, {"fulfillment_status": "fulfilled"}, {"financial_status": "refunded"}]
)
async def test_states_that_shops_keep_apart_close_an_order_too(world: World, facts: dict[str, str]) -> None:
    await world.send("ORDER", of="o-1", **facts)
    assert not (await the(world, catalogue_order)).is_open


async def test_an_order_is_as_old_as_its_shop_says(world: World) -> None:
    await world.send("ORDER", "UPDATE", of="o-1", status="PACKED", created_at=NOON)
    await world.send("ORDER", of="o-1", status="NEW", created_at=NOON)
    assert (await the(world, catalogue_order)).created_at < world.clock.now_us()


async def test_only_a_later_event_opens_an_order_again(world: World) -> None:
    await world.send("ORDER", of="o-1", status="CANCELLED", updated_at=ONE)
    await world.send("ORDER", "UPDATE", of="o-1", status="OPEN", updated_at=NOON)
    assert not (await the(world, catalogue_order)).is_open
    await world.send("ORDER", "UPDATE", of="o-1", status="Reopened", updated_at=TWO)
    assert (await the(world, catalogue_order)).is_open


async def test_stock_and_price_do_not_bring_back_what_was_deleted(world: World) -> None:
    await world.send("VARIANT_PRODUCT", of="lamp", name="Lamp", product_id="p1")
    await world.send("VARIANT_PRODUCT", "DELETE", of="lamp")
    await world.stock(4)
    await world.price(9)
    item = await the(world, catalogue_item)
    assert (item.is_deleted, item.name) == (True, "")
    await world.send("VARIANT_PRODUCT", of="lamp", name="Lamp")
    assert not (await the(world, catalogue_item)).is_deleted
    await world.send("PRODUCT", "DELETE", of="p1")
    assert (await the(world, catalogue_product)).is_deleted
