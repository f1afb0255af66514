"""Validation of fulfilments: the fields of each type, and their bounds."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Final

from tidings_server.delivery.http.endpoint_url import is_endpoint_url
from tidings_server.log import topics
from tidings_server.loyalty.money import DECIMALS, decimals_of
from tidings_server.loyalty.rules.fulfilments import (
    BASKET_TYPES,
    EVENT_TYPES,
    MAX_POINTS_PER_UNIT,
    PRODUCT_DISCOUNTS,
    Email,
    Fulfilment,
    FulfilmentType,
    PointsBase,
    ProductSelector,
)
from tidings_server.loyalty.rules.rule import Assesses
from tidings_server.mail import templates
from tidings_server.mail.unsubscribe_links import UNSUBSCRIBE_URL
from tidings_server.platform.errors import InvalidInput, Violation

MAX_FLAT: Final = 1_000_000_000
MAX_NAME: Final = 128
MAX_SUBJECT: Final = 256
MAX_TEXT: Final = 16_384
MAX_HTML: Final = 16_384
MAX_URL: Final = 2_048
MAX_PERCENT: Final = Decimal(100)
MAX_AMOUNT: Final = Decimal(10) ** 11
MAX_SELECTED: Final = 100
TEMPLATE_VARIABLES: Final[templates.Names] = {
    "event": None,
    "customer": {
        **dict.fromkeys(
            ("customerId", "firstName", "lastName", "displayName", "emailAddress", "externalReference"), str
        ),
        "balance": int,
    },
    "rule": {"ruleId": str, "name": str},
    UNSUBSCRIBE_URL: str,
}
"""Variables of a mail's subject, text and HTML."""

LOYALTY_ENTITIES: Final = frozenset(
    {"points", "erroraction", "redemption", "fulfilment", "order", "action", "transaction"}
)
"""Entities in the topics of loyalty's own events."""

NEEDED: Final[Mapping[FulfilmentType, frozenset[str]]] = {
    FulfilmentType.POINTS_FLAT: frozenset({"points"}),
    FulfilmentType.POINTS_PER_UNIT: frozenset({"points"}),
    FulfilmentType.ADD_TO_SEGMENT: frozenset({"segment"}),
    FulfilmentType.REMOVE_FROM_SEGMENT: frozenset({"segment"}),
    FulfilmentType.SEND_EMAIL: frozenset({"email"}),
    FulfilmentType.CALL_WEBHOOK: frozenset({"url"}),
    FulfilmentType.EMIT_TOPIC: frozenset({"topic"}),
    FulfilmentType.VOUCHER: frozenset({"code"}),
    FulfilmentType.BASKET_DISCOUNT_PERCENT: frozenset({"percent"}),
    FulfilmentType.BASKET_DISCOUNT_AMOUNT: frozenset({"amount"}),
    FulfilmentType.DELIVERY_DISCOUNT_PERCENT: frozenset({"percent"}),
    FulfilmentType.DELIVERY_DISCOUNT_AMOUNT: frozenset({"amount"}),
    FulfilmentType.PRODUCT_DISCOUNT_PERCENT: frozenset({"percent"}),
    FulfilmentType.PRODUCT_DISCOUNT_AMOUNT: frozenset({"amount"}),
}
OPTIONAL: Final[Mapping[FulfilmentType, frozenset[str]]] = {
    FulfilmentType.POINTS_PER_UNIT: frozenset({"base"}),
    FulfilmentType.ADD_TO_SEGMENT: frozenset({"expiry"}),
    FulfilmentType.VOUCHER: frozenset({"amount"}),
    **dict.fromkeys(PRODUCT_DISCOUNTS, frozenset({"products"})),
}
JSON_PATHS: Final = {"url": "webhook.url"}


def fulfilment_violations(fulfilment: Fulfilment, assesses: Assesses, path: str) -> Iterator[Violation]:
    """Broken rules of a fulfilment in a rule for `assesses`; `path` is its field in the rule."""
    needed, optional = NEEDED[fulfilment.type], OPTIONAL.get(fulfilment.type, frozenset())
    for each in fields(Fulfilment):
        name, value = each.name, getattr(fulfilment, each.name)
        at = f"{path}.{JSON_PATHS.get(name, name)}"
        is_set = value not in (None, "")
        if name == "type":
            yield from _type_violations(fulfilment, assesses, path)
        elif is_set and name not in needed | optional:
            yield Violation(at, f"does not belong to {fulfilment.type.value}")
        elif not is_set and name in needed:
            yield Violation(at, "is required")
        elif is_set and (problem := _problem(fulfilment, name, value)):
            yield Violation(at, problem)


