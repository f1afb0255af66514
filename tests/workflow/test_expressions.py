"""Expressions: their variables, and their results as JSON."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.workflows import event, order
from tidings_server.expressions.compiler import ExpressionFailed
from tidings_server.platform.json_type import MAX_WHOLE, Json
from tidings_server.workflow.attributes import problem
from tidings_server.workflow.definition.expressions import (
    MAX_ITEMS,
    MAX_TEXT,
    Variables,
    WorkflowExpressions,
    cel_value,
    json_value,
)

DATA: dict[str, Json] = {
    "reason": "Fraud",
    "total": 60,
    "rate": 0.5,
    "none": None,
    "express": True,
    "items": [{"skuRef": "SKU_1", "quantity": 60}, {"skuRef": "SKU_2", "quantity": 1}],
    "not a name": "x",
    "long": "x" * (MAX_TEXT + 1),
    "many": [1] * (MAX_ITEMS + 1),
    "wide": {str(n): n for n in range(MAX_ITEMS + 1)},
}


def value(expressions: WorkflowExpressions, text: str, **other: Any) -> Json | ExpressionFailed:
    return expressions.value(text, Variables(event(attributes=DATA, **other)), order(attributes={"kept": 1}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("event.name", "CancelOrder"),
        ("[event.id, event.retailerId, event.entityType, event.entityId, event.entityRef]",
         ["e-1", "1", "ORDER", "1234", "ON-1234"]),
        ("[event.rootEntityType, event.rootEntityId, event.rootEntityRef, event.entitySubtype]",
         ["ORDER", "1234", "ON-1234", ""]),
        ("[entity.type, entity.subtype, entity.id, entity.ref, entity.status]",
         ["ORDER", "HD", "1234", "ON-1234", "BOOKED"]),
        ("entity.attributes.kept", 1),
        ("event.attributes.total", 60),
        ("event.attributes.total + 1.5", 61.5),
        ("event.attributes.rate * 2.0", 1),
        ("int(event.attributes.total) / 7", 8),
        ("event.attributes.none", None),
        ("event.attributes.express", True),
        ("event.attributes.items[0]", {"skuRef": "SKU_1", "quantity": 60}),
        ("event.attributes.items.map(i, i.quantity)", [60, 1]),
        ("event.attributes.items.filter(i, i.quantity > 1.0).size()", 1),
        ("event.attributes['not a name']", "x"),
        ("has(event.attributes.nosuch)", False),
        ("'nosuch' in event.attributes ? 1 : 2", 2),
        ("now", "2026-03-01T12:00:00.000Z"),
        ("now + duration('36h')", "2026-03-03T00:00:00.000Z"),
        ("duration('90s')", "PT90S"),
        ("now.getHours('Australia/Sydney')", 23),
        ("[event.attributes.long, event.attributes.many, event.attributes.wide]", [None, None, None]),
        ("{'a': {'b': [1, 2.0, 2.5, 'c', null, true]}}", {"a": {"b": [1, 2, 2.5, "c", None, True]}}),
    ],
)  # fmt: skip
def test_expressions_see_event_and_entity(expressions: WorkflowExpressions, text: str, expected: Json) -> None:
    expressions.check_value(text, "value", ())
    assert value(expressions, text) == expected


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("event.attributes.nosuch", 'Key not found in map : "nosuch"'),
        ("event.attributes.total + 1", "No matching overloads found : _+_(double, int64)"),
        ("1.0 / 0.0", "the value must be finite numbers"),
        ("9007199254740993", f"the value must be whole numbers up to ±{MAX_WHOLE}"),
        ("{1: 2}", "the value must have texts for names"),
        ("duration('-1s')", "the value must not be negative"),
        ("[b'x']", "the value must be JSON, not bytearray"),
        ("[event.attributes.items[9]]", "Index error: index=9 size=2"),
    ],
)
def test_an_expression_without_a_value_has_an_error(expressions: WorkflowExpressions, text: str, error: str) -> None:
    failed = value(expressions, text)
    assert isinstance(failed, ExpressionFailed)
    assert error in failed.error


def test_unknown_texts_are_empty(expressions: WorkflowExpressions) -> None:
    variables = Variables(event(root=None))
    text = "event.rootEntityType + event.rootEntityId + event.rootEntityRef + entity.ref"
    assert expressions.value(text, variables, order(ref=None)) == ""


def test_the_entity_is_seen_as_it_is_at_each_step(expressions: WorkflowExpressions) -> None:
    variables = Variables(event())
    assert expressions.holds("entity.status == 'A'", variables, order("A")) is True
    assert expressions.holds("entity.status == 'A'", variables, order("B")) is False


def test_attributes_of_too_many_names_are_not_seen(expressions: WorkflowExpressions) -> None:
    wide = {str(n): n for n in range(MAX_ITEMS + 1)}
    assert expressions.value("size(event.attributes)", Variables(event(attributes=wide)), order(attributes=wide)) == 0


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_WHOLE, MAX_WHOLE) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=10,
)  # fmt: skip


@given(json_values)
def test_an_expression_returns_unchanged_values_unchanged(value: Json) -> None:
    expressions = WorkflowExpressions()
    if problem(value) is None:
        variables = Variables(event(attributes={"x": value}))
        assert expressions.value("event.attributes.x", variables, order()) == value


def test_numbers_are_seen_as_doubles() -> None:
    assert repr(cel_value({"a": [1, True, 2.5]})) == repr({"a": [1.0, True, 2.5]})


@pytest.mark.parametrize(
    ("plain", "json"),
    [
        (5.0, 5),
        (-0.5, -0.5),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00.000Z"),
        (timedelta(seconds=1.5), "PT1.500000S"),
    ],
)
def test_values_are_printed_as_json(plain: object, json: Json) -> None:
    assert repr(json_value(plain)) == repr(json)
