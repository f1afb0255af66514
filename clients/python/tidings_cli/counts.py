"""`tidings counts`: what came in and went out by hour or day, and what waits."""

from typing import Annotated, Any

import typer

from tidings.collector.v1 import metrics_pb2 as pb
from tidings.collector.v1.metrics_pb2_grpc import MetricsServiceStub
from tidings_cli.context import Limit, check_word, session_of

counts = typer.Typer(no_args_is_help=True, help="Numbers of events and deliveries by hour or day, and what waits.")

STEPS = ("hour", "day")

Start = Annotated[str, typer.Option("--from", help="RFC 3339; by default 24 hours ago, or 30 days by day.")]
End = Annotated[str, typer.Option("--to", help="RFC 3339; by default now.")]
Step = Annotated[str, typer.Option(help="hour or day (UTC).")]
Total = Annotated[bool, typer.Option("--total", help="Add up to one count an hour or day.")]


@counts.command("events")
def events(
    context: typer.Context,
    *,
    start: Start = "",
    end: End = "",
    step: Step = "hour",
    topic: Annotated[str, typer.Option(help="Only this topic.")] = "",
    total: Total = False,
    limit: Limit = 1_000,
) -> None:
    """Count the events that were stored, by topic."""
    request = pb.ListEventCountsRequest(topic=topic, **_range(start, end, step, total=total))
    session = session_of(context)
    found = session.pages(MetricsServiceStub, "ListEventCounts", request, "counts", limit=limit)
    session.printer.many(found, ("at", "topic", "events"))


@counts.command("deliveries")
def deliveries(
    context: typer.Context,
    *,
    start: Start = "",
    end: End = "",
    step: Step = "hour",
    subscription: Annotated[str, typer.Option(help="Only this subscription.")] = "",
    total: Total = False,
    limit: Limit = 1_000,
) -> None:
    """Count attempts to deliver and their outcomes, by subscription."""
    request = pb.ListDeliveryCountsRequest(subscription_id=subscription, **_range(start, end, step, total=total))
    session = session_of(context)
    found = session.pages(MetricsServiceStub, "ListDeliveryCounts", request, "counts", limit=limit)
    session.printer.many(found, ("at", "subscriptionId", "delivered", "failed", "expired"))


@counts.command("backlogs")
def backlogs(
    context: typer.Context,
    *,
    subscription: Annotated[str, typer.Option(help="Only this subscription.")] = "",
    limit: Limit = 1_000,
) -> None:
    """Count the deliveries that wait for each subscription."""
    request = pb.ListBacklogsRequest(subscription_id=subscription)
    session = session_of(context)
    found = session.pages(MetricsServiceStub, "ListBacklogs", request, "backlogs", limit=limit)
    session.printer.many(found, ("subscriptionId", "pending", "isLowerBound"))


def _range(start: str, end: str, step: str, *, total: bool) -> dict[str, Any]:
    check_word("--step", step, STEPS)
    return {"from": start, "to": end, "step": pb.DAY if step == "day" else pb.HOUR, "total": total}
