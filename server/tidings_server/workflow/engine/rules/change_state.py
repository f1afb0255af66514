"""ChangeState: leads the entity to another state."""

from collections.abc import Mapping
from typing import ClassVar

from tidings_server.workflow.definition.props import NAME, Prop, Props
from tidings_server.workflow.engine.actions import StatusChanged
from tidings_server.workflow.engine.rule import Effect, RuleContext, WorkflowRule


class ChangeState(WorkflowRule):
    """Sets the entity's status to `status`; the ruleset's triggers decide from which states."""

    name: ClassVar[str] = "ChangeState"
    props: ClassVar[Mapping[str, Prop]] = {"status": Prop(NAME)}

    def act(self, props: Props, turn: RuleContext) -> Effect:
        status = str(props["status"])
        return Effect(turn.entity._replace(status=status), StatusChanged(turn.entity.status, status))
