"""The guide (docs/workflows.md) lists the rules, props, variables and limits of the code."""

import json
from pathlib import Path

from tidings_server.workflow.definition.expressions import ATTRIBUTES, TEXTS, WorkflowExpressions
from tidings_server.workflow.definition.model import load
from tidings_server.workflow.definition.validation import WorkflowValidator
from tidings_server.workflow.engine.rules import RULES

GUIDE = (Path(__file__).parents[2] / "docs/workflows.md").read_text()


def blocks(kind: str) -> list[str]:
    fenced = (block.split("\n", 1) for block in GUIDE.split("```")[1::2])
    return [text for named, text in fenced if named == kind]


def test_its_workflow_is_accepted(validator: WorkflowValidator) -> None:
    [example] = blocks("json")
    assert validator.check(load(json.loads(example))) == []


def test_its_expressions_are_accepted(expressions: WorkflowExpressions) -> None:
    [examples] = blocks("")
    for text in examples.strip().splitlines():
        expressions.check_value(text, "value", ())


def test_it_names_every_rule_and_every_variable() -> None:
    rows = "\n".join(line for line in GUIDE.splitlines() if line.startswith("|"))
    for name in (*RULES, *TEXTS, *ATTRIBUTES, "now"):
        assert f"`{name}`" in rows, name
    for rule in RULES.values():
        assert all(f"`{prop}`" in rows for prop in rule.props), rule.name
