"""`tidings state`, `tidings parked`, `tidings portal`: the running server, for its operator."""

from typing import Annotated

import typer
from google.protobuf.duration_pb2 import Duration

from tidings.admin.v1 import operations_pb2, portal_links_pb2
from tidings.admin.v1.operations_pb2_grpc import OperationsServiceStub
from tidings.admin.v1.portal_links_pb2_grpc import PortalLinkServiceStub
from tidings_cli.context import Limit, session_of
from tidings_cli.tenants import Tenant

parked = typer.Typer(no_args_is_help=True, help="Events that a consumer gave up on.")
portals = typer.Typer(no_args_is_help=True, help="Links to the console, narrowed to one tenant or application.")

MIN_LIFE_S, MAX_LIFE_S = 60, 86_400


def state(context: typer.Context) -> None:
    """Show how far each consumer is behind the log, and what is stored."""
    session = session_of(context)
    request = operations_pb2.GetServerStateRequest()
    session.printer.one(session.call(OperationsServiceStub, "GetServerState", request))


@parked.command("list")
def list_parked(context: typer.Context, *, limit: Limit = 100) -> None:
    """List events that a consumer gave up on, oldest first."""
    session = session_of(context)
    request = operations_pb2.ListParkedEventsRequest()
    found = session.pages(OperationsServiceStub, "ListParkedEvents", request, "events", limit=limit)
    session.printer.many(found, ("id", "reactor", "tenantId", "eventId", "attempts", "error"))


@parked.command("retry")
def retry(context: typer.Context, event: Annotated[str, typer.Argument(help="Id of the parked event.")]) -> None:
    """Give a parked event back to its consumer."""
    session = session_of(context)
    session.call(OperationsServiceStub, "RetryParkedEvent", operations_pb2.RetryParkedEventRequest(id=event))
    session.printer.done(f"The parked event {event} is tried again.")


@portals.command("create")
def create_portal(
    context: typer.Context,
    tenant: Tenant,
    *,
    application: Annotated[str, typer.Option(help="Only the subscriptions with this appId.")] = "",
    frame_origin: Annotated[str, typer.Option(help="Origin of the pages that may embed it; by default none.")] = "",
    expires_in_s: Annotated[
        int | None, typer.Option(min=MIN_LIFE_S, max=MAX_LIFE_S, help="Seconds that it is good for; by default 3600.")
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Its holder may change nothing.")] = False,
) -> None:
    """Create a link, which is shown this once. `tidings credential revoke` ends it before its time."""
    session = session_of(context)
    request = portal_links_pb2.CreatePortalLinkRequest(
        tenant_id=tenant, application=application, frame_origin=frame_origin, read_only=read_only
    )
    if expires_in_s is not None:
        request.expires_in.CopyFrom(Duration(seconds=expires_in_s))
    session.printer.one(session.call(PortalLinkServiceStub, "CreatePortalLink", request))
