"""`tidings deliveries`: what became of events at subscriptions, and sending them again."""

import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from tidings.collector.v1 import deliveries_pb2 as pb
from tidings.collector.v1.deliveries_pb2_grpc import DeliveryServiceStub
from tidings.push.v1 import deliveries_pb2 as push_pb
from tidings.push.v1.deliveries_pb2_grpc import DeliveryAttemptServiceStub
from tidings_cli.context import Limit, Session, check_word, session_of

deliveries = typer.Typer(no_args_is_help=True, help="Look at deliveries, and send again.")

COLUMNS = ("id", "deliveryStatus", "eventSummary.topic", "eventSummary.eventId", "createDate", "nextExecutionDate")
STATUSES = ("Pending", "Succeeded", "Failed", "Expired")
UNFINISHED = ("Pending", "Failed")
PAGE, POLL_S = 100, 0.5

Subscription = Annotated[str, typer.Argument(help="Id of the subscription.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until everything is delivered or given up.")]


@deliveries.command("list")
def list_deliveries(
    context: typer.Context,
    subscription: Annotated[str, typer.Option(help="Only those of this subscription.")] = "",
    *,
    status: Annotated[str, typer.Option(help="Pending, Succeeded, Failed (will be tried again) or Expired.")] = "",
    limit: Limit = 50,
) -> None:
    """List deliveries, newest first."""
    if status:
        check_word("--status", status, STATUSES)
    session = session_of(context)
    session.printer.many(_listed(session, subscription, status, limit), COLUMNS)


@deliveries.command("show")
def show(
    context: typer.Context,
    subscription: Subscription,
    delivery: Annotated[str, typer.Argument(help="Number of the delivery.")],
) -> None:
    """Show one delivery with its attempts and what was answered."""
    session = session_of(context)
    request = push_pb.GetDeliveryAttemptRequest(subscription_id=subscription, process_id=delivery)
    session.printer.one(session.call(DeliveryAttemptServiceStub, "GetDeliveryAttempt", request))


@deliveries.command("queue")
def of_queue(
    context: typer.Context,
    subscription: Subscription,
    *,
    state: Annotated[str, typer.Option(help="DELIVERED, PENDING, EXPIRED, or FAILED: tried, and not arrived.")] = "",
    limit: Limit = 50,
) -> None:
    """List the deliveries of a queue or an endpoint, newest first."""
    session = session_of(context)
    request = pb.ListDeliveriesRequest(id=subscription)
    if state:
        check_word("--state", state, [name for name, number in request.State.items() if number])
        request.state = request.State.Value(state)
    columns = ("id", "status", "topic", "eventId", "attempts", "reason", "nextAttemptAt")
    session.printer.many(
        session.pages(DeliveryServiceStub, "ListDeliveries", request, "deliveries", limit=limit), columns
    )


@deliveries.command("request")
def request_of(
    context: typer.Context, delivery: Annotated[str, typer.Argument(help="Number of the delivery.")]
) -> None:
    """Show one delivery of a queue or an endpoint with its attempts and what is sent."""
    session = session_of(context)
    session.printer.one(session.call(DeliveryServiceStub, "GetDelivery", pb.GetDeliveryRequest(id=delivery)))


@deliveries.command("why")
def why(context: typer.Context, event: Annotated[str, typer.Argument(help="Id of the event.")]) -> None:
    """Show for each subscription whether it got an event, and why not."""
    session = session_of(context)
    request = pb.ListEventDeliveriesRequest(id=event)
    found = session.whole(DeliveryServiceStub, "ListEventDeliveries", request, "deliveries")
    columns = ("subscriptionId", "status", "attempts", "reason", "deliveryId", "nextAttemptAt")
    session.printer.many(found, columns)


@deliveries.command("resend")
def resend(
    context: typer.Context,
    delivery: Annotated[str, typer.Argument(help="Number of the delivery; empty with --failed.")] = "",
    *,
    failed: Annotated[str, typer.Option(help="Instead: all that this subscription's deliveries gave up.")] = "",
    since: Annotated[
        str, typer.Option(help="With --failed: given up since then, RFC 3339; by default a day ago.")
    ] = "",
    wait: Wait = True,
) -> None:
    """Send one finished delivery again, or all that a subscription was not given."""
    session = session_of(context)
    if failed:
        since = since or datetime.fromtimestamp(time.time() - 86_400, UTC).isoformat()
        request = pb.RedeliverFailedRequest(id=failed, since=since)
        accepted = session.call(DeliveryServiceStub, "RedeliverFailed", request)
        _follow(session, failed, accepted.accepted, wait=wait)
    else:
        accepted = session.call(DeliveryServiceStub, "RedeliverDelivery", pb.RedeliverDeliveryRequest(id=delivery))
    session.printer.one(accepted)


@deliveries.command("replay")
def replay(
    context: typer.Context,
    subscription: Subscription,
    *,
    start: Annotated[str, typer.Option("--from", help="A position, or an instant as RFC 3339.")],
    end: Annotated[str, typer.Option("--to", help="The same; by default now.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would be sent, and send nothing.")] = False,
    wait: Wait = True,
) -> None:
    """Send a range of the past to a subscription once more. Receivers see it by the replay's id in `webhook-id`."""
    session = session_of(context)
    if dry_run:
        counted = pb.PreviewReplayRequest(id=subscription, to=end)
        setattr(counted, "from", start)
        session.printer.one(session.call(DeliveryServiceStub, "PreviewReplay", counted))
        return
    request = pb.ReplaySubscriptionRequest(id=subscription, to=end)
    setattr(request, "from", start)
    accepted = session.call(DeliveryServiceStub, "ReplaySubscription", request)
    _follow(session, subscription, accepted.accepted, wait=wait)
    session.printer.one(accepted)


def _listed(session: Session, subscription: str, status: str, limit: int) -> list[push_pb.EventDeliverySummary]:
    found: list[push_pb.EventDeliverySummary] = []
    while len(found) < limit:
        page = _page(session, subscription, status, len(found), min(PAGE, limit - len(found)))
        found += page.items
        if not page.items or len(found) >= page.total_count:
            return found
    session.note_cut(limit)
    return found


def _page(
    session: Session, subscription: str, status: str, start: int, size: int
) -> push_pb.EventDeliverySummaryCollection:
    request = push_pb.ListDeliveryAttemptsRequest(
        subscription_id=subscription,
        start_index=start,
        page_size=size,
        filter=f"deliveryStatus eq {status}" if status else "",
    )
    page: push_pb.EventDeliverySummaryCollection = session.call(
        DeliveryAttemptServiceStub, "ListDeliveryAttempts", request
    )
    return page


def _follow(session: Session, subscription: str, accepted: int, *, wait: bool) -> None:
    """Wait until nothing of a subscription is on its way, and show how many are left."""
    while wait and accepted:
        left = sum(_page(session, subscription, status, 0, 1).total_count for status in UNFINISHED)
        session.printer.progress(f"{accepted:,} to send, {left:,} on their way")
        if not left:
            break
        time.sleep(POLL_S)
    session.printer.end_progress()
