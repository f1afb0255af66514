"""`tidings conditions`: CEL of subscriptions, checked before it is used."""

from typing import Annotated

import typer

from tidings.collector.v1 import conditions_pb2 as pb
from tidings.collector.v1.conditions_pb2_grpc import ConditionServiceStub
from tidings_cli.context import session_of
from tidings_cli.failures import FOUND, CommandFailed

conditions = typer.Typer(no_args_is_help=True, help="Check conditions of subscriptions.")


@conditions.command("check")
def check(
    context: typer.Context,
    condition: Annotated[str, typer.Argument(help="CEL over event, topic and now.")],
) -> None:
    """Say what is wrong with a condition, and where. The exit code is 10 where something is."""
    session = session_of(context)
    request = pb.CheckConditionRequest(condition=condition)
    found = session.call(ConditionServiceStub, "CheckCondition", request)
    session.printer.many(found.faults, ("line", "column", "message"))
    if not found.is_valid:
        raise CommandFailed("the condition would be refused", code=FOUND, reason="INVALID_CONDITION")
