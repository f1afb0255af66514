"""Matching of an event to the workflow of its root entity, and within it to a ruleset."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tidings_server.workflow.definition.model import Ruleset, Workflow
from tidings_server.workflow.entities import Entity, EntityIndex, Reference
from tidings_server.workflow.workflow_event import WorkflowEvent


@dataclass(frozen=True, slots=True)
class RulesetMatch:
    """The ruleset that an event matches, if any, and those skipped before it, each with the condition that is false."""

    ruleset: Ruleset | None
    skipped: tuple[tuple[Ruleset, str], ...] = ()


class ExecutableWorkflow:
    """One version of a workflow, its rulesets indexed by event."""

    def __init__(self, workflow: Workflow, number: int) -> None:
        self.workflow = workflow
        self.number = number
        self._rulesets: dict[tuple[str, str], list[Ruleset]] = {}
        for ruleset in workflow.rulesets:
            self._rulesets.setdefault((ruleset.name, ruleset.type), []).append(ruleset)

    def match(self, event: WorkflowEvent, entity: Entity | None) -> RulesetMatch:
        """The ruleset for the event's name, the entity's type and subtype, and its status (empty when it is new)."""
        subtype = entity.subtype if entity else event.subtype
        status = entity.status if entity else ""
        skipped: list[tuple[Ruleset, str]] = []
        for ruleset in self._rulesets.get((event.name, event.entity.type), ()):
            condition = _false_condition(ruleset, subtype, status)
            if condition is None:
                return RulesetMatch(ruleset, tuple(skipped))
            skipped.append((ruleset, condition))
        return RulesetMatch(None, tuple(skipped))


class ActiveWorkflows:
    """The active versions of one tenant's workflows."""

    def __init__(self, versions: Iterable[ExecutableWorkflow]) -> None:
        self._versions: Mapping[tuple[str, str], ExecutableWorkflow] = {
            (version.workflow.entity_type, version.workflow.entity_subtype): version for version in versions
        }

    def for_event(self, event: WorkflowEvent, entities: EntityIndex) -> ExecutableWorkflow | None:
        """The workflow of the event's root entity: the one that it names, else its entity's, else the entity itself."""
        entity = entities.find(event.entity)
        name = event.root or (entity.root if entity else None) or event.entity
        root = entities.find(name)
        if root is not None:
            return self.find(root.type, root.subtype)
        return self.find(name.type, event.subtype if _is_same(name, event.entity) else "")

    def find(self, root_type: str, root_subtype: str) -> ExecutableWorkflow | None:
        """The one for this type and subtype of root entity, else the one for any subtype of the type."""
        return self._versions.get((root_type, root_subtype)) or self._versions.get((root_type, ""))


def _is_same(one: Reference, other: Reference) -> bool:
    if one.type != other.type:
        return False
    return (one.id is not None and one.id == other.id) or (one.ref is not None and one.ref == other.ref)


def _false_condition(ruleset: Ruleset, subtype: str, status: str) -> str | None:
    """The condition that keeps a ruleset from matching, as text for audits; None when it matches."""
    if ruleset.subtype and ruleset.subtype != subtype:
        return f"entity.subtype == '{ruleset.subtype}'"
    if ruleset.triggers and status not in ruleset.triggers:
        return f"entity.status in {list(ruleset.triggers)}"
    return None
