"""Laws of the engine, for any workflow that is accepted: same in, same out; all or nothing; always an end."""

from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.workflows import NOW, event, order, ruleset, step, version
from tidings_server.platform.clock import ManualClock
from tidings_server.workflow.audits import AuditCategory, EventStatus, pack, unpack
from tidings_server.workflow.definition.expressions import WorkflowExpressions
from tidings_server.workflow.engine.actions import AttributeChanged, EventScheduled, EventSent, StatusChanged
from tidings_server.workflow.engine.engine import Engine, EngineResult
from tidings_server.workflow.engine.matching import ExecutableWorkflow
from tidings_server.workflow.engine.rules import RULES
from tidings_server.workflow.entities import Entity, EntityIndex
from tidings_server.workflow.workflow_event import MAX_TREE_ACTIONS, WorkflowEvent

STATES = ["", "A", "B"]
EVENTS = ["Go", "Stop"]
EXPRESSIONS = WorkflowExpressions()

conditions = st.sampled_from(
    [None, "true", "entity.status == 'A'", "event.attributes.x > 1.0", "has(entity.attributes.x)", "1 / 0 == 1"]
)
values = st.sampled_from(
    ["text", 5, None, ["${entity.status}"], "${event.attributes.x}", "${entity.attributes.x}", "${now}", "${1 / 0}"]
)
steps: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(lambda when, to: step("ChangeState", when=when, status=to), conditions, st.sampled_from(["A", "B"])),
    st.builds(lambda when, value: step("SetAttribute", when=when, name="x", value=value), conditions, values),
    st.builds(lambda when, name: step("SendEvent", when=when, eventName=name), conditions, st.sampled_from(EVENTS)),
    st.builds(lambda when: step("ScheduleEvent", when=when, eventName="Go", delay="PT5M"), conditions),
    st.builds(lambda when: step("EmitTopic", when=when, topic="order.moved"), conditions),
)


def rulesets_of(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [ruleset(name, *draw(st.lists(steps, max_size=6)), states=[state]) for name in EVENTS for state in STATES]


@st.composite
def versions(draw: st.DrawFn) -> ExecutableWorkflow:
    return version(*rulesets_of(draw))


entities = st.none() | st.builds(
    lambda status, attributes: order(status, attributes=attributes),
    st.sampled_from(STATES),
    st.sampled_from([{}, {"x": 7}]),
)
events = st.builds(
    lambda name, attributes, depth, allowance: event(name, attributes=attributes, depth=depth, allowance=allowance),
    st.sampled_from(EVENTS),
    st.sampled_from([{}, {"x": 0}, {"x": 2.5}]),
    st.integers(0, 32),
    st.integers(0, 10) | st.just(MAX_TREE_ACTIONS),
)


def run(workflow: ExecutableWorkflow, event: WorkflowEvent, entity: Entity | None) -> EngineResult:
    engine = Engine(RULES, EXPRESSIONS, clock=ManualClock(NOW), new_id=map(str, count()).__next__)
    return engine.run(event, entity, workflow)


@given(versions(), events, entities)
def test_the_same_event_on_the_same_entity_gives_the_same(
    workflow: ExecutableWorkflow, event: WorkflowEvent, entity: Entity | None
) -> None:
    assert run(workflow, event, entity) == run(workflow, event, entity)


@given(versions(), events, entities)
def test_a_run_takes_effect_as_a_whole_or_not_at_all(
    workflow: ExecutableWorkflow, event: WorkflowEvent, entity: Entity | None
) -> None:
    result = run(workflow, event, entity)
    recorded = [audit for audit in result.audits if audit.category is AuditCategory.ACTION]
    assert len(recorded) == len(result.actions)
    if result.status is EventStatus.FAILED:
        assert (result.entity, result.actions) == (entity, ())
        assert result.failure
    else:
        assert result.failure is None


@given(versions(), events, entities)
def test_the_recorded_changes_are_those_of_the_entity(
    workflow: ExecutableWorkflow, event: WorkflowEvent, entity: Entity | None
) -> None:
    result = run(workflow, event, entity)
    status = entity.status if entity else ""
    attributes = dict(entity.attributes) if entity else {}
    for action in result.actions:
        if isinstance(action, StatusChanged):
            assert action.before == status
            status = action.after
        elif isinstance(action, AttributeChanged):
            assert action.before == attributes.get(action.name)
            attributes[action.name] = action.after
    if result.entity:
        assert (result.entity.status, result.entity.attributes) == (status, attributes)


@given(versions(), events, entities)
def test_the_allowance_is_never_overdrawn(
    workflow: ExecutableWorkflow, event: WorkflowEvent, entity: Entity | None
) -> None:
    actions = run(workflow, event, entity).actions
    handed_on = [action.event for action in actions if isinstance(action, EventSent | EventScheduled)]
    assert len(actions) + sum(one.allowance for one in handed_on) <= max(event.allowance, 0)
    assert all(one.depth == event.depth + 1 <= 32 for one in handed_on)


@given(versions(), events, entities)
def test_every_record_survives_its_row(
    workflow: ExecutableWorkflow, event: WorkflowEvent, entity: Entity | None
) -> None:
    result = run(workflow, event, entity)
    assert tuple(unpack(pack(result.audits))) == result.audits
    assert result.audits[-1].category is AuditCategory.SNAPSHOT


@settings(max_examples=10, deadline=None)
@given(versions(), st.sampled_from(EVENTS), entities)
def test_every_chain_of_events_ends(workflow: ExecutableWorkflow, name: str, entity: Entity | None) -> None:
    engine = Engine(RULES, EXPRESSIONS, clock=ManualClock(NOW), new_id=map(str, count()).__next__)
    entities = EntityIndex([entity] if entity else [])
    waiting, actions = [event(name, attributes={"x": 2})], 0
    while waiting:
        cause = waiting.pop(0)
        result = engine.run(cause, entities.find(cause.entity), workflow)
        if result.entity:
            entities.put(result.entity)
        actions += len(result.actions)
        followers = [action.event for action in result.actions if isinstance(action, EventSent | EventScheduled)]
        waiting += [one.to_event(cause, cause.recorded_at_us) for one in followers]
    assert actions <= MAX_TREE_ACTIONS