def _type_violations(fulfilment: Fulfilment, assesses: Assesses, path: str) -> Iterator[Violation]:
    """Broken rules between a type and the events of the rule. Source: WIRE.md 003 (b), fulfilment actions."""
    allowed = BASKET_TYPES if assesses is Assesses.BASKET else EVENT_TYPES
    if fulfilment.type not in allowed:
        yield Violation(f"{path}.type", f"{fulfilment.type.value} cannot be given for {assesses.value}")
    if fulfilment.type is FulfilmentType.POINTS_PER_UNIT and assesses is Assesses.ACTION:
        yield Violation(f"{path}.type", "an action has no total to give points for")
    if fulfilment.base is PointsBase.REWARDS_ELIGIBLE_TOTAL and assesses is Assesses.TRANSACTION:
        yield Violation(f"{path}.base", "a transaction has no rewardsEligibleTotal")


def _problem(fulfilment: Fulfilment, name: str, value: object) -> str | None:
    """The rule that a field which is set breaks."""
    match value:
        case Decimal():
            return _points_problem(fulfilment, value) if name == "points" else _number_problem(name, value)
        case str():
            return _text_problem(name, value)
        case Email():
            return _email_problem(value)
        case ProductSelector():
            if not any(getattr(value, each.name) for each in fields(value)):
                return "must name skus, productIds, vendors or tags, or be left out for all products"
            is_long = any(len(getattr(value, each.name)) > MAX_SELECTED for each in fields(value))
            return f"must have at most {MAX_SELECTED} of each" if is_long else None
    return None


def _number_problem(name: str, value: Decimal) -> str | None:
    if name == "percent":
        is_good = 0 < value <= MAX_PERCENT and decimals_of(value) <= DECIMALS
        return None if is_good else f"must be above 0 and at most 100, with at most {DECIMALS} decimals"
    is_good = 0 < value < MAX_AMOUNT and decimals_of(value) <= DECIMALS
    return None if is_good else f"must be above 0, with at most {DECIMALS} decimals"


def _text_problem(name: str, value: str) -> str | None:
    if name == "url" and (len(value) > MAX_URL or not is_endpoint_url(value)):
        return f"must be an http or https URL of at most {MAX_URL:,} characters without user information and fragment"
    if name == "topic" and not _is_topic(value):
        return "must be a topic such as customer.rewarded, of [a-z0-9_], that is not one of the server's own"
    return f"must be 1 to {MAX_NAME} characters" if name in ("segment", "code") and len(value) > MAX_NAME else None


def _points_problem(fulfilment: Fulfilment, points: Decimal) -> str | None:
    if fulfilment.type is FulfilmentType.POINTS_FLAT:
        is_good = 0 < points <= MAX_FLAT and decimals_of(points) == 0
        return None if is_good else f"must be a whole number from 1 to {MAX_FLAT:,}"
    is_good = 0 < points <= MAX_POINTS_PER_UNIT and decimals_of(points) <= DECIMALS
    return None if is_good else f"must be above 0 and at most {MAX_POINTS_PER_UNIT:,}, with at most {DECIMALS} decimals"


def _email_problem(email: Email) -> str | None:
    if not email.template_id and not (email.subject and email.text):
        return "must have a subject and a text, or a templateId"
    lengths = {"subject": MAX_SUBJECT, "text": MAX_TEXT, "html": MAX_HTML, "template_id": MAX_NAME}
    if any(len(getattr(email, name)) > most for name, most in lengths.items()):
        return ", ".join(f"{name} at most {most:,}" for name, most in lengths.items()) + " characters"
    if not email.subject.isprintable():
        return "must have a subject of one line"
    for name in ("subject", "text", "html"):
        try:
            templates.check(getattr(email, name), name, TEMPLATE_VARIABLES)
        except InvalidInput as refused:
            return refused.message
    return None


def _is_topic(text: str) -> bool:
    entity, _, verb = text.partition(".")
    is_plain = bool(entity and verb) and topics.topic(entity, verb) == text
    return is_plain and entity not in topics.RESERVED | LOYALTY_ENTITIES
