"""The command line: global options and the tree of commands."""

from pathlib import Path
from typing import Annotated

import typer

from tidings_cli import credentials, persons, tenants, trust
from tidings_cli.connection import Connection
from tidings_cli.context import Session
from tidings_cli.printing import Printer

HELP = """Administer Tidings: tenants, credentials, keys, and the audit trail.

First steps, where a server runs in this directory (`make run`):

    tidings tenant create acme

    tidings client create acme --grant events:write --grant events:read

    echo $SECRET | tidings token $CLIENT

Every command has its own --help; --json before a command prints JSON for programs.
"""

app = typer.Typer(help=HELP, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="markdown")
app.add_typer(tenants.tenants, name="tenant", rich_help_panel="Tenants")
app.add_typer(tenants.retailers, name="retailer", rich_help_panel="Tenants")
app.add_typer(tenants.stores, name="store", rich_help_panel="Tenants")
app.add_typer(persons.persons, name="person", rich_help_panel="Tenants")
app.add_typer(credentials.clients, name="client", rich_help_panel="Credentials")
app.add_typer(credentials.keys, name="key", rich_help_panel="Credentials")
app.add_typer(credentials.users, name="user", rich_help_panel="Credentials")
app.add_typer(credentials.operators, name="operator", rich_help_panel="Credentials")
app.add_typer(credentials.credentials, name="credential", rich_help_panel="Credentials")
app.add_typer(trust.issuers, name="issuer", rich_help_panel="Trust")
app.add_typer(trust.signing_keys, name="signing-key", rich_help_panel="Trust")
app.add_typer(trust.data_keys, name="data-key", rich_help_panel="Trust")
app.add_typer(trust.master_key, name="master-key", rich_help_panel="Trust")
app.command("audit", rich_help_panel="Trust")(trust.audit)
app.command("token", rich_help_panel="Credentials")(credentials.token)


@app.callback()
def shared(
    context: typer.Context,
    *,
    server: Annotated[
        str,
        typer.Option(
            envvar="TIDINGS_SERVER",
            help="Host and port of the server's gRPC; by default 127.0.0.1 and the port that TIDINGS_GRPC_PORT says.",
        ),
    ] = "",
    grpc_port: Annotated[int, typer.Option(envvar="TIDINGS_GRPC_PORT", hidden=True)] = 50051,
    token: Annotated[
        str,
        typer.Option(
            envvar="TIDINGS_OPERATOR_TOKEN",
            show_envvar=True,
            show_default=False,
            help="The operator's token. Prefer the environment: other users of the machine can see arguments.",
        ),
    ] = "",
    token_file: Annotated[
        Path | None,
        typer.Option(
            envvar="TIDINGS_OPERATOR_TOKEN_FILE",
            exists=True,
            dir_okay=False,
            help="File with the token; by default that of the data directory.",
        ),
    ] = None,
    data_dir: Annotated[
        Path,
        typer.Option(
            envvar="TIDINGS_DATA_DIR",
            file_okay=False,
            help="A server's data directory, for the token of its first operator or of the demo.",
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
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Set the connection and the printer of a command."""
    context.obj = Session(
        Connection(server or f"127.0.0.1:{grpc_port}", data_dir, token, token_file, ca), Printer(is_json=json)
    )


def main() -> None:
    """Entry point."""
    app()
