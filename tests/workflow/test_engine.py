"""The engine: entity, actions and audits of a run."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import pytest

from tests.support.workflows import ORDER, event, order, ruleset, step, version
from tidings_server.platform.clock import ManualClock
from tidings_server.workflow.attributes import attribute
from tidings_server.workflow.audits import Audit, AuditCategory, EventStatus, timers
from tidings_server.workflow.definition.expressions import WorkflowExpressions
from tidings_server.workflow.definition.props import NAME, Prop, Props
from tidings_server.workflow.engine.actions import (
    AttributeChanged,
    EventScheduled,
    EventSent,
    StatusChanged,
    TopicEmitted,
    WebhookRequested,
)
from tidings_server.workflow.engine.engine import MAX_RUN_US, Engine, EngineResult
from tidings_server.workflow.engine.rules import RULES, ChangeState, Effect, RuleContext, RuleFailed, WorkflowRule
from tidings_server.workflow.entities import Reference
from tidings_server.workflow.workflow_event import MAX_ACTIONS, MAX_DEPTH, MAX_TREE_ACTIONS


def steps_of(result: EngineResult) -> list[tuple[AuditCategory, str, EventStatus]]:
    return [(audit.category, audit.name, audit.status) for audit in result.audits]


def facts_of(audit: Audit) -> dict[str, Any]:
    return {one.name: one.value for one in audit.attributes}


def test_the_first_event_that_a_ruleset_matches_creates_the_entity(engine: Engine) -> None:
    create = version(ruleset("CREATE", step("ChangeState", status="CREATED")))
    result = engine.run(event("CREATE", entity=Reference("ORDER", ref="ON-9"), subtype="HD"), None, create)
    assert result.entity == order("CREATED", id="id-1", ref="ON-9")
    assert result.status is EventStatus.SUCCESS


def test_an_entity_without_a_rule_that_sets_it_has_no_status(engine: Engine) -> None:
    result = engine.run(event("CREATE"), None, version(ruleset("CREATE")))
    assert result.entity is not None
    assert (result.entity.id, result.entity.status) == ("1234", "")


def test_the_run_of_a_sync_event_is_complete(engine: Engine) -> None:
    assert engine.run(event(is_sync=True), order(), version(ruleset("CancelOrder"))).status is EventStatus.COMPLETE


@pytest.mark.parametrize(
    "workflow", [None, version(ruleset("ShipOrder")), version(ruleset("CancelOrder", type="WAVE"))]
)
def test_an_event_that_no_ruleset_takes_changes_nothing(engine: Engine, workflow: Any) -> None:
    before = order()
    result = engine.run(event(), before, workflow)
    assert result.entity is before
    assert (result.status, result.actions) == (EventStatus.NO_MATCH, ())
    assert steps_of(result) == [(AuditCategory.SNAPSHOT, "snapshot", EventStatus.SUCCESS)]


def test_no_match_creates_no_entity(engine: Engine) -> None:
    assert engine.run(event(), None, version(ruleset("ShipOrder"))).entity is None


def test_rules_run_in_order_and_each_sees_the_effects_of_those_before(engine: Engine) -> None:
    workflow = version(
        ruleset(
            "CancelOrder",
            step("ChangeState", status="CANCELLED"),
            step("SetAttribute", name="was", value="${entity.status}"),
            step("SetAttribute", name="twice", value="${entity.attributes.was + entity.attributes.was}"),
        )
    )
    result = engine.run(event(), order(), workflow)
    assert result.entity == order("CANCELLED", attributes={"was": "CANCELLED", "twice": "CANCELLEDCANCELLED"})
    assert result.actions == (
        StatusChanged("BOOKED", "CANCELLED"),
        AttributeChanged("was", None, "CANCELLED"),
        AttributeChanged("twice", None, "CANCELLEDCANCELLED"),
    )


def test_every_rule_has_an_action(engine: Engine) -> None:
    workflow = version(
        ruleset(
            "CancelOrder",
            step("SendEvent", eventName="Refund", attributes={"reason": "${event.attributes.reason}"}),
            step("SendEvent", eventName="Stop", entityType="fulfilment", entityRef="${entity.ref + '-1'}"),
            step("ScheduleEvent", eventName="Archive", delay="P30D"),
            step("ScheduleEvent", eventName="Remind", at="${now + duration('90m')}"),
            step("SendWebhook", url="https://shop.example/hooks?order=1"),
            step("EmitTopic", topic="order.cancelled"),
        )
    )
    sent = engine.run(event(attributes={"reason": "Fraud"}), order(), workflow).actions
    refund, stop, archive, remind, webhook, topic = sent
    assert isinstance(refund, EventSent)
    assert (refund.event.name, refund.event.entity, refund.event.root) == ("Refund", ORDER, ORDER)
    assert (refund.event.attributes, refund.event.depth) == ({"reason": "Fraud"}, 1)
    assert isinstance(stop, EventSent)
    assert (stop.event.entity, stop.event.root) == (Reference("FULFILMENT", ref="ON-1234-1"), ORDER)
    assert isinstance(archive, EventScheduled)
    assert archive.due_at_us == event().recorded_at_us + 30 * 86_400 * 1_000_000
    assert isinstance(remind, EventScheduled)
    assert remind.due_at_us == event().recorded_at_us + 90 * 60 * 1_000_000
    assert webhook == WebhookRequested("id-5", "https://shop.example/hooks?order=1")
    assert topic == TopicEmitted("id-6", "order.cancelled")


def test_an_event_without_a_root_runs_for_the_root_of_its_entity(engine: Engine) -> None:
    child = Reference("FULFILMENT", ref="F-1")
    workflow = version(ruleset("Pick", step("SendEvent", eventName="Picked"), type="FULFILMENT"))
    fulfilment = order("CREATED", type="FULFILMENT", id="F", ref="F-1")
    [sent] = engine.run(event("Pick", entity=child, root=None), fulfilment, workflow).actions
    assert isinstance(sent, EventSent)
    assert sent.event.root == ORDER


def test_the_rest_of_the_allowance_is_divided_among_the_events_sent(engine: Engine) -> None:
    twins = version(ruleset("CancelOrder", *[step("SendEvent", eventName="CancelOrder")] * 2))
    first, second = engine.run(event(), order(), twins).actions
    assert isinstance(first, EventSent)
    assert isinstance(second, EventSent)
    assert first.event.allowance == second.event.allowance == (MAX_TREE_ACTIONS - 2) // 2


# ---------------------------------------------------------------- records


def test_a_run_is_recorded_step_by_step(engine: Engine, clock: ManualClock) -> None:
    workflow = version(
        ruleset("CancelOrder", states=["CREATED"]),
        ruleset(
            "CancelOrder",
            step("SetAttribute", when="event.attributes.reason == 'Fraud'", name="fraud", value=True),
            step("ChangeState", status="CANCELLED"),
            states=["BOOKED"],
        ),
    )
    result = engine.run(event(attributes={"reason": "Late"}), order(), workflow)
    now_us = clock.now_us()
    assert result.audits == (
        Audit(
            AuditCategory.RULE_SET,
            "CancelOrder",
            EventStatus.NO_MATCH,
            now_us,
            (attribute("condition", "entity.status in ['CREATED']"),),
        ),
        Audit(
            AuditCategory.RULE,
            "SetAttribute",
            EventStatus.NO_MATCH,
            now_us,
            (attribute("condition", "event.attributes.reason == 'Fraud'"),),
        ),
        Audit(AuditCategory.RULE, "ChangeState", EventStatus.SUCCESS, now_us, timers(now_us, now_us)),
        Audit(
            AuditCategory.ACTION,
            "Change State",
            EventStatus.SUCCESS,
            now_us,
            (attribute("from", "BOOKED"), attribute("to", "CANCELLED")),
        ),
        Audit(AuditCategory.RULE_SET, "CancelOrder", EventStatus.SUCCESS, now_us, timers(now_us, now_us)),
        Audit(AuditCategory.SNAPSHOT, "snapshot", EventStatus.SUCCESS, now_us, (attribute("status", "CANCELLED"),)),
    )


def test_a_condition_that_fails_skips_its_rule_and_is_recorded(engine: Engine) -> None:
    workflow = version(ruleset("CancelOrder", step("ChangeState", when="event.attributes.x == 1.0", status="X")))
    result = engine.run(event(), order(), workflow)
    assert result.status is EventStatus.SUCCESS
    assert facts_of(result.audits[0]) == {
        "condition": "event.attributes.x == 1.0",
        "error": 'Key not found in map : "x"',
    }


# ---------------------------------------------------------------- failures and guards


@pytest.mark.parametrize(
    ("failing", "failure"),
    [
        (step("ChangeState", status="${event.attributes.nosuch}"), 'Key not found in map : "nosuch"'),
        (step("ChangeState", status="${event.attributes.number}"), "status must be a text of 1 to 128 characters"),
        (step("SetAttribute", name="x", value="${1.0 / 0.0}"), "the value must be finite numbers"),
        (step("SetAttribute", name="x", value={"deep": ["${1 / 0}"]}), "divide by zero"),
        (step("ScheduleEvent", eventName="X", delay="${event.attributes.text}"), "must be an ISO 8601 duration"),
        (step("SendWebhook", url="${event.attributes.text}"), "must be an http or https URL"),
        (step("EmitTopic", topic="${event.attributes.text}"), "must be a topic"),
        (step("NoSuchRule"), "there is no such rule"),
    ],
)
def test_a_failing_rule_leaves_the_entity_and_names_itself(
    engine: Engine, failing: Mapping[str, Any], failure: str
) -> None:
    workflow = version(ruleset("CancelOrder", step("ChangeState", status="CANCELLED"), dict(failing)))
    before = order()
    result = engine.run(event(attributes={"number": 5, "text": "no such thing"}), before, workflow)
    assert (result.status, result.entity, result.actions) == (EventStatus.FAILED, before, ())
    assert steps_of(result) == [
        (AuditCategory.RULE, "ChangeState", EventStatus.SUCCESS),
        (AuditCategory.RULE, failing["name"], EventStatus.FAILED),
        (AuditCategory.EXCEPTION, "exception", EventStatus.FAILED),
        (AuditCategory.RULE_SET, "CancelOrder", EventStatus.FAILED),
        (AuditCategory.SNAPSHOT, "snapshot", EventStatus.SUCCESS),
    ]
    exception = facts_of(result.audits[2])
    assert (exception["ruleSet"], exception["rule"]) == ("CancelOrder", failing["name"])
    assert failure in exception["message"]
    assert result.failure == f"{failing['name']}: {exception['message']}"


def test_a_failing_rule_creates_no_entity(engine: Engine) -> None:
    result = engine.run(event(), None, version(ruleset("CancelOrder", step("NoSuchRule"))))
    assert (result.status, result.entity) == (EventStatus.FAILED, None)


@pytest.mark.parametrize("rule", ["SendEvent", "ScheduleEvent"])
def test_a_chain_of_events_ends_at_its_greatest_depth(engine: Engine, rule: str) -> None:
    delay = {"delay": "PT1H"} if rule == "ScheduleEvent" else {}
    again = version(ruleset("CancelOrder", step(rule, eventName="CancelOrder", **delay)))
    assert engine.run(event(depth=MAX_DEPTH - 1), order(), again).status is EventStatus.SUCCESS
    result = engine.run(event(depth=MAX_DEPTH), order(), again)
    assert result.failure == f"{rule}: a chain of events ends at depth 32"


def test_an_event_takes_no_more_than_its_actions(engine: Engine) -> None:
    # Definitions have at most 256 rules a ruleset, so only data from elsewhere can have more.
    many = version(ruleset("CancelOrder", *[step("SetAttribute", name="x", value=1)] * MAX_ACTIONS))
    assert len(engine.run(event(), order(), many).actions) == MAX_ACTIONS
    [only] = many.workflow.rulesets
    more = type(many)(many.workflow, 1)
    more._rulesets["CancelOrder", "ORDER"] = [type(only)(only.name, only.type, rules=only.rules * 2)]
    assert engine.run(event(), order(), more).failure == "SetAttribute: an event may take at most 256 actions"


def test_an_event_takes_no_more_actions_than_its_cause_has_left_it(engine: Engine) -> None:
    workflow = version(ruleset("CancelOrder", *[step("ChangeState", status="X")] * 3))
    assert engine.run(event(allowance=3), order(), workflow).status is EventStatus.SUCCESS
    failure = engine.run(event(allowance=2), order(), workflow).failure
    assert failure == "ChangeState: an event and all that follow from it may take at most 4,096 actions"


def test_rules_that_take_too_long_fail_the_run(expressions: WorkflowExpressions, clock: ManualClock) -> None:
    class Slow(WorkflowRule):
        name = "Slow"
        props: ClassVar[Mapping[str, Prop]] = MappingProxyType({"status": Prop(NAME)})

        def act(self, props: Props, turn: RuleContext) -> Effect:
            clock._now_us += MAX_RUN_US + 1
            return ChangeState().act(props, turn)

    engine = Engine({**RULES, "Slow": Slow()}, expressions, clock=clock, new_id=str)
    workflow = version(ruleset("CancelOrder", step("Slow", status="X"), step("ChangeState", status="Y")))
    result = engine.run(event(), order(), workflow)
    assert result.failure == "ChangeState: the rules of an event may take at most 0.25 s"
    assert facts_of(result.audits[0])["stopTimer"] - facts_of(result.audits[0])["startTimer"] == 250


def test_attributes_of_an_entity_have_a_bound(engine: Engine) -> None:
    workflow = version(ruleset("CancelOrder", step("SetAttribute", name="copy", value={"a": "x" * 1_000})))
    full = order(attributes={"kept": "x" * 262_000})
    assert "would be larger than 262,144 bytes" in str(engine.run(event(), full, workflow).failure)


@pytest.mark.parametrize(
    ("rule", "times", "failure"),
    [
        (step("SendEvent", eventName="X", attributes="${event.attributes}"), 4, None),
        (step("SendEvent", eventName="X", attributes="${event.attributes}"), 5, "all that a run sends"),
        (step("EmitTopic", topic="order.x"), 5, "all that a run sends"),
        (step("SendWebhook", url="https://x.example"), 5, "all that a run sends"),
        (
            step("SendEvent", eventName="X", attributes={"a": "${event.attributes}", "b": "${event.attributes}"}),
            1,
            "the event's",
        ),
    ],
)
def test_the_size_of_events_that_a_run_sends_has_a_bound(
    engine: Engine, rule: dict[str, Any], times: int, failure: str | None
) -> None:
    large = event(attributes={str(number): "x" * 4_000 for number in range(60)})
    result = engine.run(large, order(), version(ruleset("CancelOrder", *[rule] * times)))
    assert (failure or "None") in str(result.failure)


def test_an_audit_has_the_length_of_a_long_value(engine: Engine) -> None:
    workflow = version(ruleset("CancelOrder", step("SetAttribute", name="x", value="y" * 1_025)))
    result = engine.run(event(), order(), workflow)
    assert facts_of(result.audits[1])["to"] == "(1,025 characters)"
    assert result.entity is not None
    assert result.entity.attributes == {"x": "y" * 1_025}


def test_a_rule_gets_its_context(expressions: WorkflowExpressions, clock: ManualClock) -> None:
    turns = []

    class Look(WorkflowRule):
        name = "Look"
        props: ClassVar[Mapping[str, Prop]] = MappingProxyType({})

        def act(self, _props: Props, turn: RuleContext) -> Effect:
            turns.append(turn)
            raise RuleFailed("seen enough")

    engine = Engine({"Look": Look()}, expressions, clock=clock, new_id=str)
    engine.run(event(), order(), version(ruleset("CancelOrder", step("Look"))))
    assert [(turn.event, turn.entity, turn.root) for turn in turns] == [(event(), order(), ORDER)]
