"""Arguments of the command `migrate`. What carries it out imports Alembic, which no server needs once it has tables."""

from typing import Any, Final

NAME: Final = "migrate"
PENDING: Final = 3
"""Exit status of `--check` where `migrate apply` must come first; 1 is that of a schema for later versions alone."""


def add_parser(commands: Any) -> None:
    """Add the command to the subparsers of the server's parser."""
    parser = commands.add_parser(
        NAME,
        help="bring the database's schema up to date, or say what that would change",
        description="apply: carry out the migrations that are missing, each in a transaction of its own, while "
        "servers run (the default). plan: list them, and change nothing. status: the schema, what was applied, which "
        "versions run. An embedded database is brought up to date by its server's start, too. See docs/upgrade.md.",
    )
    parser.add_argument(
        "action", nargs="?", choices=("plan", "apply", "status"), default=None, help="apply, if left out"
    )
    parser.add_argument(
        "-o", "--output", choices=("text", "json"), default="text", help="form of plan and status (text)"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help=f"end with 0 where this version can run, {PENDING} where `migrate apply` must come first, 1 otherwise",
    )
