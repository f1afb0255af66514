"""SendWebhook: tells one HTTP endpoint."""

from collections.abc import Mapping
from typing import ClassVar

from tidings_server.workflow.definition.props import URL, Prop, Props
from tidings_server.workflow.engine.actions import WebhookRequested
from tidings_server.workflow.engine.rule import Effect, RuleContext, WorkflowRule


class SendWebhook(WorkflowRule):
    """Posts the event and its entity to `url`; whether and when the endpoint takes it does not change the run."""

    name: ClassVar[str] = "SendWebhook"
    props: ClassVar[Mapping[str, Prop]] = {"url": Prop(URL)}

    def act(self, props: Props, turn: RuleContext) -> Effect:
        return Effect(turn.entity, WebhookRequested(turn.new_id(), str(props["url"])))
