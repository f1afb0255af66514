"""Conditions: what is refused when written, with its position, and what an evaluation says."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.protobuf import descriptor_pool

from tidings.collector.v1.events_pb2 import Event, EventPayload
from tidings_server.expressions import cost
from tidings_server.expressions.compiler import MAX_COMPILED_LENGTH
from tidings_server.expressions.conditions import ConditionFailed, Conditions
from tidings_server.platform.errors import InvalidInput

ATTRIBUTES = "event.event_payload.key_attributes"
PAYLOAD = "event.event_payload.base64_encoded_payload_json"
BULKY = frozenset({"base64_encoded_payload_json", "base64_encoded_fault_json"})
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def conditions() -> Conditions:
    return Conditions(descriptor_pool.Default(), Event.DESCRIPTOR.full_name, bulky=BULKY)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("event.nosuch == 1", "does not compile: 1:6: undefined field 'nosuch' not found in struct"),
        ("event.entity_name ==", "does not compile: 1:21: Syntax error"),
        ("", "does not compile: 1:1: Syntax error"),
        ("true ||\n nosuch", "does not compile: 2:2: undeclared reference to 'nosuch'"),
        ('"s3cret~" == 5 && nosuch', "does not compile: 1:11"),
        ("event.entity_name == 1", "does not compile: 1:19: found no matching overload"),
        ("(" * 200 + "true" + ")" * 200, "does not compile: Expression recursion limit exceeded"),
        ("event.entity_name", "must be true or false (got an expression of STRING)"),
        ("dyn(event.entity_name)", "must be true or false (got an expression of DYN)"),
        ("true" + " || true" * 300, "at most 2,048 characters (got string of 2,404 characters)"),
        (f"{ATTRIBUTES}.exists(a, {ATTRIBUTES}.exists(b, a == b))", cost.NESTED),
        ("['aa']" + ".map(s, s + s)" * 3 + ".size() > 1", cost.NESTED),
        ("[1].exists(x, {'a': [2].all(y, y > x)}['a'])", cost.NESTED),
        (f"{ATTRIBUTES}.exists(a, a.matches('x'))", cost.REGEX_INSIDE),
        ("topic.matches(event.entity_name)", cost.REGEX_PATTERN),
        (f"topic.matches('{'x' * 201}')", cost.REGEX_PATTERN),
        (" && ".join(["matches(topic, 'x')"] * 5), cost.REGEX_COUNT),
        (f"{PAYLOAD}.contains('x')", cost.BULKY.format("base64_encoded_payload_json")),
        (f"({PAYLOAD} + 'x') == 'x'", cost.BULKY.format("base64_encoded_payload_json")),
        (f"[{PAYLOAD}].exists(p, p == '')", cost.BULKY.format("base64_encoded_payload_json")),
        (f"{ATTRIBUTES}.exists(a, {PAYLOAD} == a)", cost.BULKY.format("base64_encoded_payload_json")),
    ],
)
def test_a_condition_that_is_wrong_or_costs_too_much_is_refused(conditions: Conditions, text: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        conditions.check(text)
    assert str(refused.value).startswith(f"condition: {rule}")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("true", True),
        ("topic == 'order.created'", True),
        ("event.entity_name == 'ORDER' && event.event_type == Event.EventType.ORDER", True),
        ("event.event_payload.operation == EventPayload.Operation.DELETE", False),
        (f"{ATTRIBUTES}['channel'] == 'web'", True),
        (f"'channel' in {ATTRIBUTES}", True),
        (f"{ATTRIBUTES}.exists(name, name.startsWith('ch')) && {ATTRIBUTES}.all(name, name != '')", True),
        (f"double({ATTRIBUTES}.total) > 10.0", True),
        ("topic.matches('^order[.](created|updated)$')", True),
        (f"size({PAYLOAD}) > 0 && {PAYLOAD} != 'e30='", False),
        ("now.getHours('Australia/Sydney') == 23", True),
        ("has(event.event_source)", False),
        ("{'a': [1, 2]}['a'][1] == 2", True),
    ],
)
def test_a_condition_is_evaluated_on_the_message_itself(conditions: Conditions, text: str, holds: bool) -> None:
    conditions.check(text)
    assert conditions.evaluate(text, conditions.activation(order(), "order.created", NOW)) is holds


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (f"{ATTRIBUTES}['nosuch'] == 'web'", 'Key not found in map : "nosuch"'),
        (f"int({ATTRIBUTES}.channel) > 1", "cannot convert string to int"),
        ("1 / size(event.entity_ref) > 0", "1:15: undefined field 'entity_ref' not found"),
    ],
)
def test_an_error_at_run_time_is_an_answer_not_an_exception(conditions: Conditions, text: str, error: str) -> None:
    outcome = conditions.evaluate(text, conditions.activation(order(), "order.created", NOW))
    assert isinstance(outcome, ConditionFailed)
    assert outcome.error.lower().startswith(error.lower())


def test_the_iteration_budget_ends_what_was_written_before_the_rules(conditions: Conditions) -> None:
    event = Event(event_payload=EventPayload(key_attributes={f"{n:03}": "" for n in range(256)}))
    text = f"{ATTRIBUTES}.exists(a, {ATTRIBUTES}.exists(b, {ATTRIBUTES}.exists(c, a + b == c)))"
    outcome = conditions.evaluate(text, conditions.activation(event, "order.created", NOW))
    assert outcome == ConditionFailed("Iteration budget exceeded")


def test_the_examples_of_the_documentation_compile(conditions: Conditions) -> None:
    page = Path(__file__).parents[2] / "docs" / "conditions.md"
    error, examples = re.findall(r"^```\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    for example in examples.splitlines():
        conditions.check(example)
    with pytest.raises(InvalidInput, match=re.escape(error.strip())):
        conditions.check("event.nosuch == 1")


def test_the_cache_of_compiled_conditions_is_bounded_by_their_length(conditions: Conditions) -> None:
    activation = conditions.activation(order(), "order.created", NOW)
    texts = [f"topic == 'order.created' || topic == '{'x' * 1_900}{number}'" for number in range(200)]
    for _ in range(2):
        assert all(conditions.evaluate(text, activation) is True for text in texts)
    kept = conditions._expressions
    assert sum(map(len, kept._compiled)) == kept._length <= MAX_COMPILED_LENGTH
    assert texts[-1] in kept._compiled


def order() -> Event:
    return Event(
        entity_name="ORDER",
        event_type=Event.EventType.ORDER,
        event_payload=EventPayload(
            operation=EventPayload.Operation.CREATE,
            key_attributes={"channel": "web", "total": "12.5"},
            base64_encoded_payload_json="e30=",
        ),
    )


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("event.entity_id == '1'", []),
        ("event.nosuch == 1 && event.other == 2", [(1, 6), (1, 27)]),
        ("event.entity_id == '😀' && event.nosuch == 1", [(1, 32)]),
        ("true ||\n\tevent.nosuch", [(2, 7)]),
        ("event.entity_id ==", [(1, 19)]),
        ("event.entity_id", [(0, 0)]),
        (f"{ATTRIBUTES}.exists(a, a.matches('x'))", [(0, 0)]),
        ("x" * 2_049, [(0, 0)]),
        ("\0", [(1, 1)]),
        (" + ".join("abcdefghijklmnopqrstuvwxyz"), [(1, 1 + 4 * n) for n in range(20)]),
    ],
)
def test_faults_stand_at_their_characters(conditions: Conditions, text: str, places: list[tuple[int, int]]) -> None:
    assert [(fault.line, fault.column) for fault in conditions.faults(text)] == places


def test_what_is_said_of_a_fault_is_what_a_refusal_says_and_no_text_of_the_condition(conditions: Conditions) -> None:
    text = '"s3cret~" == 5.5 + 1 && nosuch'
    [first, *_] = conditions.faults(text)
    with pytest.raises(InvalidInput) as refused:
        conditions.check(text)
    assert f"{first.line}:{first.column}: {first.message}" in str(refused.value)
    assert all("s3cret" not in fault.message for fault in conditions.faults(text))
