"""Validation of loyalty events by field, and the records of valid ones."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from hypothesis import given
from hypothesis import strategies as st

from tidings.loyalty.v1 import events_pb2 as pb
from tidings_server.loyalty.api import event_messages
from tidings_server.loyalty.api.event_codec import ProtobufEventCodec
from tidings_server.loyalty.api.event_messages import ACTION, BASKET, ORDER, REDEMPTION, TRANSACTION, EventBlock
from tidings_server.loyalty.api.numbers import amount, decimal, total
from tidings_server.loyalty.event_codec import PointsMoved
from tidings_server.loyalty.events import EventKind, LoyaltyEvent
from tidings_server.platform.clock import to_us
from tidings_server.platform.errors import InvalidInput, PayloadTooLarge
from tidings_server.platform.scope import Scope
from tidings_server.rpc.whole_numbers import int32
from tidings_server.storage.log.records import EventRecord, StoredEvent

NOW = to_us(datetime(2026, 1, 1, tzinfo=UTC))
SCOPE = Scope(1, "0190c5a6-0000-7000-8000-000000000001", "demo", "key", "app", request_id="r-1")
EVENT_ID = "8F14E45F-CEEA-467F-A0F3-1D2C3B4A5968"
CUSTOMER_ID = "c4ca4238-a0b9-4382-8dcc-509a6f75849b"
COMMON: dict[str, Any] = {"eventId": EVENT_ID, "customerId": CUSTOMER_ID, "nameSpace": "Customer.Registration"}
ITEM = {"quantity": 1, "itemPrice": 9.95}
BLOCKS: dict[EventBlock, dict[str, Any]] = {
    ACTION: {"action": {"amount": 1.5, "count": 2}},
    BASKET: {"basket": {"basketId": "b-1", "basketTotal": 10.1, "basketItems": [{**ITEM, "sku": "S", "tags": ["t"]}]}},
    ORDER: {"order": {"orderId": "o-1", "total": 99.99, "rewardsEligibleTotal": 50, "orderItems": [ITEM]}},
    TRANSACTION: {"transaction": {"source": "POS", "total": 20}},
    REDEMPTION: {"redemption": {"externalReference": "o-1", "quantity": 5, "hold": True}},
}


def load(block: EventBlock, fields: dict[str, Any]) -> EventRecord:
    return event_messages.load(ParseDict({**COMMON, **fields}, pb.NewEvent()), block, SCOPE, now_us=NOW)


def read(block: EventBlock, fields: dict[str, Any]) -> LoyaltyEvent:
    return ProtobufEventCodec().decode(StoredEvent(1, *load(block, fields)))


def fields_of(block: EventBlock, fields: dict[str, Any]) -> list[str]:
    """The fields of the violations."""
    with pytest.raises(InvalidInput) as refused:
        load(block, fields)
    return [violation.field for violation in refused.value.violations]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_an_event_becomes_a_row_about_its_customer(block: EventBlock) -> None:
    record = load(block, {**BLOCKS[block], "tenantId": "somebody-else", "reference": "R-1"})
    assert (record.event_id, record.root_type, record.root_id) == (EVENT_ID.lower(), "CUSTOMER", CUSTOMER_ID)
    assert (record.topic, record.type, record.name) == (block.topic, block.kind, "Customer.Registration")
    stored = pb.Event.FromString(record.body)
    assert (stored.event_id, stored.tenant_id) == (EVENT_ID.lower(), SCOPE.tenant_id)
    assert stored.HasField(block.name)  # type: ignore[arg-type]  # the stubs want a literal


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_missing_required_fields_are_named(block: EventBlock) -> None:
    with pytest.raises(InvalidInput) as refused:
        event_messages.load(pb.NewEvent(), block, SCOPE, now_us=NOW)
    assert {violation.field for violation in refused.value.violations} == {
        block.name,
        "eventId",
        "customerId",
        "nameSpace",
    }


def test_the_blocks_of_other_calls_are_ignored() -> None:
    record = load(ACTION, {**BLOCKS[ACTION], "order": {"total": -1}})
    assert not pb.Event.FromString(record.body).HasField("order")


@pytest.mark.parametrize(
    ("block", "fields", "field"),
    [
        (ACTION, {"eventId": "00000000-0000-0000-0000-000000000000"}, "eventId"),
        (ACTION, {"eventId": "8f14e45fceea467fa0f31d2c3b4a5968"}, "eventId"),
        (ACTION, {"customerId": "somebody"}, "customerId"),
        (ACTION, {"nameSpace": "n" * 257}, "nameSpace"),
        (ACTION, {"attributes": [{"key": "k", "value": "v" * 1025}]}, "attributes[0].value"),
        (ACTION, {"attributes": [{"value": "v"}]}, "attributes[0].key"),
        (ACTION, {"attributes": [{"key": "k"}] * 257}, "attributes"),
        (ACTION, {"createdAt": "yesterday"}, "createdAt"),
        (ACTION, {"createdAt": "2026-01-02T00:00:01Z"}, "createdAt"),
        (ACTION, {"createdAt": "1969-12-31T00:00:00Z"}, "createdAt"),
        (ACTION, {"action": {"amount": 1.00001}}, "action.amount"),
        (ACTION, {"action": {"amount": 1e11}}, "action.amount"),
        (ACTION, {"action": {"count": -1}}, "action.count"),
        (ORDER, {"order": {"total": -0.01}}, "order.total"),
        (ORDER, {"order": {"rewardsEligibleTotal": -1}}, "order.rewardsEligibleTotal"),
        (ORDER, {"order": {"orderId": "o" * 101}}, "order.orderId"),
        (ORDER, {"order": {"currencyCode": "XYZ"}}, "order.currencyCode"),
        (ORDER, {"order": {"currencyCode": "aud"}}, "order.currencyCode"),
        (ORDER, {"order": {"orderItems": [ITEM, {"quantity": 0}]}}, "order.orderItems[1].quantity"),
        (ORDER, {"order": {"orderItems": [{"quantity": -1}]}}, "order.orderItems[0].quantity"),
        (ORDER, {"order": {"orderItems": [{"itemPrice": -1}]}}, "order.orderItems[0].itemPrice"),
        (ORDER, {"order": {"orderItems": [ITEM] * 1001}}, "order.orderItems"),
        (ORDER, {"order": {"shippingAddress": {"city": "c" * 1025}}}, "order.shippingAddress.city"),
        (ORDER, {"order": {"paymentDetail": {"paymentAmount": -1}}}, "order.paymentDetail.paymentAmount"),
        (BASKET, {"basket": {"basketTotal": -1}}, "basket.basketTotal"),
        (BASKET, {"basket": {"basketItems": [{"tags": ["t" * 257]}]}}, "basket.basketItems[0].tags[0]"),
        (
            BASKET,
            {"basket": {"basketItems": [{"basketItemParts": [{"quantity": 0}]}]}},
            "basket.basketItems[0].basketItemParts[0].quantity",
        ),
        (BASKET, {"basket": {"surcharges": [{"amount": 0.00001}]}}, "basket.surcharges[0].amount"),
        (TRANSACTION, {"transaction": {"total": -20}}, "transaction.total"),
        (REDEMPTION, {"redemption": {"quantity": 0}}, "redemption.quantity"),
        (REDEMPTION, {"redemption": {"quantity": -5}}, "redemption.quantity"),
        (REDEMPTION, {"redemption": {"quantity": 1, "externalReference": "r" * 257}}, "redemption.externalReference"),
    ],
)
def test_a_bad_field_is_named(block: EventBlock, fields: dict[str, Any], field: str) -> None:
    assert fields_of(block, {**BLOCKS[block], **fields}) == [field]


def test_an_event_has_at_most_256_kib() -> None:
    facts = [{"key": f"k{at}", "value": "v" * 1024} for at in range(256)]
    with pytest.raises(PayloadTooLarge):
        load(ACTION, {**BLOCKS[ACTION], "attributes": facts})


def test_created_at_is_the_time_of_occurrence() -> None:
    assert load(ACTION, BLOCKS[ACTION]).occurred_at == NOW
    fields = {**BLOCKS[ACTION], "createdAt": "2020-02-27T22:32:43.58+11:00"}
    assert load(ACTION, fields).occurred_at == to_us(datetime(2020, 2, 27, 11, 32, 43, 580_000, tzinfo=UTC))


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (ACTION, {"amount": Decimal("1.5")}),
        (BASKET, {"amount": Decimal("10.1")}),
        (ORDER, {"amount": Decimal("99.99"), "eligible": Decimal(50), "order_id": "o-1"}),
        (TRANSACTION, {"amount": Decimal(20)}),
    ],
    ids=lambda value: value.name if isinstance(value, EventBlock) else "",
)
def test_the_codec_decodes_the_amounts_of_an_event(block: EventBlock, expected: dict[str, Any]) -> None:
    event = read(block, BLOCKS[block])
    assert (event.kind, event.customer_id) == (EventKind[block.name.upper()], CUSTOMER_ID)
    assert {name: getattr(event, name) for name in expected} == expected


def test_a_line_of_a_basket_may_have_a_number_for_an_id() -> None:
    items = [{"basketItemId": "a", "orderLineId": 7}, {"orderLineId": 8}, {}]
    lines = ProtobufEventCodec().basket_lines(read(BASKET, {"basket": {"basketItems": items}}))
    assert [line.id for line in lines] == ["a", "8", ""]


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_a_number_of_four_decimals_is_taken_exactly(ten_thousandths: int) -> None:
    exact = Decimal(ten_thousandths) / 10_000
    number = float(str(exact))
    assert (decimal(number), amount(number)) == (exact, None)
    assert (total(number) is None) == (exact >= 0)


@given(st.integers(-(10**14), 10**14).filter(lambda number: number % 10))
def test_a_fifth_decimal_is_refused(hundred_thousandths: int) -> None:
    assert amount(float(str(Decimal(hundred_thousandths) / 100_000))) is not None


@given(st.integers(-(1 << 70), 1 << 70), st.integers(-(1 << 70), 1 << 70))
def test_points_of_any_rows_have_an_event(points: int, balance: int) -> None:
    """Sums of rows may be larger than what a message holds."""
    moved = PointsMoved(
        event_id=EVENT_ID, customer_id=CUSTOMER_ID, at_us=NOW, points=points, balance=balance, by_rule={"rule": points}
    )
    told = pb.Event.FromString(ProtobufEventCodec().encode_points(moved)).points
    assert (told.quantity, told.balance) == (int32(points), int32(balance))
    assert told.by_rule["rule"] == int32(points)
