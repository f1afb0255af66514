"""`tidings login`, `logout` and `profiles`: credentials of a server, kept for further commands."""

import os
from pathlib import Path
from typing import Annotated

import typer

from tidings.admin.v1.tenants_pb2 import ListTenantsRequest
from tidings.admin.v1.tenants_pb2_grpc import TenantServiceStub
from tidings.collector.v1.events_pb2 import SearchEventsRequest
from tidings.collector.v1.events_pb2_grpc import EventServiceStub
from tidings.orchestration.v1 import events_pb2 as workflow_pb
from tidings.orchestration.v1.events_pb2_grpc import EventServiceStub as WorkflowEventServiceStub
from tidings.scheduling.v1.events_pb2 import ListScheduledEventsRequest
from tidings.scheduling.v1.events_pb2_grpc import ScheduledEventServiceStub
from tidings_cli.connection import Connection
from tidings_cli.context import confirm, read_secret, session_of
from tidings_cli.failures import USAGE, CommandFailed
from tidings_cli.profiles import DEFAULT, Profile, names_beginning

profiles = typer.Typer(no_args_is_help=True, help="Servers and credentials that `tidings login` keeps.")

Known = Annotated[str, typer.Argument(help="Profile.", autocompletion=names_beginning)]


def login(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Option("--name", help="Name of the profile.")] = DEFAULT,
    tenant: Annotated[str, typer.Option(help="Name or UUID of the tenant.")] = "",
    client_id: Annotated[str, typer.Option(help="Id of an OAuth client (documents 000, 002, 003).")] = "",
    username: Annotated[str, typer.Option(help="User with a password (document 001).")] = "",
    store: Annotated[str, typer.Option(help="Store with an API key (document 004).")] = "",
    operator: Annotated[bool, typer.Option("--operator", help="Keep an operator's token too.")] = False,
) -> None:
    """Keep an address and the credentials that are for it, once they are found good.

    The secrets are asked for without showing them. Where nobody can be asked they are lines of standard input, in the
    order client's secret, password, store's key, operator's token; or TIDINGS_CLIENT_SECRET, TIDINGS_PASSWORD,
    TIDINGS_STORE_KEY and TIDINGS_OPERATOR_TOKEN hold them. They lie in a file that only you can read (TIDINGS_PROFILES
    says where), and are shown to this address alone.
    """
    session = session_of(context)
    at = session.connection.profile
    if not (client_id or store or operator):
        raise CommandFailed("say what to log in with: --client-id, --store or --operator", code=USAGE)
    if client_id and not tenant:
        raise CommandFailed("--tenant is required with --client-id", code=USAGE)
    made = Profile(at.server, ca=str(Path(at.ca).resolve()) if at.ca else "", tenant=tenant, client_id=client_id)
    if client_id:
        made.client_secret = _secret("TIDINGS_CLIENT_SECRET", "Secret of the client")
    if username:
        made.username, made.password = username, _secret("TIDINGS_PASSWORD", f"Password of {username}")
    if store:
        made.store, made.store_key = store, _secret("TIDINGS_STORE_KEY", f"API key of the store {store}")
    if operator:
        made.operator_token = _secret("TIDINGS_OPERATOR_TOKEN", "Operator's token")
    checked = _check(made)
    session.profiles.by_name[name] = made
    session.profiles.current = name
    session.profiles.save()
    session.printer.one({"profile": name, "server": made.server, "credentials": checked})


def logout(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(help="Profile; by default the current one.", autocompletion=names_beginning)
    ] = "",
) -> None:
    """Forget a profile's credentials. They stay good: `tidings credential revoke` ends them."""
    session = session_of(context)
    name = name or session.profile_name
    session.profiles.get(name)
    del session.profiles.by_name[name]
    session.profiles.current = next(iter(session.profiles.by_name), DEFAULT)
    session.profiles.save()
    session.printer.done(f"The profile {name} is forgotten.")


@profiles.command("list")
def list_profiles(context: typer.Context) -> None:
    """List profiles, without their secrets."""
    session = session_of(context)
    shown = [
        {"name": name, "current": name == session.profiles.current, "server": one.server, "tenant": one.tenant}
        for name, one in session.profiles.by_name.items()
    ]
    session.printer.many(shown, ("name", "current", "server", "tenant"))


@profiles.command("use")
def use(context: typer.Context, name: Known) -> None:
    """Make a profile the current one."""
    session = session_of(context)
    session.profiles.get(name)
    session.profiles.current = name
    session.profiles.save()
    session.printer.done(f"The profile {name} is current.")


@profiles.command("delete")
def delete(
    context: typer.Context,
    name: Known,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Forget a profile, as `tidings logout` does."""
    confirm(f"Forget the profile {name}?", yes=yes)
    logout(context, name)


def _secret(variable: str, prompt: str) -> str:
    secret = os.environ.get(variable) or read_secret(prompt)
    if not secret:
        raise CommandFailed(f"no secret: {variable}, or a line of standard input", code=USAGE)
    return secret


def _check(made: Profile) -> list[str]:
    """Kinds of credentials that the server has found good. Raises CommandFailed for a bad one."""
    connection = Connection(made, "this login")
    found = []
    if made.client_id:
        connection.call(EventServiceStub, "SearchEvents", SearchEventsRequest(page_size=1))
        found.append("client")
    if made.username:
        connection.call(WorkflowEventServiceStub, "SearchEvents", workflow_pb.SearchEventsRequest(count=1))
        found.append("user")
    if made.store:
        connection.call(ScheduledEventServiceStub, "ListScheduledEvents", ListScheduledEventsRequest())
        found.append("store")
    if made.operator_token:
        connection.call(TenantServiceStub, "ListTenants", ListTenantsRequest(page_size=1))
        found.append("operator")
    return found
