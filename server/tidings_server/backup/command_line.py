"""The commands `backup` and `restore` of the server's command line."""

import argparse
import sys
from pathlib import Path
from typing import Any, Final

from tidings_server.backup.backup import BackupJob, back_up
from tidings_server.backup.report import Report
from tidings_server.backup.restore import RestoreJob, restore
from tidings_server.platform.clock import SystemClock
from tidings_server.settings import Settings

COMMANDS: Final = ("backup", "restore")
PLACE: Final = "a directory, or s3://bucket/prefix"


def add_parsers(commands: Any) -> None:
    """Add both commands to the subparsers of the server's parser."""
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


def carry_out(arguments: argparse.Namespace, settings: Settings) -> None:
    """Carry out either command; results go to stdout, progress to stderr. Raises BackupRefused."""
    clock = SystemClock()
    report = Report(lambda line: print(f"tidings-server: {line}", file=sys.stderr, flush=True), clock)
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
