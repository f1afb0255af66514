"""Events that retention archives before it removes them, and that are put back."""

import gzip
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pyrage
import pytest

from tests.support.aws import Aws
from tests.support.events import record
from tests.support.processes import environment
from tests.support.waiting import PATIENCE_S
from tidings.collector.v1.events_pb2 import Event
from tidings_server.backup.archived_events import ArchivedJob, found, put_back
from tidings_server.backup.errors import BackupRefused
from tidings_server.backup.event_archive import EventArchive
from tidings_server.backup.report import Report
from tidings_server.composition.event_bodies import event_json
from tidings_server.identity.store import quotas, tenant_deletion, tenants
from tidings_server.identity.store.retention import UsageRetention
from tidings_server.identity.store.tenants import Tenant
from tidings_server.log.retention import ArchiveFailed, Retention
from tidings_server.log.store import search
from tidings_server.log.store.search import SearchCriteria
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.storage.log.records import EventRecord, StoredEvent

DAYS = 30
SILENT = Report(lambda _: None, ManualClock())


@dataclass
class Log:
    """A log with events of a tenant, of which the first three are too old."""

    url: str
    clock: ManualClock
    stored: list[StoredEvent]

    async def removed(self, to: str, *recipients: str) -> int:
        """The number of events that retention removes, with an archive."""
        database = await Database.open(self.url, clock=self.clock)
        archive = EventArchive(to, event_json, recipients=recipients)
        try:
            return await Retention(database, [UsageRetention()], self.clock, days=DAYS, archive=archive).run_once()
        finally:
            await database.close()

    async def appended(self, event: EventRecord) -> None:
        """Append an event, and let all become too old."""
        database = await Database.open(self.url, clock=self.clock)
        await database.write_queue.append([event])
        await database.close()
        self.clock.advance(timedelta(days=DAYS + 1))

    async def events(self) -> list[StoredEvent]:
        database = await Database.open(self.url, clock=self.clock)
        async with database.read() as conn:
            page = await events.page(conn, after=0, limit=100)
        await database.close()
        return page


def collector_event(event_id: str) -> EventRecord:
    return record(event_id, body=Event(id=event_id, entity_name="ORDER").SerializeToString())


@pytest.fixture
async def log(database_url: str) -> Log:
    clock = ManualClock()
    database = await Database.open(database_url, clock=clock)
    await database.write_queue.run(
        lambda conn: tenants.add_tenant(conn, Tenant(1, "0190c5a6-0000-7000-8000-000000000001", "one", "ACTIVE", 0))
    )
    await database.write_queue.append([collector_event(f"old-{number}") for number in range(3)])
    clock.advance(timedelta(days=DAYS + 1))
    await database.write_queue.append([collector_event("new")])
    async with database.read() as conn:
        stored = await events.page(conn, after=0, limit=100)
    await database.close()
    return Log(database_url, clock, stored)


@pytest.mark.postgresql
async def test_an_event_that_goes_is_in_the_archive_and_comes_back_as_it_was(log: Log, tmp_path: Path) -> None:
    place = str(tmp_path / "archive")
    assert await log.removed(place) == 3
    assert await log.events() == log.stored[3:]
    [file] = (tmp_path / "archive").iterdir()
    assert file.name == "events-0-000000000001-000000000003.jsonl.gz"
    assert file.stat().st_mode & 0o777 == 0o600
    head, *lines = map(json.loads, gzip.decompress(file.read_bytes()).splitlines())
    assert head == {"format": "tidings-events/1", "shard": 0, "events": 3}
    assert [line["event_id"] for line in lines] == ["old-0", "old-1", "old-2"]
    assert all(line["document"]["id"] == line["event_id"] for line in lines)
    assert [each.event for each in found(ArchivedJob(place), SILENT)] == log.stored[:3]

    returned = await put_back(ArchivedJob(place), log.url, log.clock, SILENT)
    assert (returned.count, returned.known, returned.orphaned) == (3, 0, 0)
    assert await log.events() == log.stored
    again = await put_back(ArchivedJob(place), log.url, log.clock, SILENT)
    assert (again.count, again.known) == (0, 3)


@pytest.mark.postgresql
async def test_what_is_put_back_is_searched_and_counts_for_its_tenant(log: Log, tmp_path: Path) -> None:
    place = str(tmp_path / "archive")
    await log.removed(place)
    await put_back(ArchivedJob(place), log.url, log.clock, SILENT)
    database = await Database.open(log.url, clock=log.clock)
    async with database.read_search() as conn:
        seqs = await search.find(conn, SearchCriteria(1), after=0, upto=3, limit=10)
    async with database.read() as conn:
        measured = await quotas.measured(conn, after=0, upto=3)
        usage = await quotas.usage_of(conn, 1)
    await database.close()
    assert list(seqs) == [1, 2, 3]
    assert usage == measured[1]


