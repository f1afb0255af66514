"""The commands `backup`, `restore` and `archived` of the server's command line."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any, Final

from tidings_server.backup.archived_events import ArchivedJob, found, put_back
from tidings_server.backup.backup import BackupJob, back_up
from tidings_server.backup.report import Report
from tidings_server.backup.restore import RestoreJob, restore
from tidings_server.platform.clock import Clock, SystemClock, parse_rfc3339
from tidings_server.settings import Settings

COMMANDS: Final = ("backup", "restore", "archived")
PLACE: Final = "a directory, or s3://bucket/prefix"


def add_parsers(commands: Any) -> None:
    """Add the commands to the subparsers of the server's parser."""
    backup = commands.add_parser(
        "backup",
        help="copy a server's database, keys and files into one archive, while it runs",
        description="Copy the embedded database, the master key and all other files of TIDINGS_DATA_DIR into one "
        "archive, tidings-<instant>.tar.gz, and check that it can be restored. A server may run meanwhile. Without "
        "--recipient the archive holds master.key as it is: keep it as safe as the data directory. "
        "PostgreSQL is backed up by its own tools.",
    )
    backup.add_argument("to", metavar="TO", help=PLACE)
    backup.add_argument(
        "--recipient",
        action="append",
        default=[],
        metavar="KEY",
        help="encrypt with age for this public key, `age1…` or an SSH key; may be repeated",
    )
    restore_ = commands.add_parser(
        "restore",
        help="unpack a backup into an empty TIDINGS_DATA_DIR",
        description="Check a backup and unpack it into TIDINGS_DATA_DIR, which must hold no database. Deliveries that "
        "were pending in the backup are made again, as after a crash.",
    )
    restore_.add_argument("source", metavar="FROM", help=f"an archive, or the place of several: {PLACE}; newest first")
    restore_.add_argument("--identity", type=Path, metavar="FILE", help="age identity that opens an encrypted archive")
    restore_.add_argument("--check", action="store_true", help="unpack and check beside the data, and keep nothing")
    archived = commands.add_parser(
        "archived",
        help="show events that retention has archived, or put them back into the log",
        description="Print archived events (TIDINGS_ARCHIVE_TO) as JSON lines, by shard and in order. With --put-back "
        "they are stored in the log again, at their places: no consumer sees them once more, and they are found, read "
        "and replayed as before. Set TIDINGS_RETENTION_DAYS higher first, or they go again within the hour. An "
        "embedded database must have no server meanwhile.",
    )
    archived.add_argument("source", metavar="FROM", help=f"the archive: {PLACE}")
    archived.add_argument("--identity", type=Path, metavar="FILE", help="age identity that opens encrypted files")
    archived.add_argument(
        "--since", type=_instant, default=0, metavar="INSTANT", help="recorded then or later, RFC 3339"
    )
    archived.add_argument("--until", type=_instant, default=sys.maxsize, metavar="INSTANT", help="recorded before then")
    archived.add_argument("--tenant", type=int, metavar="NUMBER", help="of this tenant alone, by its `number`")
    archived.add_argument("--put-back", action="store_true", help="store them in the log again, and print their number")


def carry_out(arguments: argparse.Namespace, settings: Settings) -> None:
    """Carry out a command; results go to stdout, progress to stderr. Raises BackupRefused."""
    clock = SystemClock()
    report = Report(lambda line: print(f"tidings-server: {line}", file=sys.stderr, flush=True), clock)
    if arguments.command == "archived":
        _archived(arguments, settings, clock, report)
        return
    if arguments.command == "backup":
        job = BackupJob(settings.data_dir, settings.master_key, arguments.to, arguments.recipient)
        print(back_up(job, clock, report))
        return
    restored = restore(
        RestoreJob(
            settings.data_dir, settings.master_key, arguments.source, arguments.identity, is_check=arguments.check
        ),
        report,
    )
    done = "The backup is intact" if arguments.check else f"Restored into {settings.data_dir}"
    print(f"{done}: version {restored.version}, {restored.created_at}, up to event {restored.head:,}.")


def _archived(arguments: argparse.Namespace, settings: Settings, clock: Clock, report: Report) -> None:
    job = ArchivedJob(arguments.source, arguments.identity, arguments.since, arguments.until, arguments.tenant)
    if not arguments.put_back:
        for each in found(job, report):
            sys.stdout.write(each.line)
        return
    returned = asyncio.run(put_back(job, settings.sqlalchemy_url, clock, report))
    print(
        f"{returned.count:,} events are in the log again; {returned.known:,} were there or their ids are taken, "
        f"{returned.orphaned:,} are of tenants that are gone."
    )


def _instant(text: str) -> int:
    try:
        return parse_rfc3339(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be an instant as RFC 3339 has it, 2026-01-31T00:00:00Z") from None
