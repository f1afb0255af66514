"""Workflow definitions: read from JSON, with the path of each violation, and written back the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings_server.platform.errors import InvalidInput
from tidings_server.workflow.definition.model import EntityStatus, RuleCall, Ruleset, Workflow, dump, load

MINIMAL: dict[str, Any] = {"name": "ORDER::HD", "entityType": "order", "rulesets": [{"name": "CREATE"}]}

words = st.text("ABCabc_:", min_size=1, max_size=8)
kinds = words.map(str.upper)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text("xyz€", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
calls = st.builds(
    RuleCall, name=words, props=st.dictionaries(words, json_values, max_size=3), when=st.sampled_from(["", "true"])
)
rulesets = st.builds(
    Ruleset,
    name=words,
    type=kinds,
    subtype=st.just("") | kinds,
    triggers=st.lists(st.just("") | words, max_size=3).map(tuple),
    rules=st.lists(calls, max_size=3).map(tuple),
    user_actions=st.lists(json_values, max_size=2).map(tuple),
    description=words,
)
workflows = st.builds(
    Workflow,
    name=st.text("AZaz09._:~-", min_size=1, max_size=10),
    entity_type=kinds,
    entity_subtype=st.just("") | kinds,
    description=words,
    statuses=st.lists(st.builds(EntityStatus, words, kinds, words), max_size=3).map(tuple),
    rulesets=st.lists(rulesets, min_size=1, max_size=3).map(tuple),
)


@given(workflows)
def test_a_workflow_is_read_back_as_it_was_written(workflow: Workflow) -> None:
    assert load(dump(workflow)) == workflow


def test_kinds_are_kept_in_upper_case_and_default_to_the_workflows() -> None:
    workflow = load({**MINIMAL, "statuses": [{"name": "Booked"}], "rulesets": [{"name": "x", "subtype": "hd"}]})
    assert (workflow.entity_type, workflow.statuses[0].entity_type) == ("ORDER", "ORDER")
    assert (workflow.rulesets[0].type, workflow.rulesets[0].subtype) == ("ORDER", "HD")
    assert workflow.statuses[0].name == "Booked"


def test_the_name_in_the_path_is_the_name() -> None:
    without = {name: value for name, value in MINIMAL.items() if name != "name"}
    assert load(without, name="ORDER::HD").name == "ORDER::HD"
    with pytest.raises(InvalidInput, match="name: must be ORDER::CC, as in the path"):
        load(MINIMAL, name="ORDER::CC")


def test_fields_that_are_not_known_are_ignored() -> None:
    assert load({**MINIMAL, "versionComment": "x", "rulesets": [{"name": "CREATE", "eventType": "NORMAL"}]}) == load(
        MINIMAL
    )


@pytest.mark.parametrize(
    ("other", "violation"),
    [
        ({"name": "a/b"}, "name: must match"),
        ({"entityType": ""}, "entityType: is required"),
        ({"entityType": None}, "entityType: is required"),
        ({"entityType": "X" * 129}, "entityType: must be at most 128 characters"),
        ({"description": 5}, "description: must be a text"),
        ({"rulesets": []}, "rulesets: must have 1 to 500 items, not 0"),
        ({"rulesets": None}, "rulesets: must have 1 to 500 items, not 0"),
        ({"rulesets": {}}, "rulesets: must be a list"),
        ({"rulesets": ["x"]}, "rulesets[0]: must be an object"),
        ({"rulesets": [{}]}, "rulesets[0].name: is required"),
        ({"rulesets": [{"name": "x", "rules": [{}]}]}, "rulesets[0].rules[0].name: is required"),
        ({"rulesets": [{"name": "x", "rules": [{"name": "y"}] * 257}]}, "rulesets[0].rules: must have 0 to 256 items"),
        (
            {"rulesets": [{"name": "x", "rules": [{"name": "y", "props": []}]}]},
            "rulesets[0].rules[0].props: must be an",
        ),
        (
            {"rulesets": [{"name": "x", "rules": [{"name": "y", "props": {"a": [2**53]}}]}]},
            "rulesets[0].rules[0].props: must be whole numbers up to",
        ),
        (
            {"rulesets": [{"name": "x", "rules": [{"name": "y", "when": 1}]}]},
            "rulesets[0].rules[0].when: must be a text",
        ),
        ({"rulesets": [{"name": "x", "triggers": [{"status": 1}]}]}, "rulesets[0].triggers[0].status: must be a text"),
        ({"rulesets": [{"name": "x", "userActions": [float("nan")]}]}, "rulesets[0].userActions[0]: must be finite"),
        ({"statuses": [{}]}, "statuses[0].name: is required"),
    ],
)
def test_a_violation_has_its_path(other: dict[str, Any], violation: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        load({**MINIMAL, **other})
    assert str(refused.value).startswith(violation)


@pytest.mark.parametrize("definition", [None, [], "x", 1])
def test_a_workflow_is_an_object(definition: object) -> None:
    with pytest.raises(InvalidInput, match="workflow: must be an object"):
        load(definition)


def test_all_violations_are_reported_together() -> None:
    with pytest.raises(InvalidInput) as refused:
        load({"rulesets": [{}, {"rules": [{}]}]})
    assert [violation.field for violation in refused.value.violations] == [
        "name",
        "entityType",
        "rulesets[0].name",
        "rulesets[1].name",
        "rulesets[1].rules[0].name",
    ]
