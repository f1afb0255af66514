"""Simulation: what would become of an event and of all that it sends, storing nothing."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from tidings_server.workflow.engine.actions import EventSent
from tidings_server.workflow.engine.engine import Engine, RunResult
from tidings_server.workflow.engine.matching import ExecutableWorkflow
from tidings_server.workflow.entities import EntityIndex
from tidings_server.workflow.workflow_event import WorkflowEvent

MAX_EVENTS: Final = 500


@dataclass(slots=True)
class SimulatedEvent:
    """One event, what would become of it, and the events that it would send, in order.

    `is_cut`: there would be more than 500 events, and those that it sends are left out.
    """

    event: WorkflowEvent
    result: RunResult
    sent: list["SimulatedEvent"] = field(default_factory=list)
    is_cut: bool = False


def simulate(engine: Engine, version: ExecutableWorkflow, event: WorkflowEvent, roster: EntityIndex) -> SimulatedEvent:
    """Runs an event, and the events that it sends in the order of a log, on one version; scheduled ones never come.

    `roster` holds the entities as they are, and afterwards as they would be.
    """
    first = _run(engine, version, event, roster)
    waiting = deque([first])
    count = 1
    while waiting:
        cause = waiting.popleft()
        sent = [action.event for action in cause.result.actions if isinstance(action, EventSent)]
        count += len(sent)
        if count > MAX_EVENTS:
            cause.is_cut = bool(sent)
            continue
        for outgoing in sent:
            follower = _run(engine, version, outgoing.arrived(cause.event, cause.result.finished_at_us), roster)
            cause.sent.append(follower)
            waiting.append(follower)
    return first


def _run(engine: Engine, version: ExecutableWorkflow, event: WorkflowEvent, roster: EntityIndex) -> SimulatedEvent:
    result = engine.run(event, roster.find(event.entity), version)
    if result.entity is not None:
        roster.put(result.entity)
    return SimulatedEvent(event, result)
