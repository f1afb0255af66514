"""Simulation of an event and of all events that it sends, storing nothing."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from tidings_server.workflow.engine.actions import EventSent
from tidings_server.workflow.engine.engine import Engine, EngineResult
from tidings_server.workflow.engine.matching import ExecutableWorkflow
from tidings_server.workflow.entities import EntityIndex
from tidings_server.workflow.workflow_event import WorkflowEvent

MAX_EVENTS: Final = 500


@dataclass(slots=True)
class SimulatedEvent:
    """One event, the result of its run, and the events that it would send, in order.

    `is_cut`: there would be more than 500 events, and those that this one sends are left out.
    """

    event: WorkflowEvent
    result: EngineResult
    sent: list["SimulatedEvent"] = field(default_factory=list)
    is_cut: bool = False


def simulate(
    engine: Engine, workflow: ExecutableWorkflow, event: WorkflowEvent, entities: EntityIndex
) -> SimulatedEvent:
    """Run an event, and the events that it sends in the order of a log, on one version; scheduled events do not run.

    `entities` holds the entities before, and afterwards with the changes of the simulation.
    """
    first = _run(engine, workflow, event, entities)
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
            follower = _run(engine, workflow, outgoing.to_event(cause.event, cause.result.finished_at_us), entities)
            cause.sent.append(follower)
            waiting.append(follower)
    return first


def _run(engine: Engine, workflow: ExecutableWorkflow, event: WorkflowEvent, entities: EntityIndex) -> SimulatedEvent:
    result = engine.run(event, entities.find(event.entity), workflow)
    if result.entity is not None:
        entities.put(result.entity)
    return SimulatedEvent(event, result)
