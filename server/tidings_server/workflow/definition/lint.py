"""Linter of workflow definitions: warnings about valid parts that are hardly intended."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Final, NamedTuple

from tidings_server.workflow.definition.model import RuleCall, Ruleset, Workflow
from tidings_server.workflow.definition.props import expression_in
from tidings_server.workflow.entities import kind

CHANGER: Final = "ChangeState"
SENDERS: Final = frozenset({"SendEvent", "ScheduleEvent"})
MAX_WARNINGS: Final = 100
"""Warnings of one answer: a body of 1 MiB may earn seven times as much of them."""
NEW: Final = ""
"""The status of an entity before a rule sets one."""


class LintWarning(NamedTuple):
    """One warning: the path of the part, and the reason."""

    path: str
    reason: str


def lint(workflow: Workflow) -> list[LintWarning]:
    """Warnings about statuses that no ruleset reaches, undeclared statuses, and events that match no ruleset.

    At most MAX_WARNINGS: a last one says how many there are beyond.
    """
    statuses = _Statuses(workflow)
    found = chain(statuses.unreachable(), statuses.undeclared(), _unmatched_events(workflow))
    listed = list(islice(found, MAX_WARNINGS))
    beyond = sum(1 for _ in found)
    return [*listed, LintWarning("", f"and {beyond:,} more warnings")] if beyond else listed


class _Statuses:
    """The statuses of each type of entity, declared and reachable; None where an expression may set any status."""

    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow
        self._declared: dict[str, set[str]] = {}
        for status in workflow.statuses:
            self._declared.setdefault(status.entity_type, set()).add(status.name)
        self._reachable = {each.type: _reachable(workflow, each.type) for each in workflow.rulesets}

    def unreachable(self) -> Iterator[LintWarning]:
        for index, status in enumerate(self._workflow.statuses):
            if not self._is_reachable(status.entity_type, status.name):
                yield LintWarning(f"statuses[{index}]", f"no ruleset leads {status.entity_type} to {status.name}")
        for index, ruleset in enumerate(self._workflow.rulesets):
            for number, trigger in enumerate(ruleset.triggers):
                if not self._is_reachable(ruleset.type, trigger) and not self._is_declared(ruleset.type, trigger):
                    path = f"rulesets[{index}].triggers[{number}].status"
                    yield LintWarning(path, f"no ruleset leads {ruleset.type} to {trigger}")

    def undeclared(self) -> Iterator[LintWarning]:
        for path, ruleset, call in calls_of(self._workflow):
            status = _target(call)
            if status and ruleset.type in self._declared and not self._is_declared(ruleset.type, status):
                yield LintWarning(f"{path}.props.status", f"{status} is not among the statuses of {ruleset.type}")

    def _is_reachable(self, entity_type: str, status: str) -> bool:
        reachable = self._reachable.get(entity_type, {NEW})
        return reachable is None or status in reachable

    def _is_declared(self, entity_type: str, status: str) -> bool:
        return status in self._declared.get(entity_type, ())


def calls_of(workflow: Workflow) -> Iterator[tuple[str, Ruleset, RuleCall]]:
    """Every step with its path and its ruleset."""
    for index, ruleset in enumerate(workflow.rulesets):
        for number, call in enumerate(ruleset.rules):
            yield f"rulesets[{index}].rules[{number}]", ruleset, call


def _reachable(workflow: Workflow, entity_type: str) -> set[str] | None:
    """Statuses that entities of one type can reach; None when an expression may set any status."""
    rulesets = [each for each in workflow.rulesets if each.type == entity_type]
    reached = {NEW}
    while True:
        matching = [each for each in rulesets if not each.triggers or reached.intersection(each.triggers)]
        targets = [_target(call) for each in matching for call in each.rules if call.name == CHANGER]
        if None in targets:
            return None
        before = len(reached)
        reached.update(target for target in targets if target is not None)
        if len(reached) == before:
            return reached


def _target(call: RuleCall) -> str | None:
    """The status that a step sets; None when an expression computes it, or when the step sets none."""
    status = call.props.get("status") if call.name == CHANGER else None
    return status if isinstance(status, str) and expression_in(status) is None else None


def _unmatched_events(workflow: Workflow) -> Iterator[LintWarning]:
    matched = {(each.name, each.type) for each in workflow.rulesets}
    for path, ruleset, call in calls_of(workflow):
        if call.name in SENDERS:
            name, entity_type = call.props.get("eventName"), call.props.get("entityType", ruleset.type)
            if not isinstance(name, str) or not isinstance(entity_type, str):
                continue
            is_known = expression_in(name) is None and expression_in(entity_type) is None
            if is_known and (name, kind(entity_type)) not in matched:
                yield LintWarning(f"{path}.props.eventName", f"no ruleset takes {name} of {kind(entity_type)}")
