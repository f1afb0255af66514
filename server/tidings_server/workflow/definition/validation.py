"""Validation: whether a workflow means anything, with the path to each fault.

Refused: an unknown rule, bad props, an expression that does not compile or costs too much, two rulesets that match the
same. What is only odd is told beside.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from tidings_server.platform.errors import InvalidInput
from tidings_server.workflow.definition.json_reader import Faults
from tidings_server.workflow.definition.language import WorkflowExpressions
from tidings_server.workflow.definition.lint import LintWarning, calls_of, lint
from tidings_server.workflow.definition.model import RuleCall, Ruleset, Workflow
from tidings_server.workflow.definition.props import Prop, expression_in, texts_in
from tidings_server.workflow.engine.rules import WorkflowRule


class WorkflowValidator:
    """Checks workflows against the rules and the language that there are."""

    def __init__(self, rules: Mapping[str, WorkflowRule], language: WorkflowExpressions) -> None:
        self._rules = rules
        self._language = language

    def check(self, workflow: Workflow) -> list[LintWarning]:
        """What is odd about a workflow. Raises InvalidInput with every fault (the first 100)."""
        faults = Faults()
        for path, _, call in calls_of(workflow):
            self._check_call(call, path, faults)
        for path, rule in _clashes(workflow):
            faults.add(path, rule)
        faults.raise_any()
        return lint(workflow)

    def _check_call(self, call: RuleCall, path: str, faults: Faults) -> None:
        if call.when:
            try:
                self._language.check_condition(call.when, f"{path}.when")
            except InvalidInput as refused:
                faults.take(refused)
        rule = self._rules.get(call.name)
        if rule is None:
            faults.add(f"{path}.name", f"must be one of {', '.join(self._rules)}")
            return
        for name in call.props:
            if name not in rule.props:
                faults.add(f"{path}.props.{name}", f"is no prop of {rule.name}, which takes {', '.join(rule.props)}")
        for name, prop in rule.props.items():
            self._check_prop(prop, name, call, path=f"{path}.props.{name}", faults=faults)
        if conflict := rule.conflict(frozenset(call.props)):
            faults.add(f"{path}.props", conflict)

    def _check_prop(self, prop: Prop, name: str, call: RuleCall, *, path: str, faults: Faults) -> None:
        if name not in call.props:
            if prop.is_required:
                faults.add(path, "is required")
            return
        value = call.props[name]
        whole = expression_in(value)
        for where, text in texts_in(value, path):
            self._check_text(text, where, faults, kinds=() if whole is None else prop.kind.results)
        if whole is None and (problem := prop.kind.problem(value)):
            faults.add(path, problem)

    def _check_text(self, text: str, path: str, faults: Faults, *, kinds: Iterable[str]) -> None:
        expression = expression_in(text)
        if expression is not None:
            try:
                self._language.check_value(expression, path, kinds)
            except InvalidInput as refused:
                faults.take(refused)
        elif "${" in text:
            faults.add(path, "an expression ${…} must be the whole text")


def _clashes(workflow: Workflow) -> Iterator[tuple[str, str]]:
    """Pairs of rulesets that would both match some event: the path of the later one, and which it clashes with."""
    same_event: dict[tuple[str, str], list[tuple[int, Ruleset]]] = {}
    for index, ruleset in enumerate(workflow.rulesets):
        same_event.setdefault((ruleset.name, ruleset.type), []).append((index, ruleset))
    for numbered in same_event.values():
        for (first, one), (second, other) in combinations(numbered, 2):
            if _overlap(one, other):
                yield f"rulesets[{second}]", f"matches the same as rulesets[{first}]: {one.name} of {one.type}"


def _overlap(one: Ruleset, other: Ruleset) -> bool:
    if one.subtype and other.subtype and one.subtype != other.subtype:
        return False
    return not one.triggers or not other.triggers or not set(one.triggers).isdisjoint(other.triggers)
