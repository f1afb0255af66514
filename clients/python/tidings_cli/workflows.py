"""`tidings workflows`: definitions, trying them out, and what became of an event."""

from pathlib import Path
from typing import Annotated

import typer
from google.protobuf.json_format import MessageToJson

from tidings.orchestration.v1 import events_pb2
from tidings.orchestration.v1 import workflows_pb2 as pb
from tidings.orchestration.v1.events_pb2_grpc import EventServiceStub
from tidings.orchestration.v1.workflows_pb2_grpc import WorkflowServiceStub
from tidings_cli.context import File, Limit, read_message, session_of
from tidings_cli.failures import USAGE, CommandFailed

workflows = typer.Typer(no_args_is_help=True, help="What to do about which event of an entity (document 001).")

Name = Annotated[str, typer.Argument(help="Name of the workflow, such as ORDER::HD.")]
OfFile = Annotated[str, typer.Argument(help="Name of the workflow; by default the one in the file.")]


@workflows.command("put")
def put(context: typer.Context, name: OfFile = "", *, file: File) -> None:
    """Store a new version of a workflow, and let events run on it."""
    session = session_of(context)
    workflow = read_message(pb.Workflow, file)
    request = pb.PutWorkflowRequest(name=_named(name, workflow), workflow=workflow)
    session.printer.one(session.call(WorkflowServiceStub, "PutWorkflow", request))


@workflows.command("validate")
def validate(context: typer.Context, name: OfFile = "", *, file: File) -> None:
    """Check a workflow and store nothing."""
    session = session_of(context)
    workflow = read_message(pb.Workflow, file)
    request = pb.ValidateWorkflowRequest(name=_named(name, workflow), workflow=workflow)
    session.printer.one(session.call(WorkflowServiceStub, "ValidateWorkflow", request))


@workflows.command("simulate")
def simulate(context: typer.Context, name: Name, *, file: File) -> None:
    """Show what would become of an event: the file has `event`, and the `entity` where it is not stored."""
    session = session_of(context)
    request = pb.SimulateWorkflowRequest(name=name, simulation=read_message(pb.Simulation, file))
    session.printer.one(session.call(WorkflowServiceStub, "SimulateWorkflow", request))


@workflows.command("trace")
def trace(context: typer.Context, event: Annotated[str, typer.Argument(help="Id of the event.")]) -> None:
    """Show what became of an event, and of every event that it sent."""
    session = session_of(context)
    found = session.call(EventServiceStub, "TraceEvent", events_pb2.TraceEventRequest(event_id=event))
    if session.printer.is_table:
        session.printer.many(_steps(found), ("depth", "event", "id", "status", "ruleset", "changes", "deliveries"))
    else:
        session.printer.one(found)


@workflows.command("list")
def list_workflows(context: typer.Context, *, limit: Limit = 1_000) -> None:
    """List workflows with their active versions."""
    session = session_of(context)
    found = session.slices(WorkflowServiceStub, "ListWorkflows", pb.ListWorkflowsRequest(), limit=limit)
    session.printer.many(found, ("name", "entityType", "entitySubtype", "active.version", "active.createdOn"))


@workflows.command("get")
def get(
    context: typer.Context,
    name: Name,
    *,
    version: Annotated[str, typer.Option(help="Number of the version; by default the active one.")] = "",
    out: Annotated[Path | None, typer.Option(help="File to write as JSON.")] = None,
) -> None:
    """Show a workflow."""
    session = session_of(context)
    found = session.call(WorkflowServiceStub, "GetWorkflow", pb.GetWorkflowRequest(name=name, version=version))
    if out is not None:
        out.write_text(MessageToJson(found) + "\n")
        return
    session.printer.one(found)


@workflows.command("versions")
def versions(context: typer.Context, name: Name, *, limit: Limit = 1_000) -> None:
    """List the versions of a workflow, newest first."""
    session = session_of(context)
    request = pb.ListWorkflowVersionsRequest(name=name)
    found = session.slices(WorkflowServiceStub, "ListWorkflowVersions", request, limit=limit)
    session.printer.many(found, ("version", "isActive", "createdOn", "createdBy"))


@workflows.command("activate")
def activate(
    context: typer.Context, name: Name, version: Annotated[str, typer.Argument(help="Number of the version.")]
) -> None:
    """Let events run on another version."""
    session = session_of(context)
    request = pb.ActivateWorkflowVersionRequest(name=name, version=version)
    session.printer.one(session.call(WorkflowServiceStub, "ActivateWorkflowVersion", request))


def _named(name: str, workflow: pb.Workflow) -> str:
    found = name or workflow.name
    if not found:
        raise CommandFailed("name the workflow: the file does not", code=USAGE)
    return found


def _steps(trace: events_pb2.EventTrace, depth: int = 0) -> list[dict[str, object]]:
    """A line for each event of a trace, as deep as it was sent."""
    event = trace.event
    status = events_pb2.Event.EventStatus.Name(event.event_status) if event.HasField("event_status") else ""
    own: dict[str, object] = {
        "depth": depth,
        "event": event.name,
        "id": event.id,
        "status": status,
        "ruleset": trace.run.ruleset,
        "changes": len(trace.changes),
        "deliveries": len(trace.deliveries),
    }
    return [own, *(step for sent in trace.sent for step in _steps(sent, depth + 1))]
