"""Arguments of the commands `backup`, `restore` and `archived`; no server imports what carries them out."""

import argparse
import sys
from pathlib import Path
from typing import Any, Final

from tidings_server.platform.clock import parse_rfc3339

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


def _instant(text: str) -> int:
    try:
        return parse_rfc3339(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be an instant as RFC 3339 has it, 2026-01-31T00:00:00Z") from None
