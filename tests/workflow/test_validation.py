"""Validation: what is refused, with the path to it, and what is only odd."""

from typing import Any

import pytest

from tests.support.workflows import ruleset, step, workflow
from tidings_server.expressions import cost
from tidings_server.platform.errors import InvalidInput
from tidings_server.workflow.definition.validation import WorkflowValidator

RULE = "rulesets[0].rules[0]"


def violations(validator: WorkflowValidator, *rulesets: dict[str, Any]) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        validator.check(workflow(*rulesets))
    return [str(violation) for violation in refused.value.violations]


@pytest.mark.parametrize(
    ("rule", "violation"),
    [
        (
            step("Explode"),
            f"{RULE}.name: must be one of ChangeState, EmitTopic, ScheduleEvent, SendEvent, SendWebhook, SetAttribute",
        ),
        (step("ChangeState"), f"{RULE}.props.status: is required"),
        (step("ChangeState", status=5), f"{RULE}.props.status: must be a text of 1 to 128 characters"),
        (step("ChangeState", status=""), f"{RULE}.props.status: must be a text of 1 to 128 characters"),
        (step("ChangeState", status=None), f"{RULE}.props.status: must be a text of 1 to 128 characters"),
        (
            step("ChangeState", status="X", state="Y"),
            f"{RULE}.props.state: is no prop of ChangeState, which takes status",
        ),
        (step("SetAttribute", name="x"), f"{RULE}.props.value: is required"),
        (step("SendEvent", eventName="x", attributes=[]), f"{RULE}.props.attributes: must be an object"),
        (step("SendEvent", eventName="x", entityType="WAVE"), f"{RULE}.props: entityType needs entityRef beside it"),
        (step("ScheduleEvent", eventName="x"), f"{RULE}.props: exactly one of delay and at is required"),
        (
            step("ScheduleEvent", eventName="x", delay="PT1H", at="2026-01-01T00:00:00Z"),
            f"{RULE}.props: exactly one of delay and at is required",
        ),
        (step("ScheduleEvent", eventName="x", delay="1h"), f"{RULE}.props.delay: must be an ISO 8601 duration"),
        (step("ScheduleEvent", eventName="x", delay="P2000D"), f"{RULE}.props.delay: must be at most 1,830 days"),
        (step("ScheduleEvent", eventName="x", at="2026-01-01"), f"{RULE}.props.at: must be an RFC 3339 date-time"),
        (step("SendWebhook", url="ftp://x/"), f"{RULE}.props.url: must be an http or https URL"),
        (step("SendWebhook", url="https://user@x/"), f"{RULE}.props.url: must be an http or https URL"),
        (step("SendWebhook", url="https://[x/"), f"{RULE}.props.url: must be an http or https URL"),
        (step("SendWebhook", url="https://x:99999/"), f"{RULE}.props.url: must be an http or https URL"),
        (step("EmitTopic", topic="Order.Shipped"), f"{RULE}.props.topic: must be a topic such as order.shipped"),
        (step("EmitTopic", topic="order.*"), f"{RULE}.props.topic: must be a topic such as order.shipped"),
        (step("EmitTopic", topic="audit.action"), f"{RULE}.props.topic: must not be below audit, delivery,"),
        # expressions
        (
            step("ChangeState", when="", status="${"),
            f"{RULE}.props.status: an expression ${{…}} must be the whole text",
        ),
        (step("ChangeState", status="A ${entity.ref}"), f"{RULE}.props.status: an expression ${{…}} must be the whole"),
        (step("ChangeState", status="${}"), f"{RULE}.props.status: does not compile: 1:1: Syntax error"),
        (step("ChangeState", status="${entity.nosuch}"), f"{RULE}.props.status: does not compile: 1:7: undeclared"),
        (step("ChangeState", status="${1}"), f"{RULE}.props.status: must be STRING (got an expression of INT)"),
        (
            step("SetAttribute", name="x", value="${b'x'}"),
            f"{RULE}.props.value: must have a JSON value (got an expression of BYTES)",
        ),
        (
            step("SetAttribute", name="x", value={"a": [1, {"b": "${nosuch}"}]}),
            f"{RULE}.props.value.a[1].b: does not compile: 1:1: undeclared",
        ),
        (step("SendEvent", eventName="x", attributes="${[1]}"), f"{RULE}.props.attributes: must be MAP"),
        (step("ScheduleEvent", eventName="x", delay="${5}"), f"{RULE}.props.delay: must be DURATION or STRING"),
        (step("ChangeState", status="X", when="entity.status"), f"{RULE}.when: must be true or false"),
        (step("ChangeState", status="X", when="event.attributes.x"), f"{RULE}.when: must be true or false"),
        (step("ChangeState", status="X", when="1 +"), f"{RULE}.when: does not compile: 1:4: Syntax error"),
        (step("ChangeState", status="X", when="true || " * 300 + "true"), f"{RULE}.when: at most 2,048 characters"),
        (
            step("ChangeState", status="X", when="event.attributes.a.all(x, x in event.attributes.b)"),
            f"{RULE}.when: {cost.OUTSIDE.format('event.attributes')}",
        ),
        (
            step("SetAttribute", name="x", value="${event.attributes.a.map(x, event.attributes)}"),
            f"{RULE}.props.value: {cost.OUTSIDE.format('event.attributes')}",
        ),
        (
            step("ChangeState", status="X", when="[1].all(x, entity.attributes.x == x)"),
            f"{RULE}.when: {cost.OUTSIDE.format('entity.attributes')}",
        ),
        (
            step("ChangeState", status="X", when="[[1]].all(x, x.all(y, y == 1))"),
            f"{RULE}.when: {cost.NESTED}",
        ),
    ],
)
def test_a_rule_that_cannot_run_is_refused(validator: WorkflowValidator, rule: dict[str, Any], violation: str) -> None:
    [found] = violations(validator, ruleset("CREATE", rule))
    assert found.startswith(violation)


