"""Matching: the ruleset by name, kind, subtype and state; the workflow by the root's kind and subtype."""

from typing import Any

import pytest

from tests.support.workflows import event, order, ruleset, version, workflow
from tidings_server.workflow.engine.matching import ActiveWorkflows, ExecutableWorkflow
from tidings_server.workflow.entities import Entity, EntityIndex, Reference, root_of

FULFILMENT = Reference("FULFILMENT", ref="F-1")


@pytest.mark.parametrize(
    ("given", "entity", "matches"),
    [
        (ruleset("CancelOrder"), order(), True),
        (ruleset("CancelOrder"), order("ANY"), True),
        (ruleset("CancelOrder"), None, True),
        (ruleset("cancelorder"), order(), False),
        (ruleset("CancelOrder", type="order"), order(), True),
        (ruleset("CancelOrder", type="WAVE"), order(), False),
        (ruleset("CancelOrder", subtype="hd"), order(), True),
        (ruleset("CancelOrder", subtype="CC"), order(), False),
        (ruleset("CancelOrder", subtype="CC"), None, True),
        (ruleset("CancelOrder", states=["BOOKED", "PICKED"]), order(), True),
        (ruleset("CancelOrder", states=["PICKED"]), order(), False),
        (ruleset("CancelOrder", states=["booked"]), order(), False),
        (ruleset("CancelOrder", states=[""]), order(), False),
        (ruleset("CancelOrder", states=[""]), None, True),
        (ruleset("CancelOrder", states=["BOOKED"]), None, False),
    ],
)
def test_a_ruleset_matches_by_name_kind_subtype_and_state(
    given: dict[str, Any], entity: Entity | None, *, matches: bool
) -> None:
    found = version(given).match(event(subtype="CC"), entity)
    assert (found.ruleset is not None) is matches


def test_skipped_rulesets_have_the_condition_that_is_false() -> None:
    skips = [ruleset("CancelOrder", subtype="CC"), ruleset("CancelOrder", subtype="HD", states=["NEW", "PICKED"])]
    found = version(*skips, ruleset("Ship")).match(event(), order())
    assert found.ruleset is None
    assert [condition for _, condition in found.skipped] == [
        "entity.subtype == 'CC'",
        "entity.status in ['NEW', 'PICKED']",
    ]


def test_the_workflow_is_that_of_the_subtype_else_that_of_any() -> None:
    home = ExecutableWorkflow(workflow(ruleset("x"), entitySubtype="hd"), 3)
    other = ExecutableWorkflow(workflow(ruleset("x"), name="ORDER"), 1)
    active = ActiveWorkflows([home, other])
    assert active.find("ORDER", "HD") is home
    assert active.find("ORDER", "CC") is other
    assert active.find("ORDER", "") is other
    assert active.find("WAVE", "") is None
    assert ActiveWorkflows([home]).find("ORDER", "") is None


def test_an_event_that_names_no_root_is_about_one_where_its_kind_is_one() -> None:
    assert root_of(Reference("ORDER", "1"), None) == Reference("ORDER", "1")
    assert root_of(FULFILMENT, Reference("ORDER", "1")) == Reference("ORDER", "1")
    assert root_of(FULFILMENT, None) is None


def test_an_entity_is_read_by_its_id_else_by_its_ref() -> None:
    index = EntityIndex([order("A"), order("B", id="2", ref="ON-2"), order("C", id="3", ref=None)])

    def status(*, ident: str | None = None, ref: str | None = None, kind: str = "ORDER") -> str | None:
        found = index.find(Reference(kind, ident, ref))
        return found.status if found else None

    assert status(ident="1234") == status(ref="ON-1234") == status(ident="nosuch", ref="ON-1234") == "A"
    assert status(ident="2", ref="ON-1234") == "B"
    assert status(ident="3") == "C"
    assert status(ident="nosuch") is status(ref="nosuch") is status(ident="2", kind="WAVE") is None
    index.put(order("Z"))
    assert status(ref="ON-1234") == "Z"
