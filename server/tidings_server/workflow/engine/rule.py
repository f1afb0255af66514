"""What a rule is: the one thing to write to add a step that workflows can take."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar, NamedTuple

from tidings_server.workflow.definition.props import Prop, Props
from tidings_server.workflow.engine.actions import WorkflowAction
from tidings_server.workflow.entities import Entity, Reference
from tidings_server.workflow.workflow_event import WorkflowEvent


class RuleFailed(Exception):
    """A rule cannot do what it was asked to: the whole run fails, and nothing of it has happened."""


class RuleContext(NamedTuple):
    """What a rule works on: the event, the entity as the rules before have left it, and the entity whose workflow runs.

    `new_id` makes the id of whatever the rule makes.
    """

    event: WorkflowEvent
    entity: Entity
    root: Reference
    new_id: Callable[[], str]


class Effect(NamedTuple):
    """What a rule did: the entity after it, and the action to carry out or to record."""

    entity: Entity
    action: WorkflowAction


class WorkflowRule(ABC):
    """A step of a ruleset. A subclass in a module of `rules` is all it takes; it has no state.

    `name` is how workflows call it, `props` what it is given.
    """

    name: ClassVar[str]
    props: ClassVar[Mapping[str, Prop]]

    def conflict(self, _given: frozenset[str]) -> str | None:
        """Why props of these names do not go together; None when they do."""
        return None

    @abstractmethod
    def act(self, props: Props, turn: RuleContext) -> Effect:
        """Do it. `props` are complete and of their kinds. Raises RuleFailed with the reason."""
