"""The command line: global options, the tree of commands, and how it ends."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from tidings_cli import (
    conditions,
    counts,
    credentials,
    deliveries,
    events,
    health,
    listen,
    login,
    loyalty,
    operations,
    persons,
    recoveries,
    schedules,
    subscriptions,
    tenants,
    trigger,
    trust,
    workflows,
)
from tidings_cli.addresses import connect, version
from tidings_cli.context import Session
from tidings_cli.failures import FAILED, INTERRUPTED, USAGE, CommandFailed, report
from tidings_cli.printing import Output, Printer
from tidings_cli.profiles import Profiles, default_path, names_beginning

HELP = """Send, watch and look after events on Tidings.

First steps, where a server runs in this directory (`make run`): its demo tenant needs no login.

    tidings trigger order.created

    tidings events search --topic 'order.*'

    tidings listen --forward-to http://localhost:3000/hook

`tidings login` keeps the credentials of another server. Every command has its own --help, and prints a table, or with
-o json, jsonl or yaml what a program can read.
"""

USAGE_ERROR: Any = typer.BadParameter.__mro__[1]
"""UsageError of the library under Typer, which has its own copy of it from some version on."""

app = typer.Typer(help=HELP, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="markdown")
BUILD, LOOK_AFTER, TENANTS, CREDENTIALS, TRUST = "Build", "Look after", "Tenants", "Credentials", "Trust"
for panel, name, group in (
    (BUILD, "events", events.events),
    (BUILD, "subscriptions", subscriptions.subscriptions),
    (BUILD, "conditions", conditions.conditions),
    (BUILD, "workflows", workflows.workflows),
    (BUILD, "rules", loyalty.rules),
    (BUILD, "customers", loyalty.customers),
    (BUILD, "schedules", schedules.schedules),
    (BUILD, "jobs", schedules.jobs),
    (LOOK_AFTER, "deliveries", deliveries.deliveries),
    (LOOK_AFTER, "recoveries", recoveries.recoveries),
    (LOOK_AFTER, "counts", counts.counts),
    (LOOK_AFTER, "parked", operations.parked),
    (LOOK_AFTER, "profiles", login.profiles),
    (TENANTS, "tenant", tenants.tenants),
    (TENANTS, "retailer", tenants.retailers),
    (TENANTS, "store", tenants.stores),
    (TENANTS, "portal", operations.portals),
    (TENANTS, "person", persons.persons),
    (CREDENTIALS, "client", credentials.clients),
    (CREDENTIALS, "key", credentials.keys),
    (CREDENTIALS, "user", credentials.users),
    (CREDENTIALS, "operator", credentials.operators),
    (CREDENTIALS, "credential", credentials.credentials),
    (TRUST, "issuer", trust.issuers),
    (TRUST, "signing-key", trust.signing_keys),
    (TRUST, "data-key", trust.data_keys),
    (TRUST, "master-key", trust.master_key),
):
    app.add_typer(group, name=name, rich_help_panel=panel)
app.command("login", rich_help_panel=BUILD)(login.login)
app.command("logout", rich_help_panel=BUILD)(login.logout)
app.command("trigger", rich_help_panel=BUILD)(trigger.trigger)
app.command("listen", rich_help_panel=BUILD)(listen.listen)
app.command("status", rich_help_panel=LOOK_AFTER)(health.status)
app.command("state", rich_help_panel=LOOK_AFTER)(operations.state)
app.command("doctor", rich_help_panel=LOOK_AFTER)(health.doctor)
app.command("audit", rich_help_panel=TRUST)(trust.audit)
app.command("token", rich_help_panel=CREDENTIALS)(credentials.token)


def _print_version(value: bool) -> None:  # noqa: FBT001 - click calls it so
    if value:
        print(f"tidings {version()}")
        raise typer.Exit


@app.callback()
def shared(
    context: typer.Context,
    *,
    profile: Annotated[
        str,
        typer.Option(
            envvar="TIDINGS_PROFILE",
            help="Profile of `tidings login`; by default the current one.",
            autocompletion=names_beginning,
        ),
    ] = "",
    server: Annotated[
        str,
        typer.Option(
            envvar="TIDINGS_SERVER",
            help="Host and port of the server's gRPC; by default the profile's, else 127.0.0.1 and TIDINGS_GRPC_PORT.",
        ),
    ] = "",
    token_file: Annotated[
        Path | None,
        typer.Option(
            envvar="TIDINGS_OPERATOR_TOKEN_FILE",
            exists=True,
            dir_okay=False,
            help="File with the operator's token; TIDINGS_OPERATOR_TOKEN may hold the token itself.",
        ),
    ] = None,
    data_dir: Annotated[
        Path,
        typer.Option(
            envvar="TIDINGS_DATA_DIR",
            file_okay=False,
            help="A server's data directory, for the credentials of its demo tenant and its first operator.",
        ),
    ] = Path(".tidings"),
    ca: Annotated[
        Path | None,
        typer.Option(
            envvar="TIDINGS_CA",
            exists=True,
            dir_okay=False,
            help="PEM file of the server's certificate authority; enables TLS.",
        ),
    ] = None,
    output: Annotated[
        Output,
        typer.Option(
            "-o",
            "--output",
            envvar="TIDINGS_OUTPUT",
            help="Form of the data; may stand behind a command too. --json: -o json.",
        ),
    ] = Output.TABLE,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Set the connection and the printer of a command."""
    del version
    if "--help" in sys.argv:
        return
    profiles = Profiles.load(default_path(os.environ))
    named = profile or profiles.current
    connection = connect(
        profiles, profile, server=server, ca=ca, token_file=token_file, data_dir=data_dir, environment=os.environ
    )
    context.obj = Session(connection, Printer(output), profiles, named, data_dir)


def main() -> None:
    """Entry point."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """The exit code of a command; failures are printed to standard error, as JSON where the output is no table."""
    form, rest = _output_of(arguments)
    try:
        ended = app([*form, *rest], prog_name="tidings", standalone_mode=False)
    except CommandFailed as failure:
        return _failed(failure, form)
    except USAGE_ERROR as error:
        if not form:
            error.show()
            return USAGE
        return _failed(CommandFailed(error.format_message(), code=USAGE), form)
    except (typer.Abort, KeyboardInterrupt):
        return _failed(CommandFailed("interrupted", code=INTERRUPTED), form)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # who reads has had enough
        return FAILED
    return ended if isinstance(ended, int) else 0


def _failed(failure: CommandFailed, form: Sequence[str]) -> int:
    report(failure, is_json=bool(form) and form[-1] != Output.TABLE)
    return failure.code


def _output_of(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The form of the output as an option of the whole command line, and the rest: `-o` may stand anywhere."""
    given, rest, at = os.environ.get("TIDINGS_OUTPUT", ""), [], 0
    while at < len(arguments):
        argument = arguments[at]
        at += 1
        if argument == "--":
            rest += [argument, *arguments[at:]]
            break
        if argument in {"-o", "--output"} and at < len(arguments):
            given = arguments[at]
            at += 1
        elif argument.startswith("--output="):
            given = argument.partition("=")[2]
        elif argument.startswith("-o") and argument[2:] in set(Output):
            given = argument[2:]
        elif argument == "--json":
            given = Output.JSON.value
        else:
            rest.append(argument)
    return (["--output", given] if given else []), rest
