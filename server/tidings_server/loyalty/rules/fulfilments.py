"""Fulfilments: what a rule gives when it matches, as its owner writes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from tidings_server.loyalty import periods
from tidings_server.loyalty.periods import Period

MAX_FULFILMENTS: Final = 20


class FulfilmentType(StrEnum):
    """What is given. POINTS_* in a rule for baskets are what the basket would bring if it were ordered."""

    POINTS_FLAT = "POINTS_FLAT"
    POINTS_PER_UNIT = "POINTS_PER_UNIT"
    """`points` for each currency unit of `base`, rounded down once an event."""
    ADD_TO_SEGMENT = "ADD_TO_SEGMENT"
    REMOVE_FROM_SEGMENT = "REMOVE_FROM_SEGMENT"
    SEND_EMAIL = "SEND_EMAIL"
    """To the customer, who must have an address and have opted in."""
    CALL_WEBHOOK = "CALL_WEBHOOK"
    EMIT_TOPIC = "EMIT_TOPIC"
    VOUCHER = "VOUCHER"
    BASKET_DISCOUNT_PERCENT = "BASKET_DISCOUNT_PERCENT"
    BASKET_DISCOUNT_AMOUNT = "BASKET_DISCOUNT_AMOUNT"
    DELIVERY_DISCOUNT_PERCENT = "DELIVERY_DISCOUNT_PERCENT"
    DELIVERY_DISCOUNT_AMOUNT = "DELIVERY_DISCOUNT_AMOUNT"
    PRODUCT_DISCOUNT_PERCENT = "PRODUCT_DISCOUNT_PERCENT"
    PRODUCT_DISCOUNT_AMOUNT = "PRODUCT_DISCOUNT_AMOUNT"


POINTS: Final = frozenset({FulfilmentType.POINTS_FLAT, FulfilmentType.POINTS_PER_UNIT})
PRODUCT_DISCOUNTS: Final = frozenset({FulfilmentType.PRODUCT_DISCOUNT_PERCENT, FulfilmentType.PRODUCT_DISCOUNT_AMOUNT})
OF_BASKETS: Final = POINTS | frozenset(list(FulfilmentType)[list(FulfilmentType).index(FulfilmentType.VOUCHER) :])
"""What a basket is answered with."""
OF_OTHERS: Final = POINTS | (frozenset(FulfilmentType) - OF_BASKETS)
"""What all other events bring."""


class Base(StrEnum):
    """Which total of an order counts. Source: WIRE.md 003 (c), rewardsEligibleTotal only where a rule names it."""

    TOTAL = "TOTAL"
    REWARDS_ELIGIBLE_TOTAL = "REWARDS_ELIGIBLE_TOTAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """A mail to the customer: `subject` and `text`, with or without `html`, or a template that the mailer knows."""

    subject: str = ""
    text: str = ""
    html: str = ""
    template_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSelector:
    """Lines of a basket: those that fit all that is said; what is empty fits any."""

    skus: tuple[str, ...] = ()
    product_ids: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilment:
    """One thing that is given. Which fields it has is its type's: see `fulfilment_form`."""

    type: FulfilmentType
    points: Decimal | None = None
    base: Base | None = None
    segment: str = ""
    expiry: Period | None = None
    email: Email | None = None
    url: str = ""
    topic: str = ""
    code: str = ""
    percent: Decimal | None = None
    amount: Decimal | None = None
    products: ProductSelector | None = None


def dumped(given: Fulfilment) -> dict[str, Any]:
    """A fulfilment as JSON, which `loaded` reads: what is usual is left out, numbers and periods are texts."""
    told = {each.name: getattr(given, each.name) for each in fields(Fulfilment)}
    return {name: _WRITE.get(name, str)(value) for name, value in told.items() if value not in (None, "")}


def loaded(told: Mapping[str, Any]) -> Fulfilment:
    """The fulfilment of `dumped`."""
    return Fulfilment(**{name: _READ.get(name, str)(value) for name, value in told.items()})


def _object(value: Any) -> dict[str, Any]:
    return {each.name: getattr(value, each.name) for each in fields(value)}


def _selector(told: Mapping[str, Sequence[str]]) -> ProductSelector:
    return ProductSelector(**{name: tuple(values) for name, values in told.items()})


_WRITE: Final[Mapping[str, Any]] = {"email": _object, "products": _object}
_READ: Final[Mapping[str, Any]] = {
    "type": FulfilmentType,
    "base": Base,
    "points": Decimal,
    "percent": Decimal,
    "amount": Decimal,
    "expiry": periods.parse,
    "email": lambda told: Email(**told),
    "products": _selector,
}