async def test_a_part_is_asked_for_by_instant_and_tenant(log: Log, tmp_path: Path) -> None:
    place = str(tmp_path / "archive")
    await log.removed(place)
    at = log.stored[0].recorded_at
    for job, count in (
        (ArchivedJob(place, since_us=at), 3),
        (ArchivedJob(place, since_us=at + 1), 0),
        (ArchivedJob(place, until_us=at), 0),
        (ArchivedJob(place, tenant=1), 3),
        (ArchivedJob(place, tenant=2), 0),
    ):
        assert len(list(found(job, SILENT))) == count, job


async def test_encrypted_files_open_with_the_identity_alone(log: Log, tmp_path: Path) -> None:
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "identity").write_text(str(identity))
    place = str(tmp_path / "archive")
    await log.removed(place, str(identity.to_public()))
    [file] = (tmp_path / "archive").iterdir()
    assert file.read_bytes().startswith(b"age-encryption.org/v1")
    assert len(list(found(ArchivedJob(place, tmp_path / "identity"), SILENT))) == 3
    with pytest.raises(BackupRefused, match="--identity"):
        list(found(ArchivedJob(place), SILENT))


async def test_an_event_that_has_no_document_is_archived_too(log: Log, tmp_path: Path) -> None:
    await log.appended(record("poisoned", body=b"\xff"))
    assert await log.removed(str(tmp_path / "archive")) == 5
    *_, poisoned = found(ArchivedJob(str(tmp_path / "archive")), SILENT)
    assert (poisoned.event.event_id, "document" in json.loads(poisoned.line)) == ("poisoned", False)


async def test_a_bucket_is_a_place(log: Log, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = f"archives-{uuid4().hex}"  # the endpoint is that of all tests
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ArchiveFailed, match="could not be written"):
        await log.removed(f"s3://{bucket}/shop")
    assert await log.events() == log.stored, "what is not kept does not go"
    aws.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert await log.removed(f"s3://{bucket}/shop") == 3
    assert [each.event for each in found(ArchivedJob(f"s3://{bucket}/shop"), SILENT)] == log.stored[:3]


async def test_a_file_that_is_cut_or_of_another_log_is_refused(log: Log, tmp_path: Path) -> None:
    place = tmp_path / "archive"
    await log.removed(str(place))
    other = f"sqlite+aiosqlite:///{tmp_path / 'other' / 'tidings.db'}"
    with pytest.raises(BackupRefused, match="it is another one's"):
        await put_back(ArchivedJob(str(place)), other, log.clock, SILENT)
    [file] = place.iterdir()
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(BackupRefused, match="damaged"):
        list(found(ArchivedJob(str(place)), SILENT))
    with pytest.raises(BackupRefused, match="holds no archived events"):
        list(found(ArchivedJob(str(tmp_path)), SILENT))


async def test_events_of_a_tenant_that_is_gone_stay_away(log: Log, tmp_path: Path) -> None:
    await log.removed(str(tmp_path / "archive"))
    database = await Database.open(log.url, clock=log.clock)
    await database.write_queue.run(lambda conn: tenant_deletion.remove(conn, number=1))
    await database.close()
    returned = await put_back(ArchivedJob(str(tmp_path / "archive")), log.url, log.clock, SILENT)
    assert (returned.count, returned.orphaned) == (0, 3)


async def test_the_command_prints_lines_and_puts_back(log: Log, tmp_path: Path) -> None:
    place = str(tmp_path / "archive")
    await log.removed(place)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        own = environment() | {"TIDINGS_DATABASE_URL": log.url, "TIDINGS_DATA_DIR": str(tmp_path)}
        command = (sys.executable, "-m", "tidings_server", "archived", *arguments)
        return subprocess.run(command, env=own, capture_output=True, text=True, timeout=PATIENCE_S, check=False)

    printed = run(place)
    assert [json.loads(line)["event_id"] for line in printed.stdout.splitlines()] == ["old-0", "old-1", "old-2"]
    assert re.search(r"reading events-0-\d+-\d+.jsonl.gz \(1 of 1\)", printed.stderr)
    assert run(place, "--since", "yesterday").returncode == 2
    assert run(str(tmp_path / "nowhere")).returncode == 1
    assert "3 events are in the log again" in run(place, "--put-back").stdout
    assert await log.events() == log.stored
