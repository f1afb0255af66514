"""`tidings recoveries`: deliveries that were given up, sent again in bulk."""

import time
from typing import Annotated, Any

import typer

from tidings.collector.v1 import recoveries_pb2 as pb
from tidings.collector.v1.recoveries_pb2_grpc import RecoveryServiceStub
from tidings_cli.context import Limit, Session, session_of

recoveries = typer.Typer(no_args_is_help=True, help="Send again in bulk what was given up, and see what comes of it.")

COLUMNS = ("id", "state", "expected", "queued", "pending", "delivered", "failed", "cancelled", "createdAt")
POLL_S = 0.5
ENDED = (pb.Recovery.DONE, pb.Recovery.CANCELLED)

Id = Annotated[str, typer.Argument(help="Id of the recovery.")]
Since = Annotated[str, typer.Option(help="Given up since then, RFC 3339.")]
Until = Annotated[str, typer.Option(help="Given up before then; by default now.")]
Subscription = Annotated[str, typer.Option(help="Only of this subscription; by default of all.")]
ErrorType = Annotated[str, typer.Option(help="Only with this error, such as http_status, timeout, connection.")]
HttpStatus = Annotated[int | None, typer.Option(help="Only with this status of the answer, such as 503.")]


@recoveries.command("preview")
def preview(
    context: typer.Context,
    *,
    since: Since,
    until: Until = "",
    subscription: Subscription = "",
    error_type: ErrorType = "",
    http_status: HttpStatus = None,
) -> None:
    """Count what a recovery would send, by error. Nothing changes."""
    fields = _fields(since, until, subscription, error_type, http_status)
    session = session_of(context)
    session.printer.one(session.call(RecoveryServiceStub, "PreviewRecovery", pb.PreviewRecoveryRequest(**fields)))


@recoveries.command("create")
def create(
    context: typer.Context,
    *,
    since: Since,
    until: Until = "",
    subscription: Subscription = "",
    error_type: ErrorType = "",
    http_status: HttpStatus = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until each is delivered or given up.")] = True,
) -> None:
    """Send again what was given up. It goes on in the server, also when this command is ended."""
    fields = _fields(since, until, subscription, error_type, http_status)
    session = session_of(context)
    made = session.call(RecoveryServiceStub, "CreateRecovery", pb.CreateRecoveryRequest(**fields))
    while wait and made.state not in ENDED:
        session.printer.progress(f"{made.delivered:,} delivered, {made.failed:,} failed, {made.pending:,} on their way")
        time.sleep(POLL_S)
        made = _get(session, made.id)
    session.printer.end_progress()
    session.printer.one(made)


@recoveries.command("list")
def list_recoveries(context: typer.Context, *, limit: Limit = 100) -> None:
    """List recoveries, newest first."""
    session = session_of(context)
    found = session.pages(RecoveryServiceStub, "ListRecoveries", pb.ListRecoveriesRequest(), "recoveries", limit=limit)
    session.printer.many(found, COLUMNS)


@recoveries.command("show")
def show(context: typer.Context, recovery: Id) -> None:
    """Show how far a recovery has come."""
    session = session_of(context)
    session.printer.one(_get(session, recovery))


@recoveries.command("items")
def items(context: typer.Context, recovery: Id, *, limit: Limit = 100) -> None:
    """List the deliveries of a recovery, with the outcome of each."""
    session = session_of(context)
    request = pb.ListRecoveryItemsRequest(id=recovery)
    found = session.pages(RecoveryServiceStub, "ListRecoveryItems", request, "items", limit=limit)
    session.printer.many(found, ("deliveryId", "outcome", "attempts", "eventId", "subscriptionId", "reason"))


@recoveries.command("cancel")
def cancel(context: typer.Context, recovery: Id) -> None:
    """Give up again what has not been sent yet."""
    session = session_of(context)
    session.printer.one(session.call(RecoveryServiceStub, "CancelRecovery", pb.CancelRecoveryRequest(id=recovery)))


def _fields(since: str, until: str, subscription: str, error_type: str, http_status: int | None) -> dict[str, Any]:
    return {
        "since": since,
        "until": until,
        "subscription_id": subscription,
        "error_type": error_type,
        "http_status": http_status,
    }


def _get(session: Session, recovery: str) -> pb.Recovery:
    found: pb.Recovery = session.call(RecoveryServiceStub, "GetRecovery", pb.GetRecoveryRequest(id=recovery))
    return found
