"""The server's command line."""

import argparse
import asyncio
import os
import re
import signal
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from string import Template

import structlog
from pydantic import ValidationError

from tidings_server import __version__
from tidings_server.app import RunningProcess, envoy_config, run, running
from tidings_server.backup import arguments as backup_arguments
from tidings_server.backup.errors import BackupRefused
from tidings_server.composition import migrate_arguments
from tidings_server.composition.rebuilds import rebuild_counts, rebuild_shop
from tidings_server.composition.relay import rewind_relay
from tidings_server.doctor import arguments as doctor_arguments
from tidings_server.edge.process import EdgeFailed
from tidings_server.identity.demo import FILE as DEMO_FILE
from tidings_server.platform import failpoints
from tidings_server.platform.certificates import BadCertificate
from tidings_server.platform.clock import SystemClock
from tidings_server.platform.setting_sources import SettingsFileError
from tidings_server.platform.telemetry import logs
from tidings_server.platform.telemetry.traces import BadTraceSettings
from tidings_server.process_group import process_group
from tidings_server.setting_variables import misspelt, read_from, table
from tidings_server.settings import Settings
from tidings_server.storage.sqlite.engines import StartRefused

COMMANDS = ("run", "serve", "rebuild-shop", "rebuild-counts", "envoy-config", "settings")
SERVING = ("run", "serve")
HELP = """\
commands
  run       everything: database, demo tenant, gRPC server and Envoy with the REST paths (the default)
  serve     the same without Envoy: gRPC alone
  migrate   bring the database's schema up to date (apply), or say what that would change (plan, status, --check)
  rebuild-shop
            forget what the log says of customers, wishes, stock and orders; the next start reads it again
  rebuild-counts
            forget the hourly counts of events that the log still has; the next start counts them again
  rewind-relay SEQ
            have the stream of TIDINGS_NATS_URL get again what comes after the event of this `Tidings-Seq`
  envoy-config
            print the configuration of Envoy for who runs it (TIDINGS_EDGE=off)
  backup    copy the database, the keys and the other files into one archive, while a server runs
  restore   unpack such an archive into an empty data directory
  archived  show the events that retention has archived, or put them back into the log
  doctor    look at settings, machine, database and mail, and say what to do
  settings  print every setting with its default, as in docs/settings.md

Settings come from the environment, from files with one secret each (TIDINGS_MASTER_KEY_FILE=…), and from the file that
TIDINGS_CONFIG names, or tidings.toml; the ones to know first:
  TIDINGS_HTTP_PORT      REST                  (8080)
  TIDINGS_GRPC_PORT      gRPC                  (50051)
  TIDINGS_METRICS_PORT   Prometheus /metrics   (9464)
  TIDINGS_DATA_DIR       all that is stored    (.tidings)
  TIDINGS_DATABASE_URL   postgresql://user:password@host/name instead of SQLite
  TIDINGS_EGRESS_ALLOW   private networks that webhooks may go to, such as 127.0.0.0/8
docs/settings.md has all. Ctrl-C or SIGTERM answers what is under way and stops; a second Ctrl-C stops at once.
"""


