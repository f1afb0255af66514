"""The guide and the example scheme are valid."""

import json
import re
from pathlib import Path

import pytest
from google.protobuf.json_format import ParseDict

from tidings.loyalty.v1 import economies_pb2, rules_pb2
from tidings_server.loyalty.api import economies, rule_messages
from tidings_server.loyalty.api.event_codec import condition_language
from tidings_server.loyalty.rules import economy, rule_validation
from tidings_server.loyalty.rules.lifecycle import RuleStatus, may_become

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/loyalty.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
"""Language and text of the fenced blocks."""
RULES = sorted((ROOT / "examples/loyalty/rules").glob("*.json"))


def test_the_conditions_of_the_guide_compile() -> None:
    conditions = next(text for language, text in BLOCKS if not language and "counters" in text).splitlines()
    assert len(conditions) > 5
    for condition in conditions:
        condition_language().check(condition)


def test_the_lifecycle_of_a_rule_in_the_guide_is_that_of_the_code() -> None:
    steps = re.findall(r"([A-Z]+) → ([A-Z]+)(?: or ([A-Z]+))?", GUIDE)
    transitions = {(RuleStatus[start], RuleStatus[end]) for start, *ends in steps for end in ends if end}
    assert transitions == {(start, end) for start in RuleStatus for end in RuleStatus if may_become(start, end)}


def test_the_rule_of_the_guide_is_valid() -> None:
    written = next(text for language, text in BLOCKS if language == "json" and '"assesses"' in text)
    assert (
        list(rule_validation.rule_violations(rule_messages.load(ParseDict(json.loads(written), rules_pb2.Rule()))))
        == []
    )


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_the_rules_of_the_example_are_valid(path: Path) -> None:
    draft = rule_messages.load(ParseDict(json.loads(path.read_text()), rules_pb2.Rule()))
    assert list(rule_validation.rule_violations(draft)) == []
    if draft.condition:
        condition_language().check(draft.condition)


def test_the_economy_of_the_example_is_valid() -> None:
    fields = json.loads((ROOT / "examples/loyalty/economy.json").read_text())
    assert list(economy.economy_violations(economies.load(ParseDict(fields, economies_pb2.Economy())))) == []
