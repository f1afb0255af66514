"""Simulation: the tree of an event and of all that it would send, with nothing stored."""

from tests.support.workflows import event, order, ruleset, step, version
from tidings_server.workflow.audits import EventStatus
from tidings_server.workflow.engine.engine import Engine
from tidings_server.workflow.engine.simulation import MAX_EVENTS, SimulatedEvent, simulate
from tidings_server.workflow.entities import EntityIndex, Reference


def names(simulated: SimulatedEvent) -> list[object]:
    return [simulated.event.name, *map(names, simulated.sent)]


def size(simulated: SimulatedEvent) -> int:
    return 1 + sum(map(size, simulated.sent))


def test_events_run_in_the_order_of_a_log_each_on_the_entities_of_those_before(engine: Engine) -> None:
    workflow = version(
        ruleset("CREATE", step("SendEvent", eventName="Pick"), step("SendEvent", eventName="Note")),
        ruleset("Pick", step("ChangeState", status="PICKED"), step("SendEvent", eventName="Ship")),
        ruleset("Note", step("SetAttribute", name="seen", value="${entity.status}")),
        ruleset("Ship", step("ScheduleEvent", eventName="Note", delay="PT1H"), states=["PICKED"]),
    )
    roster = EntityIndex()
    tree = simulate(engine, workflow, event("CREATE"), roster)
    assert names(tree) == ["CREATE", ["Pick", ["Ship"]], ["Note"]]
    entity = roster.find(Reference("ORDER", "1234"))
    assert entity is not None
    assert (entity.status, entity.attributes) == ("PICKED", {"seen": "PICKED"})


def test_a_chain_that_would_never_end_ends(engine: Engine) -> None:
    again = version(ruleset("CancelOrder", step("SendEvent", eventName="CancelOrder")))
    tree = simulate(engine, again, event(), EntityIndex([order()]))
    assert size(tree) == 33
    while tree.sent:
        [tree] = tree.sent
    assert (tree.event.depth, tree.result.status) == (32, EventStatus.FAILED)


def test_a_tree_that_would_be_too_large_is_marked_as_cut(engine: Engine) -> None:
    twins = version(ruleset("CancelOrder", *[step("SendEvent", eventName="CancelOrder")] * 2))
    tree = simulate(engine, twins, event(), EntityIndex([order()]))
    assert MAX_EVENTS - 2 <= size(tree) <= MAX_EVENTS
    while tree.sent:
        tree = tree.sent[-1]
    assert tree.is_cut
