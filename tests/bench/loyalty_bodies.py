"""The scheme that is measured, and the events that it is measured with."""

from collections.abc import Iterator
from uuid import UUID, uuid4

from tidings.loyalty.v1.events_pb2 import (
    Action,
    AssessBasketRequest,
    Basket,
    BasketItem,
    CreateActionRequest,
    CreateOrderRequest,
    CreateRedemptionRequest,
    NewEvent,
    Order,
    OrderItem,
    Redemption,
)
from tidings.loyalty.v1.rules_pb2 import Fulfilment, NameSpace, Rule

NAME_SPACE = "Bench.Shop"
GIFT = "Bench.Gift"
GIFT_POINTS = 1_000_000
RULES = 200
CANDIDATES = 20
"""Rules of a kind that the index by kind and nameSpace lets through; the others are for other nameSpaces."""
ITEMS = 20
LINES = 3

METHODS = {
    "action": "CreateAction",
    "order": "CreateOrder",
    "basket": "AssessBasket",
    "redemption": "CreateRedemption",
}
REQUESTS = {
    "action": CreateActionRequest,
    "order": CreateOrderRequest,
    "basket": AssessBasketRequest,
    "redemption": CreateRedemptionRequest,
}
_ORDER_CONDITIONS = (
    "event.order.total > {n}.0",
    "event.order.order_items.exists(item, item.sku == 'SKU-{n}')",
    "counters.nth % {n} == 0",
    "'segment-{n}' in customer.segments",
    "customer.lifetime_spend > {n}000.0 && event.campaign == 'C-{n}'",
)
_BASKET_CONDITIONS = (
    "event.basket.basket_total > {n}.0",
    "event.basket.basket_items.exists(item, item.sku == 'SKU-{n}')",
    "event.basket.basket_items.exists(item, 'sale' in item.tags) && event.campaign == 'C-{n}'",
    "'segment-{n}' in customer.segments",
    "customer.lifetime_spend > {n}000.0",
)


def gift() -> Rule:
    """Points that every customer can spend."""
    given = Fulfilment(type=Fulfilment.Type.POINTS_FLAT, points=GIFT_POINTS)
    name_space = NameSpace(equals=GIFT)
    return Rule(name="Gift", assesses=Rule.Assesses.ACTION, name_space=name_space, fulfilments=[given])


def order_rules() -> Iterator[Rule]:
    """200 rules for orders; one of the 20 that are looked at matches nearly always."""
    given = Fulfilment(type=Fulfilment.Type.POINTS_FLAT, points=1)
    return _rules(Rule.Assesses.ORDER, _ORDER_CONDITIONS, given)


def basket_rules() -> Iterator[Rule]:
    """The same for baskets."""
    given = Fulfilment(type=Fulfilment.Type.BASKET_DISCOUNT_PERCENT, percent=5)
    return _rules(Rule.Assesses.BASKET, _BASKET_CONDITIONS, given)


def customer_id(number: int) -> str:
    """A customer's id."""
    return str(UUID(int=0xB << 120 | number + 1))


def template(kind: str) -> bytes:
    """A request without ids: `request` makes one of it."""
    return REQUESTS[kind](event=_EVENTS[kind]).SerializeToString()


def request(kind: str, prepared: bytes, customer: int) -> bytes:
    """A request for a new event of a customer; protobuf joins the two messages that stand behind one another."""
    ids = NewEvent(event_id=str(uuid4()), customer_id=customer_id(customer))
    return prepared + REQUESTS[kind](event=ids).SerializeToString()


def order() -> Order:
    """An order as a shop sends it."""
    lines = [OrderItem(order_line_id=at, quantity=1, item_price=20.5, sku=f"SKU-{at}") for at in range(LINES)]
    return Order(order_status="Open", currency_code="AUD", total=61.5, tax_total=6.15, order_items=lines)


def _rules(assesses: Rule.Assesses.ValueType, conditions: tuple[str, ...], given: Fulfilment) -> Iterator[Rule]:
    for number in range(RULES):
        is_candidate = number % (RULES // CANDIDATES) == 0
        yield Rule(
            name=f"Rule {number}",
            assesses=assesses,
            name_space=NameSpace(equals=NAME_SPACE if is_candidate else f"Bench.Other.{number}"),
            condition=conditions[number // (RULES // CANDIDATES) % len(conditions)].format(n=number + 1),
            fulfilments=[given],
        )


def _basket() -> Basket:
    items = [
        BasketItem(
            basket_item_id=str(at),
            quantity=1 + at % 3,
            item_price=10.25,
            total_price=10.25 * (1 + at % 3),
            sku=f"SKU-{at}",
            name=f"Product {at}",
            vendor="Vendor",
            tags=["sale"] if at % 2 else ["new"],
        )
        for at in range(ITEMS)
    ]
    return Basket(basket_id="B-1", currency_code="AUD", basket_total=399.75, basket_items=items)


_EVENTS = {
    "action": NewEvent(action=Action(count=1), name_space=GIFT),
    "order": NewEvent(order=order(), name_space=NAME_SPACE),
    "basket": NewEvent(basket=_basket(), name_space=NAME_SPACE),
    "redemption": NewEvent(redemption=Redemption(quantity=1), name_space=NAME_SPACE),
}
