"""Events as the engine runs them, events that rules send, and their limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from tidings_server.platform.json_type import Json
from tidings_server.workflow.attributes import NO_ATTRIBUTES
from tidings_server.workflow.entities import Reference

CONSUMER: Final = "workflow"
"""Name of the consumer that runs events."""

MAX_DEPTH: Final = 32
"""Events in a chain, each sent by the one before."""

MAX_ACTIONS: Final = 256
"""Actions of one event."""

MAX_EVENT_SIZE: Final = 256 * 1024
"""Characters of the attributes of one event as JSON, also of one that a rule sends."""

MAX_SENT_SIZE: Final = 1024 * 1024
"""Characters of the attributes of all events that one run sends."""

MAX_TREE_ACTIONS: Final = 4_096
"""Actions of an event and of all events that follow from it: an event that sends itself twice would come to
4,294,967,296 events at depth 32."""


class WorkflowEvent(NamedTuple):
    """An event to be run.

    `depth` is the number of events before it in its chain. `allowance` is the number of actions for it and all events
    that follow from it. `is_sync`: a caller waits for its outcome.
    """

    id: str
    name: str
    retailer_id: str
    entity: Reference
    recorded_at_us: int
    subtype: str = ""
    root: Reference | None = None
    attributes: Mapping[str, Json] = NO_ATTRIBUTES
    depth: int = 0
    allowance: int = MAX_TREE_ACTIONS
    is_sync: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingEvent:
    """An event that a rule sends: stored with the other effects of the run, and run later, in the order of the log."""

    id: str
    name: str
    entity: Reference
    root: Reference
    attributes: Mapping[str, Json]
    depth: int
    allowance: int = 0

    def to_event(self, cause: WorkflowEvent, at_us: int) -> WorkflowEvent:
        """The event to be run, as stored at `at_us`."""
        return WorkflowEvent(
            id=self.id,
            name=self.name,
            retailer_id=cause.retailer_id,
            entity=self.entity,
            root=self.root,
            attributes=self.attributes,
            recorded_at_us=at_us,
            depth=self.depth,
            allowance=self.allowance,
        )
