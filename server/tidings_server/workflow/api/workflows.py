"""WorkflowService: workflows, their versions, and simulations. All of it is an Extension."""

from typing import Any, Final

from google.protobuf.json_format import MessageToDict, ParseDict

from tidings.orchestration.v1 import workflows_pb2 as pb
from tidings.orchestration.v1 import workflows_pb2_grpc
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import InvalidInput
from tidings_server.platform.scope import Scope
from tidings_server.platform.worker_threads import off_loop
from tidings_server.rpc.answer_size import fitting
from tidings_server.rpc.json_values import whole
from tidings_server.rpc.metadata import Context, etag_of, if_match, scope_of, set_rest_response
from tidings_server.storage.log.records import StoredEvent
from tidings_server.workflow.api import entities, event_messages
from tidings_server.workflow.api.search import page_range, shown_of
from tidings_server.workflow.api.trace import dump_trace
from tidings_server.workflow.definition.lint import LintWarning
from tidings_server.workflow.definition.model import dump
from tidings_server.workflow.engine.simulation import SimulatedEvent
from tidings_server.workflow.entities import Entity, kind
from tidings_server.workflow.entity_queries import Simulations
from tidings_server.workflow.event_codec import decode_event
from tidings_server.workflow.trace import trace_of
from tidings_server.workflow.workflows import MAX_BYTES, Workflows, WorkflowVersion

PATH: Final = "/api/v4.1/workflow"
MAX_DIGITS: Final = 9


class WorkflowService(workflows_pb2_grpc.WorkflowServiceServicer):
    """Workflows of the caller's tenant."""

    def __init__(self, workflows: Workflows, simulations: Simulations, *, clock: Clock, ids: Ids) -> None:
        self._workflows = workflows
        self._simulations = simulations
        self._clock = clock
        self._ids = ids

    async def PutWorkflow(self, request: pb.PutWorkflowRequest, context: Context) -> pb.PutWorkflowResponse:
        versions = if_match(context)
        scope = scope_of(context)
        checked = await self._workflows.put(
            scope, request.name, await _definition(request.workflow, scope), if_match=versions
        )
        etag = etag_of(checked.number)
        set_rest_response(context, location=f"{PATH}/{request.name}", etag=etag)
        return pb.PutWorkflowResponse(version=checked.number, warnings=map(_dump_warning, checked.warnings))

    async def GetWorkflow(self, request: pb.GetWorkflowRequest, context: Context) -> pb.Workflow:
        number = _number(request.version, "version") if request.version else None
        version = await self._workflows.get(scope_of(context), request.name, number)
        set_rest_response(context, etag=etag_of(version.number))
        return _dump_workflow(version)

    async def ListWorkflows(self, request: pb.ListWorkflowsRequest, context: Context) -> pb.ListWorkflowsResponse:
        start, count = page_range(request.start, request.count if request.HasField("count") else None)
        found = await self._workflows.page(
            scope_of(context), entity_type=kind(request.entity_type) or None, offset=start, limit=count + 1
        )
        results = fitting(map(_dump_summary, found[:count]))
        shown = shown_of(found, results, count)
        return pb.ListWorkflowsResponse(start=start, count=shown.size, has_more=shown.has_more, results=results)

    async def ListWorkflowVersions(
        self, request: pb.ListWorkflowVersionsRequest, context: Context
    ) -> pb.ListWorkflowVersionsResponse:
        start, count = page_range(request.start, request.count if request.HasField("count") else None)
        found = await self._workflows.versions(scope_of(context), request.name, offset=start, limit=count + 1)
        results = fitting(map(_dump_version, found[:count]))
        shown = shown_of(found, results, count)
        return pb.ListWorkflowVersionsResponse(start=start, count=shown.size, has_more=shown.has_more, results=results)

    async def ActivateWorkflowVersion(
        self, request: pb.ActivateWorkflowVersionRequest, context: Context
    ) -> pb.WorkflowVersion:
        number = _number(request.version, "version")
        return _dump_version(await self._workflows.activate(scope_of(context), request.name, number))

    async def ValidateWorkflow(
        self, request: pb.ValidateWorkflowRequest, context: Context
    ) -> pb.ValidateWorkflowResponse:
        scope = scope_of(context)
        checked = await self._workflows.validate(scope, request.name, await _definition(request.workflow, scope))
        return pb.ValidateWorkflowResponse(version=checked.number, warnings=map(_dump_warning, checked.warnings))

    async def SimulateWorkflow(
        self, request: pb.SimulateWorkflowRequest, context: Context
    ) -> pb.SimulateWorkflowResponse:
        scope, simulation = scope_of(context), request.simulation
        number = simulation.version if simulation.HasField("version") else None
        event, before = await off_loop(
            lambda: self._inputs(simulation, scope), tenant=scope.tenant, size=simulation.ByteSize()
        )
        simulated, entity = await self._simulations.run(
            scope, request.name, number=number, event=decode_event(event), entity=before
        )
        return await off_loop(lambda: _dump_simulated(simulated, entity, scope), tenant=scope.tenant, size=MAX_BYTES)

    def _inputs(self, simulation: pb.Simulation, scope: Scope) -> tuple[StoredEvent, Entity | None]:
        """The event of a simulation, and the entity before it."""
        event = self._event(simulation, scope)
        entity = simulation.entity if simulation.HasField("entity") else None
        return event, entities.load(entity, event.retailer_id or "") if entity else None

    def _event(self, simulation: pb.Simulation, scope: Scope) -> StoredEvent:
        now = self._clock.now_us()
        record = event_messages.load(simulation.event, scope, new_id=self._ids.uuid7, now_us=now)
        return StoredEvent(0, *record._replace(recorded_at=now))


