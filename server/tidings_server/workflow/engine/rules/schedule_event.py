"""ScheduleEvent: lets another event follow at a later time."""

from collections.abc import Mapping
from typing import ClassVar

from tidings_server.platform import durations
from tidings_server.platform.clock import MICROSECOND, parse_rfc3339
from tidings_server.workflow.definition.props import DELAY, INSTANT, Prop, Props
from tidings_server.workflow.engine import event_rules
from tidings_server.workflow.engine.actions import EventScheduled
from tidings_server.workflow.engine.rule import Effect, RuleContext, WorkflowRule


class ScheduleEvent(WorkflowRule):
    """Sends an event as SendEvent does, `delay` (ISO 8601) after this event was stored, or `at` an instant (RFC 3339).

    An instant that has passed means at once.
    """

    name: ClassVar[str] = "ScheduleEvent"
    props: ClassVar[Mapping[str, Prop]] = {
        **event_rules.PROPS,
        "delay": Prop(DELAY, is_required=False),
        "at": Prop(INSTANT, is_required=False),
    }

    def conflict(self, given: frozenset[str]) -> str | None:
        if ("delay" in given) == ("at" in given):
            return "exactly one of delay and at is required"
        return event_rules.conflict(given)

    def act(self, props: Props, turn: RuleContext) -> Effect:
        return Effect(turn.entity, EventScheduled(event_rules.outgoing(props, turn), _due_at_us(props, turn)))


def _due_at_us(props: Props, turn: RuleContext) -> int:
    if "at" in props:
        return parse_rfc3339(str(props["at"]))
    return turn.event.recorded_at_us + durations.parse(str(props["delay"])) // MICROSECOND
