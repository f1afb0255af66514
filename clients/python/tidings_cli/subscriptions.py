"""`tidings subscriptions`: of both APIs, those that post to an endpoint (push) and those of queues (collector)."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tidings.collector.v1 import event_subscriptions_pb2 as queue_pb
from tidings.collector.v1.event_subscriptions_pb2_grpc import EventSubscriptionServiceStub
from tidings.push.v1 import subscriptions_pb2 as pb
from tidings.push.v1.subscriptions_pb2_grpc import SubscriptionServiceStub
from tidings_cli.context import File, Yes, confirm, read_message, read_secret, session_of

subscriptions = typer.Typer(no_args_is_help=True, help="Who gets which events: endpoints, queues and topics.")

COLUMNS = ("id", "isActive", "confirmed", "topics", "endpoint", "inactiveReason")
QUEUE_COLUMNS = ("id", "active", "entityType", "destination.type", "inactiveReason")
PAGE = 200
STDIN = Path("-")

Id = Annotated[str, typer.Argument(help="Id of the subscription.")]
Queue = Annotated[bool, typer.Option("--queue", help="Of the collector: to an SQS queue or an SNS topic.")]


@subscriptions.command("create")
def create(
    context: typer.Context,
    endpoint: Annotated[str, typer.Option(help="URL to post to.")] = "",
    topic: Annotated[list[str] | None, typer.Option(help="Topic, order.created or order.*; may be repeated.")] = None,
    *,
    condition: Annotated[str, typer.Option(help="CEL; only events for which it is true are sent.")] = "",
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="JSON or YAML of the subscription; `-` reads standard input.")
    ] = None,
    queue: Queue = False,
) -> None:
    """Create a subscription, of options or of a file. A secret that the server makes is shown this once."""
    session = session_of(context)
    if queue:
        made = read_message(queue_pb.EventSubscription, file or STDIN)
        request = queue_pb.CreateEventSubscriptionRequest(subscription=made)
        session.printer.one(session.call(EventSubscriptionServiceStub, "CreateEventSubscription", request))
        return
    given = read_message(pb.Subscription, file) if file else pb.Subscription(topics=topic or ["*"])
    if endpoint:
        given.endpoint = endpoint
    if condition:
        given.condition = condition
    session.printer.one(
        session.call(SubscriptionServiceStub, "CreateSubscription", pb.CreateSubscriptionRequest(subscription=given))
    )


@subscriptions.command("list")
def list_subscriptions(
    context: typer.Context,
    *,
    queue: Queue = False,
    inactive: Annotated[bool, typer.Option("--inactive", help="With --queue: inactive ones too.")] = False,
) -> None:
    """List subscriptions to endpoints, or with --queue the active ones of the collector."""
    session = session_of(context)
    if queue:
        request = queue_pb.ListEventSubscriptionsRequest(include_inactive=inactive)
        found = session.whole(EventSubscriptionServiceStub, "ListEventSubscriptions", request, "items")
        session.printer.many(found, QUEUE_COLUMNS)
        return
    items: list[Any] = []
    while True:
        asked = pb.ListSubscriptionsRequest(start_index=len(items), page_size=PAGE)
        page = session.call(SubscriptionServiceStub, "ListSubscriptions", asked)
        items += page.items
        if not page.items or len(items) >= page.total_count:
            break
    session.printer.many(items, COLUMNS)


@subscriptions.command("show")
def show(context: typer.Context, subscription: Id, *, queue: Queue = False) -> None:
    """Show one subscription."""
    session = session_of(context)
    if queue:
        request = queue_pb.GetEventSubscriptionRequest(id=subscription)
        session.printer.one(session.call(EventSubscriptionServiceStub, "GetEventSubscription", request))
    else:
        asked = pb.GetSubscriptionRequest(id=subscription)
        session.printer.one(session.call(SubscriptionServiceStub, "GetSubscription", asked))


@subscriptions.command("update")
def update(context: typer.Context, subscription: Id, *, file: File, queue: Queue = False) -> None:
    """Replace a subscription by that of a file. A new endpoint must be confirmed again."""
    session = session_of(context)
    if queue:
        made = read_message(queue_pb.EventSubscription, file)
        made.id = subscription
        request = queue_pb.UpdateEventSubscriptionRequest(subscription=made)
        session.printer.one(session.call(EventSubscriptionServiceStub, "UpdateEventSubscription", request))
    else:
        given = pb.UpdateSubscriptionRequest(id=subscription, subscription=read_message(pb.Subscription, file))
        session.printer.one(session.call(SubscriptionServiceStub, "UpdateSubscription", given))


@subscriptions.command("confirm")
def confirm_endpoint(context: typer.Context, subscription: Id) -> None:
    """Ping the endpoint now: nothing else is sent before it has answered."""
    session = session_of(context)
    request = pb.ConfirmSubscriptionRequest(id=subscription)
    session.printer.one(session.call(SubscriptionServiceStub, "ConfirmSubscription", request))


@subscriptions.command("rotate")
def rotate(
    context: typer.Context,
    subscription: Id,
    *,
    queue: Queue = False,
    access_key: Annotated[str, typer.Option(help="With --queue: id of the new AWS key.")] = "",
) -> None:
    """Give an endpoint a new secret, shown this once, or with --queue the AWS key whose secret is asked for.

    An endpoint's old secret signs beside the new one for a day; a queue's old key is not used again.
    """
    session = session_of(context)
    if queue:
        secret = read_secret("Secret access key")
        keys = queue_pb.RotateEventSubscriptionKeysRequest(id=subscription, access_key=access_key, access_secret=secret)
        session.printer.one(session.call(EventSubscriptionServiceStub, "RotateEventSubscriptionKeys", keys))
    else:
        asked = pb.RotateSecretRequest(id=subscription)
        session.printer.one(session.call(SubscriptionServiceStub, "RotateSecret", asked))


@subscriptions.command("test")
def send_test(context: typer.Context, subscription: Id, *, queue: Queue = False) -> None:
    """Send a test event."""
    session = session_of(context)
    if queue:
        request = queue_pb.TestEventSubscriptionRequest(id=subscription)
        session.printer.one(session.call(EventSubscriptionServiceStub, "TestEventSubscription", request))
    else:
        asked = pb.TestSubscriptionRequest(id=subscription)
        session.printer.one(session.call(SubscriptionServiceStub, "TestSubscription", asked))


@subscriptions.command("activate")
def activate(context: typer.Context, subscription: Id) -> None:
    """Set a subscription active again; what is queued for it is sent."""
    session = session_of(context)
    request = pb.ReactivateSubscriptionRequest(id=subscription)
    session.printer.one(session.call(SubscriptionServiceStub, "ReactivateSubscription", request))


@subscriptions.command("deactivate")
def deactivate(context: typer.Context, subscription: Id) -> None:
    """Send nothing more to a queue's subscription. One of an endpoint is updated with `isActive` false."""
    session = session_of(context)
    request = queue_pb.DeactivateEventSubscriptionRequest(id=subscription)
    session.call(EventSubscriptionServiceStub, "DeactivateEventSubscription", request)
    session.printer.done(f"The subscription {subscription} is inactive.")


@subscriptions.command("delete")
def delete(context: typer.Context, subscription: Id, *, yes: Yes = False) -> None:
    """Delete a subscription to an endpoint; what is queued for it is never sent."""
    confirm(f"Delete the subscription {subscription} and what is queued for it?", yes=yes)
    session = session_of(context)
    session.call(SubscriptionServiceStub, "DeleteSubscription", pb.DeleteSubscriptionRequest(id=subscription))
    session.printer.done(f"The subscription {subscription} is deleted.")