@pytest.mark.parametrize(
    "rule",
    [
        step("ChangeState", status="${'A' + entity.status}", when="event.attributes.total > 10.0"),
        step("ChangeState", status="${event.attributes.status}"),
        step("SetAttribute", name="x", value=None),
        step("SetAttribute", name="${event.name}", value={"a": ["${now}", 1, True]}),
        step("SetAttribute", name="x", value="${event.attributes.items.map(i, i.sku + '!')}"),
        step("SetAttribute", name="x", value="${event.attributes.items.filter(i, i.location == entity.ref)}"),
        step(
            "SendEvent", eventName="x", entityType="WAVE", entityRef="${entity.ref}", attributes="${event.attributes}"
        ),
        step("ScheduleEvent", eventName="x", delay="${event.attributes.wait}"),
        step("ScheduleEvent", eventName="x", delay="${duration('1h')}"),
        step("ScheduleEvent", eventName="x", at="${now + duration('1h')}"),
        step("SendWebhook", url="http://localhost:8080/x?y=${z}".replace("${z}", "z")),
        step("EmitTopic", topic="order.shipped"),
    ],
)
def test_a_rule_that_can_run_is_accepted(validator: WorkflowValidator, rule: dict[str, Any]) -> None:
    validator.check(workflow(ruleset("CREATE", rule)))


def test_all_violations_are_reported_together(validator: WorkflowValidator) -> None:
    assert len(violations(validator, *[ruleset(f"E{n}", step("ChangeState", when="x")) for n in range(2)])) == 4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {}),
        ({"states": ["A", "B"]}, {"states": ["B", "C"]}),
        ({"states": ["A"]}, {}),
        ({"subtype": "HD"}, {}),
        ({"subtype": "HD"}, {"subtype": "hd", "states": ["A"]}),
        ({"type": "order"}, {"type": "ORDER"}),
    ],
)
def test_two_rulesets_that_match_the_same_are_refused(
    validator: WorkflowValidator, one: dict[str, Any], other: dict[str, Any]
) -> None:
    apart = ruleset("Ship")
    found = violations(validator, ruleset("Pick", **one), apart, ruleset("Pick", **other))
    assert found == ["rulesets[2]: matches the same as rulesets[0]: Pick of ORDER"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"states": ["A"]}, {"states": ["B"]}),
        ({"states": [""]}, {"states": ["A"]}),
        ({"subtype": "HD"}, {"subtype": "CC"}),
        ({"type": "ORDER"}, {"type": "WAVE"}),
    ],
)
def test_rulesets_that_match_apart_may_bear_one_name(
    validator: WorkflowValidator, one: dict[str, Any], other: dict[str, Any]
) -> None:
    validator.check(workflow(ruleset("Pick", **one), ruleset("Pick", **other)))


