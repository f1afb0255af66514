"""Sending: what SendEvent and ScheduleEvent have in common, the event that they make."""

from collections.abc import Mapping
from typing import Final, cast

from tidings_server.platform.json_type import Json
from tidings_server.workflow.definition.props import FACTS, NAME, TEXT, Prop, Props
from tidings_server.workflow.engine.rule import RuleContext, RuleFailed
from tidings_server.workflow.entities import Reference, kind
from tidings_server.workflow.workflow_event import MAX_DEPTH, OutgoingEvent

PROPS: Final[Mapping[str, Prop]] = {
    "eventName": Prop(TEXT),
    "entityType": Prop(NAME, is_required=False),
    "entityRef": Prop(TEXT, is_required=False),
    "attributes": Prop(FACTS, is_required=False),
}


def conflict(given: frozenset[str]) -> str | None:
    """Another kind of entity without its name would be nobody's."""
    return "entityType needs entityRef beside it" if "entityType" in given and "entityRef" not in given else None


def outgoing(props: Props, turn: RuleContext) -> OutgoingEvent:
    """The event to send: about the same entity, or about `entityRef`; in the workflow of the same root.

    Raises RuleFailed at the end of a chain of 32 events.
    """
    if turn.event.depth >= MAX_DEPTH:
        raise RuleFailed(f"a chain of events ends at depth {MAX_DEPTH}")
    return OutgoingEvent(
        id=turn.new_id(),
        name=str(props["eventName"]),
        entity=_target(props, turn),
        root=turn.root,
        attributes=cast("Mapping[str, Json]", props.get("attributes", {})),
        depth=turn.event.depth + 1,
    )


def _target(props: Props, turn: RuleContext) -> Reference:
    ref = props.get("entityRef")
    if ref is None:
        return turn.entity.reference
    return Reference(kind(str(props.get("entityType", turn.entity.type))), ref=str(ref))
