"""Actions of a run, as data: the caller of the engine carries them out, all of them or none."""

from dataclasses import dataclass
from typing import ClassVar, Final, TypeAlias

from tidings_server.platform.clock import rfc3339_ms
from tidings_server.platform.json_type import Json
from tidings_server.workflow.attributes import Attribute, attribute, size_of
from tidings_server.workflow.workflow_event import OutgoingEvent

EVENT_ID: Final = "eventId"
"""Name of the audit attribute that holds the id of the event of an action."""

MAX_RECORDED: Final = 1_024
"""Characters of a value that an audit repeats; the entity holds the whole value."""


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """A change of the entity's status; `before` is empty for a new entity."""

    title: ClassVar[str] = "Change State"
    before: str
    after: str

    def audit_attributes(self) -> tuple[Attribute, ...]:
        return attribute("from", self.before), attribute("to", self.after)


@dataclass(frozen=True, slots=True)
class AttributeChanged:
    """A change of one attribute of the entity; `before` is None when it had none."""

    title: ClassVar[str] = "Set Attribute"
    name: str
    before: Json
    after: Json

    def audit_attributes(self) -> tuple[Attribute, ...]:
        before, after = _abbreviated(self.before), _abbreviated(self.after)
        return attribute("name", self.name), attribute("from", before), attribute("to", after)


@dataclass(frozen=True, slots=True)
class EventSent:
    """An event is appended to the log."""

    title: ClassVar[str] = "Send Event"
    event: OutgoingEvent

    def audit_attributes(self) -> tuple[Attribute, ...]:
        return _event_attributes(self.event)


@dataclass(frozen=True, slots=True)
class EventScheduled:
    """An event is appended to the log at `due_at_us`, microseconds since 1970; at once when that is in the past."""

    title: ClassVar[str] = "Schedule Event"
    event: OutgoingEvent
    due_at_us: int

    def audit_attributes(self) -> tuple[Attribute, ...]:
        return *_event_attributes(self.event), attribute("scheduledOn", rfc3339_ms(self.due_at_us))


@dataclass(frozen=True, slots=True)
class WebhookRequested:
    """The event `id`, stored for this alone, is posted to `url`, with the retries of a subscription's deliveries."""

    title: ClassVar[str] = "Send Webhook"
    id: str
    url: str

    def audit_attributes(self) -> tuple[Attribute, ...]:
        return attribute(EVENT_ID, self.id), attribute("url", self.url)


@dataclass(frozen=True, slots=True)
class TopicEmitted:
    """An event that runs no workflow is appended to the log under `topic`, for subscriptions."""

    title: ClassVar[str] = "Emit Topic"
    id: str
    topic: str

    def audit_attributes(self) -> tuple[Attribute, ...]:
        return attribute(EVENT_ID, self.id), attribute("topic", self.topic)


WorkflowAction: TypeAlias = (
    StatusChanged | AttributeChanged | EventSent | EventScheduled | WebhookRequested | TopicEmitted
)


def _abbreviated(value: Json) -> Json:
    """A value as audits hold it: its length instead of a long one."""
    size = size_of(value)
    return value if size <= MAX_RECORDED else f"({size:,} characters)"


def _event_attributes(event: OutgoingEvent) -> tuple[Attribute, ...]:
    return (
        attribute(EVENT_ID, event.id),
        attribute("eventName", event.name),
        attribute("entityType", event.entity.type),
        attribute("entityId", event.entity.id),
        attribute("entityRef", event.entity.ref),
    )
