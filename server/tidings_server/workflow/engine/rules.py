"""Rules: the steps that workflows can take. A new one is a subclass of `WorkflowRule` and its line in `RULES`."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar, Final, NamedTuple, cast

from tidings_server.platform import durations
from tidings_server.platform.clock import MICROSECOND, parse_rfc3339
from tidings_server.platform.json_type import Json
from tidings_server.workflow.definition.props import DELAY, INSTANT, NAME, OBJECT, TEXT, TOPIC, URL, VALUE, Prop, Props
from tidings_server.workflow.engine.actions import (
    AttributeChanged,
    EventScheduled,
    EventSent,
    StatusChanged,
    TopicEmitted,
    WebhookRequested,
    WorkflowAction,
)
from tidings_server.workflow.entities import Entity, Reference, kind
from tidings_server.workflow.workflow_event import MAX_DEPTH, OutgoingEvent, WorkflowEvent

MAX_ATTRIBUTE_BYTES: Final = 256 * 1024
"""All attributes of an entity together, as JSON."""


class RuleFailed(Exception):
    """A rule cannot be carried out: the whole run fails, and none of its actions take effect."""


class RuleContext(NamedTuple):
    """Input of a rule: the event, the entity after the rules before this one, and the root entity of the workflow.

    `new_id` makes the ids of the events that the rule creates.
    """

    event: WorkflowEvent
    entity: Entity
    root: Reference
    new_id: Callable[[], str]


class Effect(NamedTuple):
    """Output of a rule: the entity after it, and the action to carry out or to record."""

    entity: Entity
    action: WorkflowAction


class WorkflowRule(ABC):
    """A step of a ruleset, without state. Workflows refer to it by `name`; `props` are its parameters."""

    name: ClassVar[str]
    props: ClassVar[Mapping[str, Prop]]

    def conflict(self, _names: frozenset[str]) -> str | None:
        """The reason why props of these names exclude each other; None when they go together."""
        return None

    @abstractmethod
    def act(self, props: Props, context: RuleContext) -> Effect:
        """Carry the rule out. `props` are complete and of their types. Raises RuleFailed with the reason."""


class ChangeState(WorkflowRule):
    """Sets the entity's status to `status`; the ruleset's triggers decide from which statuses."""

    name: ClassVar[str] = "ChangeState"
    props: ClassVar[Mapping[str, Prop]] = {"status": Prop(NAME)}

    def act(self, props: Props, context: RuleContext) -> Effect:
        status = str(props["status"])
        return Effect(context.entity._replace(status=status), StatusChanged(context.entity.status, status))


class EmitTopic(WorkflowRule):
    """Stores an event under `topic`, with the attributes of this one, for subscriptions alone: no workflow runs it."""

    name: ClassVar[str] = "EmitTopic"
    props: ClassVar[Mapping[str, Prop]] = {"topic": Prop(TOPIC)}

    def act(self, props: Props, context: RuleContext) -> Effect:
        return Effect(context.entity, TopicEmitted(context.new_id(), str(props["topic"])))


class SendEvent(WorkflowRule):
    """Sends the event `eventName` about this entity, or about the one that `entityType` and `entityRef` name.

    The event runs later, after all that the log holds by then; when it fails, this run stays as it is.
    """

    name: ClassVar[str] = "SendEvent"
    props: ClassVar[Mapping[str, Prop]] = {
        "eventName": Prop(TEXT),
        "entityType": Prop(NAME, is_required=False),
        "entityRef": Prop(TEXT, is_required=False),
        "attributes": Prop(OBJECT, is_required=False),
    }

    def conflict(self, names: frozenset[str]) -> str | None:
        return "entityType needs entityRef beside it" if "entityType" in names and "entityRef" not in names else None

    def act(self, props: Props, context: RuleContext) -> Effect:
        return Effect(context.entity, EventSent(_outgoing(props, context)))


class ScheduleEvent(SendEvent):
    """Sends an event as SendEvent does, `delay` (ISO 8601) after this event was stored, or `at` an instant (RFC 3339).

    An instant in the past means at once.
    """

    name: ClassVar[str] = "ScheduleEvent"
    props: ClassVar[Mapping[str, Prop]] = {
        **SendEvent.props,
        "delay": Prop(DELAY, is_required=False),
        "at": Prop(INSTANT, is_required=False),
    }

    def conflict(self, names: frozenset[str]) -> str | None:
        if ("delay" in names) == ("at" in names):
            return "exactly one of delay and at is required"
        return super().conflict(names)

    def act(self, props: Props, context: RuleContext) -> Effect:
        return Effect(context.entity, EventScheduled(_outgoing(props, context), _due_at_us(props, context)))


class SendWebhook(WorkflowRule):
    """Posts the event and its entity to `url`; the answer of the endpoint does not change the run."""

    name: ClassVar[str] = "SendWebhook"
    props: ClassVar[Mapping[str, Prop]] = {"url": Prop(URL)}

    def act(self, props: Props, context: RuleContext) -> Effect:
        return Effect(context.entity, WebhookRequested(context.new_id(), str(props["url"])))


class SetAttribute(WorkflowRule):
    """Sets the entity's attribute `name` to `value`, any JSON, in place of its old value."""

    name: ClassVar[str] = "SetAttribute"
    props: ClassVar[Mapping[str, Prop]] = {"name": Prop(NAME), "value": Prop(VALUE)}

    def act(self, props: Props, context: RuleContext) -> Effect:
        entity, name, value = context.entity, str(props["name"]), props["value"]
        attributes = {**entity.attributes, name: value}
        if len(json.dumps(attributes)) > MAX_ATTRIBUTE_BYTES:
            raise RuleFailed(f"the entity's attributes would be larger than {MAX_ATTRIBUTE_BYTES:,} bytes")
        return Effect(
            entity._replace(attributes=attributes), AttributeChanged(name, entity.attributes.get(name), value)
        )


RULES: Final[Mapping[str, WorkflowRule]] = {
    rule.name: rule
    for rule in (ChangeState(), EmitTopic(), ScheduleEvent(), SendEvent(), SendWebhook(), SetAttribute())
}
"""Every rule by its name."""


def _outgoing(props: Props, context: RuleContext) -> OutgoingEvent:
    """The event to send: about the same entity, or about `entityRef`; in the workflow of the same root entity.

    Raises RuleFailed at the end of a chain of 32 events.
    """
    if context.event.depth >= MAX_DEPTH:
        raise RuleFailed(f"a chain of events ends at depth {MAX_DEPTH}")
    return OutgoingEvent(
        id=context.new_id(),
        name=str(props["eventName"]),
        entity=_target(props, context.entity),
        root=context.root,
        attributes=cast("Mapping[str, Json]", props.get("attributes", {})),
        depth=context.event.depth + 1,
    )


def _target(props: Props, entity: Entity) -> Reference:
    ref = props.get("entityRef")
    if ref is None:
        return entity.reference
    return Reference(kind(str(props.get("entityType", entity.type))), ref=str(ref))


def _due_at_us(props: Props, context: RuleContext) -> int:
    if "at" in props:
        return parse_rfc3339(str(props["at"]))
    return context.event.recorded_at_us + durations.parse(str(props["delay"])) // MICROSECOND
