"""The command `doctor` of the server's command line."""

import argparse
from pathlib import Path
from typing import Any, Final

from tidings_server.doctor.examination import examine
from tidings_server.doctor.findings import Severity
from tidings_server.doctor.output import FORMATS
from tidings_server.doctor.support_bundle import write_bundle
from tidings_server.platform.clock import SystemClock
from tidings_server.settings import Settings

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


async def diagnose(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the findings; gives the exit status."""
    findings = await examine(settings, SystemClock())
    print(FORMATS[arguments.output](findings))
    if arguments.bundle:
        write_bundle(arguments.bundle, settings, findings)
    return PROBLEMS if any(each.severity is Severity.PROBLEM for each in findings) else 0
