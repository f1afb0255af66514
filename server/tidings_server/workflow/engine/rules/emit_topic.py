"""EmitTopic: tells subscribers."""

from collections.abc import Mapping
from typing import ClassVar

from tidings_server.workflow.definition.props import TOPIC, Prop, Props
from tidings_server.workflow.engine.actions import TopicEmitted
from tidings_server.workflow.engine.rule import Effect, RuleContext, WorkflowRule


class EmitTopic(WorkflowRule):
    """Stores an event under `topic`, with the attributes of this one; subscriptions get it, no workflow runs on it."""

    name: ClassVar[str] = "EmitTopic"
    props: ClassVar[Mapping[str, Prop]] = {"topic": Prop(TOPIC)}

    def act(self, props: Props, turn: RuleContext) -> Effect:
        return Effect(turn.entity, TopicEmitted(turn.new_id(), str(props["topic"])))
