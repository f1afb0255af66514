"""Validation of what a workflow definition refers to, with the path of each violation.

Refused: an unknown rule, bad props, an expression that does not compile or costs too much, two rulesets that match the
same event. Warnings are the linter's.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations

from tidings_server.platform.errors import InvalidInput, Violation
from tidings_server.platform.json_type import Json
from tidings_server.platform.unknown_names import nearest, shown
from tidings_server.workflow.definition.expressions import WorkflowExpressions
from tidings_server.workflow.definition.lint import LintWarning, calls_of, lint
from tidings_server.workflow.definition.model import RuleCall, Ruleset, Workflow
from tidings_server.workflow.definition.props import Prop, expression_in, texts_in
from tidings_server.workflow.engine.rules import WorkflowRule


class WorkflowValidator:
    """Checks workflows against the rules and the variables of expressions."""

    def __init__(self, rules: Mapping[str, WorkflowRule], expressions: WorkflowExpressions) -> None:
        self._rules = rules
        self._expressions = expressions

    def check(self, workflow: Workflow) -> list[LintWarning]:
        """The linter's warnings about a workflow. Raises InvalidInput with every violation, at most 20."""
        violations: list[Violation] = []
        for path, _, call in calls_of(workflow):
            violations += self._call_violations(call, path)
        violations += _clashes(workflow)
        if violations:
            raise InvalidInput(violations=violations)
        return lint(workflow)

    def _call_violations(self, call: RuleCall, path: str) -> Iterator[Violation]:
        if call.when:
            yield from _violations_of(lambda: self._expressions.check_condition(call.when, f"{path}.when"))
        rule = self._rules.get(call.name)
        if rule is None:
            near = nearest(call.name, self._rules)
            yield Violation(f"{path}.name", f"must be one of {', '.join(self._rules)}; the nearest is {near}")
            return
        for name in call.props:
            if name not in rule.props:
                known = f"{', '.join(rule.props)}; the nearest is {nearest(name, rule.props)}" if rule.props else "none"
                yield Violation(f"{path}.props.{shown(name)}", f"is no prop of {rule.name}, which takes {known}")
        for name, prop in rule.props.items():
            if name in call.props:
                yield from self._prop_violations(prop, call.props[name], f"{path}.props.{name}")
            elif prop.is_required:
                yield Violation(f"{path}.props.{name}", "is required")
        if conflict := rule.conflict(frozenset(call.props)):
            yield Violation(f"{path}.props", conflict)

    def _prop_violations(self, prop: Prop, value: Json, path: str) -> Iterator[Violation]:
        is_expression = expression_in(value) is not None
        for where, text in texts_in(value, path):
            yield from self._text_violations(text, where, prop.type.results if is_expression else ())
        if not is_expression and (problem := prop.type.problem(value)):
            yield Violation(path, problem)

    def _text_violations(self, text: str, path: str, results: Iterable[str]) -> Iterator[Violation]:
        expression = expression_in(text)
        if expression is not None:
            yield from _violations_of(lambda: self._expressions.check_value(expression, path, results))
        elif "${" in text:
            yield Violation(path, "an expression ${…} must be the whole text")


def _violations_of(check: Callable[[], None]) -> Iterator[Violation]:
    """Violations that a check raises, the refused form in the text of each."""
    try:
        check()
    except InvalidInput as refused:
        for each in refused.violations:
            yield Violation(each.field, f"{each.rule} (got {each.shape})" if each.shape else each.rule)


def _clashes(workflow: Workflow) -> Iterator[Violation]:
    """Rulesets that would match an event that an earlier ruleset matches."""
    same_event: dict[tuple[str, str], list[tuple[int, Ruleset]]] = {}
    for index, ruleset in enumerate(workflow.rulesets):
        same_event.setdefault((ruleset.name, ruleset.type), []).append((index, ruleset))
    for numbered in same_event.values():
        for (first, one), (second, other) in combinations(numbered, 2):
            if _overlap(one, other):
                rule = f"matches the same as rulesets[{first}]: {one.name} of {one.type}"
                yield Violation(f"rulesets[{second}]", rule)


def _overlap(one: Ruleset, other: Ruleset) -> bool:
    if one.subtype and other.subtype and one.subtype != other.subtype:
        return False
    return not one.triggers or not other.triggers or not set(one.triggers).isdisjoint(other.triggers)
