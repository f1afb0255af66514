"""Fulfilments: the effects of a rule that matches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from tidings_server.loyalty import periods
from tidings_server.loyalty.periods import Period

MAX_FULFILMENTS: Final = 20
MAX_POINTS_PER_UNIT: Final = 1_000_000


class FulfilmentType(StrEnum):
    """Type of a fulfilment. POINTS_* in a rule for baskets are potential: the points if the basket is ordered."""

    POINTS_FLAT = "POINTS_FLAT"
    POINTS_PER_UNIT = "POINTS_PER_UNIT"
    """`points` for each currency unit of `base`, rounded down once an event."""
    ADD_TO_SEGMENT = "ADD_TO_SEGMENT"
    REMOVE_FROM_SEGMENT = "REMOVE_FROM_SEGMENT"
    SEND_EMAIL = "SEND_EMAIL"
    """To a customer who has an address and has opted in."""
    CALL_WEBHOOK = "CALL_WEBHOOK"
    EMIT_TOPIC = "EMIT_TOPIC"
    VOUCHER = "VOUCHER"
    BASKET_DISCOUNT_PERCENT = "BASKET_DISCOUNT_PERCENT"
    BASKET_DISCOUNT_AMOUNT = "BASKET_DISCOUNT_AMOUNT"
    DELIVERY_DISCOUNT_PERCENT = "DELIVERY_DISCOUNT_PERCENT"
    DELIVERY_DISCOUNT_AMOUNT = "DELIVERY_DISCOUNT_AMOUNT"
    PRODUCT_DISCOUNT_PERCENT = "PRODUCT_DISCOUNT_PERCENT"
    PRODUCT_DISCOUNT_AMOUNT = "PRODUCT_DISCOUNT_AMOUNT"


POINTS_TYPES: Final = frozenset({FulfilmentType.POINTS_FLAT, FulfilmentType.POINTS_PER_UNIT})
PRODUCT_DISCOUNTS: Final = frozenset({FulfilmentType.PRODUCT_DISCOUNT_PERCENT, FulfilmentType.PRODUCT_DISCOUNT_AMOUNT})
BASKET_TYPES: Final = POINTS_TYPES | frozenset(
    list(FulfilmentType)[list(FulfilmentType).index(FulfilmentType.VOUCHER) :]
)
"""Types of rules for baskets."""
EVENT_TYPES: Final = POINTS_TYPES | (frozenset(FulfilmentType) - BASKET_TYPES)
"""Types of rules for all other events."""


class PointsBase(StrEnum):
    """Total that earns points. Source: WIRE.md 003 (c), rewardsEligibleTotal only where a rule names it."""

    TOTAL = "TOTAL"
    REWARDS_ELIGIBLE_TOTAL = "REWARDS_ELIGIBLE_TOTAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """A mail to the customer: `subject` and `text`, with or without `html`, or a stored template."""

    subject: str = ""
    text: str = ""
    html: str = ""
    template_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSelector:
    """Selects lines of a basket that match all fields; an empty field matches any line."""

    skus: tuple[str, ...] = ()
    product_ids: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilment:
    """One fulfilment. `fulfilment_validation` has the fields of each type."""

    type: FulfilmentType
    points: Decimal | None = None
    base: PointsBase | None = None
    segment: str = ""
    expiry: Period | None = None
    email: Email | None = None
    url: str = ""
    topic: str = ""
    code: str = ""
    percent: Decimal | None = None
    amount: Decimal | None = None
    products: ProductSelector | None = None


def to_json(fulfilment: Fulfilment) -> dict[str, Any]:
    """A fulfilment as JSON without empty fields; numbers and periods are texts."""
    values = {each.name: getattr(fulfilment, each.name) for each in fields(Fulfilment)}
    return {name: _WRITE.get(name, str)(value) for name, value in values.items() if value not in (None, "")}


def from_json(values: Mapping[str, Any]) -> Fulfilment:
    """The inverse of `to_json`."""
    return Fulfilment(**{name: _READ.get(name, str)(value) for name, value in values.items()})


def _object(value: Any) -> dict[str, Any]:
    return {each.name: getattr(value, each.name) for each in fields(value)}


def _selector(fields_: Mapping[str, Sequence[str]]) -> ProductSelector:
    return ProductSelector(**{name: tuple(values) for name, values in fields_.items()})


_WRITE: Final[Mapping[str, Any]] = {"email": _object, "products": _object}
_READ: Final[Mapping[str, Any]] = {
    "type": FulfilmentType,
    "base": PointsBase,
    "points": Decimal,
    "percent": Decimal,
    "amount": Decimal,
    "expiry": periods.parse,
    "email": lambda values: Email(**values),
    "products": _selector,
}
