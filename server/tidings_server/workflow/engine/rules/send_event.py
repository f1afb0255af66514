"""SendEvent: lets another event follow."""

from collections.abc import Mapping
from typing import ClassVar

from tidings_server.workflow.definition.props import Prop, Props
from tidings_server.workflow.engine import event_rules
from tidings_server.workflow.engine.actions import EventSent
from tidings_server.workflow.engine.rule import Effect, RuleContext, WorkflowRule


class SendEvent(WorkflowRule):
    """Sends the event `eventName` about this entity, or about the one that `entityType` and `entityRef` name.

    It runs in its own turn, after the events that are in the log by then; when it fails, this run has still happened.
    """

    name: ClassVar[str] = "SendEvent"
    props: ClassVar[Mapping[str, Prop]] = event_rules.PROPS

    def conflict(self, given: frozenset[str]) -> str | None:
        return event_rules.conflict(given)

    def act(self, props: Props, turn: RuleContext) -> Effect:
        return Effect(turn.entity, EventSent(event_rules.outgoing(props, turn)))
