"""The commands `backup`, `restore` and `archived` of the server's command line, carried out."""

import argparse
import asyncio
import sys

from tidings_server.backup.archived_events import ArchivedJob, found, put_back
from tidings_server.backup.backup import BackupJob, back_up
from tidings_server.backup.report import Report
from tidings_server.backup.restore import RestoreJob, restore
from tidings_server.platform.clock import Clock, SystemClock
from tidings_server.settings import Settings


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
