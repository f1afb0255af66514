"""Matching: which workflow runs an event, and which of its rulesets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tidings_server.workflow.definition.model import Ruleset, Workflow
from tidings_server.workflow.entities import Entity
from tidings_server.workflow.workflow_event import WorkflowEvent


@dataclass(frozen=True, slots=True)
class RulesetMatch:
    """The ruleset that takes an event, if any, and those that take it from other states, each with why not now."""

    ruleset: Ruleset | None
    skipped: tuple[tuple[Ruleset, str], ...] = ()


class ExecutableWorkflow:
    """One version of a workflow, ready to run."""

    def __init__(self, workflow: Workflow, number: int) -> None:
        self.workflow = workflow
        self.number = number
        self._rulesets: dict[tuple[str, str], list[Ruleset]] = {}
        for ruleset in workflow.rulesets:
            self._rulesets.setdefault((ruleset.name, ruleset.type), []).append(ruleset)

    def match(self, event: WorkflowEvent, entity: Entity | None) -> RulesetMatch:
        """The ruleset for the event's name, the entity's kind and subtype, and its state (empty when it is new)."""
        subtype = entity.subtype if entity else event.subtype
        status = entity.status if entity else ""
        skipped: list[tuple[Ruleset, str]] = []
        for ruleset in self._rulesets.get((event.name, event.entity.type), ()):
            why_not = _why_not(ruleset, subtype, status)
            if why_not is None:
                return RulesetMatch(ruleset, tuple(skipped))
            skipped.append((ruleset, why_not))
        return RulesetMatch(None, tuple(skipped))


class ActiveWorkflows:
    """The active versions of one tenant's workflows."""

    def __init__(self, versions: Iterable[ExecutableWorkflow]) -> None:
        self._versions: Mapping[tuple[str, str], ExecutableWorkflow] = {
            (version.workflow.entity_type, version.workflow.entity_subtype): version for version in versions
        }

    def find(self, root_type: str, root_subtype: str) -> ExecutableWorkflow | None:
        """The one for this kind and subtype of root entity, else the one for any subtype of the kind."""
        return self._versions.get((root_type, root_subtype)) or self._versions.get((root_type, ""))


def _why_not(ruleset: Ruleset, subtype: str, status: str) -> str | None:
    """The condition that is false, as people would write it; None when there is none."""
    if ruleset.subtype and ruleset.subtype != subtype:
        return f"entity.subtype == '{ruleset.subtype}'"
    if ruleset.triggers and status not in ruleset.triggers:
        return f"entity.status in {list(ruleset.triggers)}"
    return None