DEMO = Template("""
Lines to paste, for the tenant demo (all its credentials are in $credentials):

# a token
SECRET=$$(python3 -c 'import json; print(json.load(open("$credentials"))["client_secret"])')
TOKEN=$$(curl -s $rest/oauth/token -d grant_type=client_credentials -d client_id=demo-client \\
  -d client_secret=$$SECRET | python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')

# an event comes in, is found again, and is read with its deliveries
curl -sw "\\n" $rest/api/v1/events -H "Authorization: Bearer $$TOKEN" -H 'X-TWC-Tenant: demo' \\
  -d '{"id": "first", "entity_id": "1", "entity_name": "ORDER", "event_type": "ENTITY_EVENT",
       "event_source": "APPLICATION", "event_payload": {"operation": "CREATE"}}'
curl -sw "\\n" $rest/api/v1/events/first -H "Authorization: Bearer $$TOKEN" -H 'X-TWC-Tenant: demo'
curl -sw "\\n" $rest/api/v1/events/first/deliveries -H "Authorization: Bearer $$TOKEN" -H 'X-TWC-Tenant: demo'

# a subscription: every later event of an order goes to this endpoint, once it has confirmed
curl -sw "\\n" $rest/api/event/push/subscriptions -H "Authorization: Bearer $$TOKEN" \\
  -d '{"endpoint": "https://example.com/hook", "topics": ["order.*"]}'

# the same event by gRPC
grpcurl -plaintext -H "authorization: Bearer $$TOKEN" -H 'x-twc-tenant: demo' \\
  -d '{"id": "first"}' $grpc tidings.collector.v1.EventService/GetEvent
""")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status."""
    parsed = _parser().parse_args(arguments)
    command = parsed.command or "run"
    if command == "settings":
        print(table())
        return 0
    try:
        settings = Settings()
    except (ValidationError, SettingsFileError) as error:
        print(_misset(error) if isinstance(error, ValidationError) else f"tidings-server: {error}", file=sys.stderr)
        return 2
    for name, nearest in misspelt().items():
        print(f"tidings-server: {name} is no setting; the nearest is {nearest}", file=sys.stderr)
    for warning in settings.warnings:
        print(f"tidings-server: {warning}", file=sys.stderr)
    os.umask(0o077)  # whatever is stored, sockets too, is this user's alone
    failpoints.arm(settings.failpoint)
    logs.configure(SystemClock(), level=settings.log_level, form=logs.form_of(settings.log_format))
    try:
        return _carry_out(parsed, command, settings)
    except (StartRefused, EdgeFailed, BadCertificate, BadTraceSettings, BackupRefused, OSError) as error:
        print(f"tidings-server: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BaseExceptionGroup:
        structlog.get_logger(__name__).exception("died")
        return 1


def _carry_out(parsed: argparse.Namespace, command: str, settings: Settings) -> int:
    if command == doctor_arguments.NAME:
        from tidings_server.doctor import command_line as doctor_command  # noqa: PLC0415 - imports tar's library

        return run(doctor_command.diagnose(parsed, settings))
    if command == migrate_arguments.NAME or (settings.role == "migrate" and command in SERVING):
        from tidings_server.composition import migrating  # noqa: PLC0415 - imports Alembic

        return run(migrating.carry_out(parsed, settings))
    has_edge = command == "run" and settings.edge == "on"
    if command in backup_arguments.COMMANDS:
        from tidings_server.backup import command_line as backup_commands  # noqa: PLC0415 - imports age's library

        backup_commands.carry_out(parsed, settings)
    elif command == "envoy-config":
        print(envoy_config(settings))
    elif command == "rebuild-shop":
        run(rebuild_shop(settings))
        print("The shop's projection is empty; it is built again from the log when a server starts.")
    elif command == "rebuild-counts":
        run(rebuild_counts(settings))
        print("The events that the log still has are counted again when a server starts.")
    elif command == "rewind-relay":
        print(run(rewind_relay(settings, parsed.seq)))
    elif settings.workers > 1:
        run(_serve(settings, process_group(settings, has_edge=has_edge)))
    else:
        run(_serve(settings, running(settings, has_edge=has_edge)))
    return 0


def _misset(error: ValidationError) -> str:
    """Errors of the environment, a line a setting, without the values, which may be secret."""
    named = ((f"{read_from(fault['loc'][0])}: " if fault["loc"] else "", fault["msg"]) for fault in error.errors())
    return "\n".join(f"tidings-server: {name}{message.removeprefix('Value error, ')}" for name, message in named)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tidings-server",
        description="Tidings: one commerce event hub that answers to five documented APIs.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", metavar="command", help="see below; `command --help` says more")
    for name in COMMANDS:
        commands.add_parser(name)
    rewind = commands.add_parser("rewind-relay")
    rewind.add_argument("seq", type=_position, help="number of the last event that is not published again; 0: all are")
    migrate_arguments.add_parser(commands)
    backup_arguments.add_parsers(commands)
    doctor_arguments.add_parser(commands)
    return parser


def _position(text: str) -> int:
    """A number of an event, or 0."""
    if not re.fullmatch(r"[0-9]{1,19}", text) or int(text) >= 1 << 63:
        raise argparse.ArgumentTypeError("must be a whole number from 0, of 63 bits")
    return int(text)


async def _serve(settings: Settings, started: AbstractAsyncContextManager[RunningProcess]) -> None:
    """Serve until the first signal."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal(number: signal.Signals) -> None:
        print(f"{number.name}: what is under way is answered; once more, and it stops at once.", flush=True)
        stop.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal, number)
    async with started as process:
        print(_greeting(settings, process), flush=True)
        await stop.wait()
    print("Stopped.", flush=True)


def _greeting(settings: Settings, process: RunningProcess) -> str:
    """Addresses of the process and, with a demo tenant, commands to paste."""
    grpc = f"{_reached_at(settings.grpc_host)}:{process.grpc_port}"
    rest = f"{'https' if settings.tls else 'http'}://{_reached_at(settings.http_host)}:{process.http_port}"
    lines = [f"Tidings {__version__} is ready."]
    lines += [f"  REST     {rest}"] if process.http_port else []
    lines += [f"  gRPC     {grpc}"] if process.grpc_port else []
    lines += [f"  metrics  http://{_reached_at(settings.metrics_host)}:{process.metrics_port}/metrics"]
    if process.demo and process.http_port:
        credentials = (settings.data_dir / DEMO_FILE).absolute()
        lines.append(DEMO.substitute(rest=rest, grpc=grpc, credentials=credentials))
    return "\n".join(lines)


def _reached_at(host: str) -> str:
    """Address to connect to, also where the process listens on all."""
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{own}]" if ":" in own else own