async def _definition(workflow: pb.Workflow, scope: Scope) -> dict[str, Any]:
    """The workflow as JSON, without the fields that the server sets."""
    definition: dict[str, Any] = await off_loop(
        lambda: _whole(MessageToDict(workflow)), tenant=scope.tenant, size=workflow.ByteSize()
    )
    return definition


def _whole(json: Any) -> Any:
    """JSON whose whole numbers are ints again: in a Struct all are doubles."""
    if isinstance(json, dict):
        return {name: _whole(value) for name, value in json.items()}
    if isinstance(json, list):
        return [_whole(value) for value in json]
    return whole(json) if isinstance(json, float) else json


def _dump_simulated(simulated: SimulatedEvent, entity: Entity | None, scope: Scope) -> pb.SimulateWorkflowResponse:
    after = entities.dump(entity) if entity else None
    return pb.SimulateWorkflowResponse(trace=dump_trace(trace_of(simulated), scope), entity=after)


def _dump_workflow(version: WorkflowVersion) -> pb.Workflow:
    message = ParseDict(dump(version.workflow), pb.Workflow())
    message.version = version.number
    message.is_active = version.is_active
    message.created_on = event_messages.instant(version.created_at)
    message.created_by = version.created_by
    return message


def _dump_version(version: WorkflowVersion) -> pb.WorkflowVersion:
    return pb.WorkflowVersion(
        version=version.number,
        is_active=version.is_active,
        created_on=event_messages.instant(version.created_at),
        created_by=version.created_by,
    )


def _dump_summary(version: WorkflowVersion) -> pb.WorkflowSummary:
    return pb.WorkflowSummary(
        name=version.workflow.name,
        entity_type=version.workflow.entity_type,
        entity_subtype=version.workflow.entity_subtype,
        active=_dump_version(version),
    )


def _dump_warning(warning: LintWarning) -> pb.WorkflowWarning:
    return pb.WorkflowWarning(path=warning.path, reason=warning.reason)


def _number(text: str, field: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise InvalidInput.of(field, "must be the number of a version")
    return int(text)
