"""Actions: what a run does. They are data: whoever asked for the run carries them out, all of them or none."""

from dataclasses import dataclass
from typing import ClassVar, Final, TypeAlias

from tidings_server.platform.clock import rfc3339_ms
from tidings_server.platform.json_type import Json
from tidings_server.workflow.attributes import Attribute, attribute, size_of
from tidings_server.workflow.workflow_event import OutgoingEvent

EVENT_ID: Final = "eventId"
"""The fact that names the event of an action."""

MAX_RECORDED: Final = 1_024
"""Characters of a value that a record repeats; the entity has all of them."""


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The entity is in another state; `before` is empty when it had none."""

    title: ClassVar[str] = "Change State"
    before: str
    after: str

    def facts(self) -> tuple[Attribute, ...]:
        return attribute("from", self.before), attribute("to", self.after)


@dataclass(frozen=True, slots=True)
class AttributeChanged:
    """A fact about the entity is another; `before` is None when there was none."""

    title: ClassVar[str] = "Set Attribute"
    name: str
    before: Json
    after: Json

    def facts(self) -> tuple[Attribute, ...]:
        before, after = _recorded(self.before), _recorded(self.after)
        return attribute("name", self.name), attribute("from", before), attribute("to", after)


@dataclass(frozen=True, slots=True)
class EventSent:
    """An event goes to the log, behind those that are there."""

    title: ClassVar[str] = "Send Event"
    event: OutgoingEvent

    def facts(self) -> tuple[Attribute, ...]:
        return _facts_of(self.event)


@dataclass(frozen=True, slots=True)
class EventScheduled:
    """An event goes to the log at `due_at_us`, microseconds since 1970; at once when that has passed."""

    title: ClassVar[str] = "Schedule Event"
    event: OutgoingEvent
    due_at_us: int

    def facts(self) -> tuple[Attribute, ...]:
        return *_facts_of(self.event), attribute("scheduledOn", rfc3339_ms(self.due_at_us))


@dataclass(frozen=True, slots=True)
class WebhookRequested:
    """The event `id`, which is only for this, goes to `url`, tried again as a subscription's deliveries are."""

    title: ClassVar[str] = "Send Webhook"
    id: str
    url: str

    def facts(self) -> tuple[Attribute, ...]:
        return attribute(EVENT_ID, self.id), attribute("url", self.url)


@dataclass(frozen=True, slots=True)
class TopicEmitted:
    """An event that runs no workflow goes to the log under `topic`, for subscriptions."""

    title: ClassVar[str] = "Emit Topic"
    id: str
    topic: str

    def facts(self) -> tuple[Attribute, ...]:
        return attribute(EVENT_ID, self.id), attribute("topic", self.topic)


WorkflowAction: TypeAlias = (
    StatusChanged | AttributeChanged | EventSent | EventScheduled | WebhookRequested | TopicEmitted
)


def _recorded(value: Json) -> Json:
    """A value as records keep it: how long it is, where it is long."""
    size = size_of(value)
    return value if size <= MAX_RECORDED else f"({size:,} characters)"


def _facts_of(event: OutgoingEvent) -> tuple[Attribute, ...]:
    return (
        attribute(EVENT_ID, event.id),
        attribute("eventName", event.name),
        attribute("entityType", event.entity.type),
        attribute("entityId", event.entity.id),
        attribute("entityRef", event.entity.ref),
    )