def odd(
    validator: WorkflowValidator, *rulesets: dict[str, Any], statuses: list[dict[str, Any]]
) -> list[tuple[str, str]]:
    return [(warning.path, warning.reason) for warning in validator.check(workflow(*rulesets, statuses=statuses))]


def test_unreachable_states_are_warnings(validator: WorkflowValidator) -> None:
    rulesets = [
        ruleset("CREATE", step("ChangeState", status="NEW"), states=[""]),
        ruleset("Pick", step("ChangeState", status="PICKED"), states=["NEW"]),
        ruleset("Ship", step("ChangeState", status="SHIPPED"), states=["PACKED"]),
        ruleset("Stow", step("ChangeState", status="STOWED"), states=["SHIPPED"]),
    ]
    statuses = [{"name": name} for name in ("NEW", "PICKED", "PACKED", "SHIPPED", "STOWED")]
    assert odd(validator, *rulesets, statuses=statuses) == [
        ("statuses[2]", "no ruleset leads ORDER to PACKED"),
        ("statuses[3]", "no ruleset leads ORDER to SHIPPED"),
        ("statuses[4]", "no ruleset leads ORDER to STOWED"),
    ]


def test_states_are_those_of_their_kind_of_entity(validator: WorkflowValidator) -> None:
    rulesets = [
        ruleset("CREATE", step("ChangeState", status="NEW")),
        ruleset("Pick", step("ChangeState", status="PICKED"), type="FULFILMENT"),
    ]
    statuses = [{"name": "PICKED"}, {"name": "PICKED", "entityType": "fulfilment"}]
    assert odd(validator, *rulesets, statuses=statuses) == [
        ("statuses[0]", "no ruleset leads ORDER to PICKED"),
        ("rulesets[0].rules[0].props.status", "NEW is not among the statuses of ORDER"),
    ]


def test_an_expression_may_lead_to_any_state(validator: WorkflowValidator) -> None:
    anywhere = ruleset("Move", step("ChangeState", status="${event.attributes.to}"))
    assert odd(validator, anywhere, statuses=[{"name": "THERE"}]) == []


def test_warnings_are_bounded_and_say_how_many_more_there_are(validator: WorkflowValidator) -> None:
    many = [ruleset(f"R{number}", states=[f"S{number}-{each}" for each in range(40)]) for number in range(10)]
    found = odd(validator, *many, statuses=[])
    assert len(found) == 101
    assert found[-1][1].startswith("and ")


def test_triggers_of_unreachable_states_are_warnings(validator: WorkflowValidator) -> None:
    assert odd(validator, ruleset("Pick", states=["", "BOOKD"]), statuses=[]) == [
        ("rulesets[0].triggers[1].status", "no ruleset leads ORDER to BOOKD")
    ]


def test_events_that_no_ruleset_matches_are_warnings(validator: WorkflowValidator) -> None:
    rulesets = [
        ruleset("Pick", step("SendEvent", eventName="Pick"), step("SendEvent", eventName="Pack")),
        ruleset("Ship", step("ScheduleEvent", eventName="Pick", entityType="wave", entityRef="w", delay="PT1S")),
        ruleset("Stow", step("SendEvent", eventName="${event.name}")),
    ]
    assert odd(validator, *rulesets, statuses=[]) == [
        ("rulesets[0].rules[1].props.eventName", "no ruleset takes Pack of ORDER"),
        ("rulesets[1].rules[0].props.eventName", "no ruleset takes Pick of WAVE"),
    ]
