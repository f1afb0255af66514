"""Rules for the fields of loyalty events, as in the contract's comments.

Required are the ids, the nameSpace and the typed block; the document requires nothing else. Source: WIRE.md 003 (c).
"""

import re
from collections.abc import Mapping
from typing import Final

from tidings.loyalty.v1 import events_pb2 as pb
from tidings_server.loyalty.api.currencies import currency
from tidings_server.loyalty.api.numbers import amount, total
from tidings_server.rpc.field_rules import Check, Each, FieldRules, between, matching, text

MAX_POINTS: Final = 2**31 - 1
MAX_ID: Final = 100
MAX_NAME_SPACE: Final = 256
MAX_REFERENCE: Final = 256
MAX_ATTRIBUTES: Final = 256
MAX_ITEMS: Final = 1_000
MAX_PARTS: Final = 100

_GUID: Final = re.compile(
    r"(?!0{8}-0{4}-0{4}-0{4}-0{12}\Z)[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
)

guid = matching(_GUID, "must be a UUID, such as 8f14e45f-ceea-467f-a0f3-1d2c3b4a5968, and not the one of zeros")
"""An id that a client chose, in any case."""

ATTRIBUTES: Final = Each(FieldRules(pb.KeyValue, {"key": text(128)}, required=("key",)), most=MAX_ATTRIBUTES)
_QUANTITY: Final = between(1, MAX_POINTS)
_ADDRESS: Final = FieldRules(pb.Address)

_Form = Mapping[str, Check | FieldRules | Each]

_PRICES: Final[_Form] = {"quantity": _QUANTITY, "item_price": total}
_PRODUCT: Final[_Form] = {**_PRICES, "total_price": total, "tags": Each(text(256), most=100), "key_values": ATTRIBUTES}
_ITEM: Final = FieldRules(
    pb.BasketItem,
    {
        **_PRODUCT,
        "basket_item_parts": Each(FieldRules(pb.BasketItemPart, _PRODUCT), most=MAX_PARTS),
        "attributes": ATTRIBUTES,
    },
)
_TOTALS: Final[_Form] = {
    "currency_code": currency,
    "tax_total": total,
    "shipping_total": total,
    "rewards_eligible_total": total,
    "billing_address": _ADDRESS,
    "shipping_address": _ADDRESS,
}

_BLOCKS: Final = {
    "action": FieldRules(pb.Action, {"amount": amount, "count": between(0, MAX_POINTS)}),
    "basket": FieldRules(
        pb.Basket,
        {
            **_TOTALS,
            "basket_id": text(MAX_ID),
            "basket_total": total,
            "customer_info": FieldRules(pb.CustomerInfo, {"external_reference": text(MAX_REFERENCE)}),
            "basket_items": Each(_ITEM, most=MAX_ITEMS),
            "surcharges": Each(FieldRules(pb.Surcharge, {"amount": amount}), most=100),
        },
    ),
    "order": FieldRules(
        pb.Order,
        {
            **_TOTALS,
            "order_id": text(MAX_ID),
            "total": total,
            "refunded_total": total,
            "order_items": Each(FieldRules(pb.OrderItem, _PRICES), most=MAX_ITEMS),
            "payment_detail": FieldRules(pb.PaymentDetail, {"payment_amount": total}),
            "redemption_detail": FieldRules(pb.RedemptionDetail, {"points_amount": total}),
        },
    ),
    "transaction": FieldRules(pb.Transaction, {"total": total, "currency_code": currency}),
    "redemption": FieldRules(
        pb.Redemption,
        {"quantity": between(1, MAX_POINTS), "external_reference": text(MAX_REFERENCE)},
        required=("quantity",),
    ),
}

EVENT_RULES: Final[Mapping[str, FieldRules]] = {
    block: FieldRules(
        pb.NewEvent,
        {
            "event_id": guid,
            "customer_id": guid,
            "name_space": text(MAX_NAME_SPACE),
            "attributes": ATTRIBUTES,
            block: rules,
        },
        required=(block, "event_id", "customer_id", "name_space"),
    )
    for block, rules in _BLOCKS.items()
}
"""Rules of an event by the name of its block."""
