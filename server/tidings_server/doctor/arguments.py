"""Arguments of the command `doctor`."""

from pathlib import Path
from typing import Any, Final

from tidings_server.doctor.output import FORMATS

NAME: Final = "doctor"
PROBLEMS: Final = 3
"""Exit status where there is a problem; 1 and 2 are those of a command that failed."""


def add_parser(commands: Any) -> None:
    """Add the command to the subparsers of the server's parser."""
    doctor = commands.add_parser(
        NAME,
        help="look at settings, machine, database and mail, and say what to do",
        description="Looks at this installation with its settings and changes nothing; a server may run meanwhile. "
        f"Ends with {PROBLEMS} where there is a problem, with 0 where there are warnings alone. "
        "docs/doctor.md explains every number.",
    )
    doctor.add_argument("-o", "--output", choices=sorted(FORMATS), default="text", help="form of the findings (text)")
    doctor.add_argument(
        "--bundle", type=Path, metavar="FILE", help="write findings, settings and versions to a tar.gz, without secrets"
    )
