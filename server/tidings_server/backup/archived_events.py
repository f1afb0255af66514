"""Archived events read again: shown as JSON lines, or put back into the log that they are of."""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from tidings_server.backup import event_file
from tidings_server.backup.archive import ENCRYPTED, decrypt
from tidings_server.backup.errors import BackupRefused
from tidings_server.backup.event_file import ArchivedEvent
from tidings_server.backup.places import place
from tidings_server.backup.report import Report
from tidings_server.backup.store import returned_events
from tidings_server.backup.store.returned_events import LogTooShort, Returned
from tidings_server.log.store import search
from tidings_server.platform.clock import Clock
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import StoredEvent

BATCH: Final = 200
"""Events of one transaction."""


@dataclass(frozen=True, slots=True)
class ArchivedJob:
    """Events to read: those recorded from `since_us` until before `until_us`; of one tenant (its number), or of all."""

    source: str
    identity: Path | None = None
    since_us: int = 0
    until_us: int = sys.maxsize
    tenant: int | None = None

    def wants(self, event: StoredEvent) -> bool:
        return self.since_us <= event.recorded_at < self.until_us and self.tenant in {None, event.tenant_id}


def found(job: ArchivedJob, report: Report) -> Iterator[ArchivedEvent]:
    """The events that are asked for, by shard and in order. Raises BackupRefused."""
    where = place(job.source)
    names = sorted(filter(event_file.is_event_file, where.names()), key=event_file.order)
    if not names:
        raise BackupRefused(f"{job.source} holds no archived events: no file events-…{event_file.SUFFIX}.")
    for number, name in enumerate(names, start=1):
        report.say(f"reading {name} ({number} of {len(names)})")
        with tempfile.TemporaryDirectory(prefix="tidings-archived-") as directory:
            path = _opened(where.get(name, Path(directory)), Path(directory), job.identity)
            yield from (each for each in event_file.read(path) if job.wants(each.event))


async def put_back(job: ArchivedJob, url: str, clock: Clock, report: Report) -> Returned:
    """Store the events in the log again, at their places. What is there already stays as it is.

    Raises BackupRefused for events that this log never had, StartRefused where a server has an embedded database open.
    """
    database = await Database.open(url, clock=clock)
    try:
        total, events = Returned(), (each.event for each in found(job, report))
        while batch := list(islice(events, BATCH)):
            total = total.with_more(await _put_back(database, batch))
    except LogTooShort:
        raise BackupRefused("The archive has events after the end of this log: it is another one's.") from None
    finally:
        await database.close()
    return total


async def _put_back(database: Database, batch: Sequence[StoredEvent]) -> Returned:
    returned = await database.write_queue.run(lambda conn: returned_events.put(conn, batch))
    await database.search_writer.run(lambda conn: search.add(conn, returned.stored))
    return returned


def _opened(path: Path, directory: Path, identity: Path | None) -> Path:
    if not path.name.endswith(ENCRYPTED):
        return path
    if identity is None:
        raise BackupRefused(f"{path.name} is encrypted: name the file of your age identity with --identity.")
    opened = directory / path.name.removesuffix(ENCRYPTED)
    decrypt(path, opened, identity)
    return opened
