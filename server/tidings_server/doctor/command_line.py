"""The command `doctor` of the server's command line, carried out."""

import argparse

from tidings_server.doctor.arguments import PROBLEMS
from tidings_server.doctor.examination import examine
from tidings_server.doctor.findings import Severity
from tidings_server.doctor.output import FORMATS
from tidings_server.doctor.support_bundle import write_bundle
from tidings_server.platform.clock import SystemClock
from tidings_server.settings import Settings


async def diagnose(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the findings; gives the exit status."""
    findings = await examine(settings, SystemClock())
    print(FORMATS[arguments.output](findings))
    if arguments.bundle:
        write_bundle(arguments.bundle, settings, findings)
    return PROBLEMS if any(each.severity is Severity.PROBLEM for each in findings) else 0
