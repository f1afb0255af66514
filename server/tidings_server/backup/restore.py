"""Restoring a backup into the data directory of a server that does not run.

The files are unpacked beside their places and checked; the database, which makes the directory one of a server, comes
in last. What is pending in the backup is delivered again although it was after the backup: at least once, as always.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from tidings_server.backup import archive
from tidings_server.backup.archive import Manifest
from tidings_server.backup.backup import checked
from tidings_server.backup.errors import BackupRefused
from tidings_server.backup.places import place, sync
from tidings_server.backup.report import Report
from tidings_server.platform import sealing
from tidings_server.platform.setting_rules import EMBEDDED
from tidings_server.storage import schema
from tidings_server.storage.sqlite.engines import DirectoryLock


@dataclass(frozen=True, slots=True)
class RestoreJob:
    """Source and target of a restore. `identity` is the file that opens an encrypted archive."""

    data_dir: Path
    master_key: str
    source: str
    identity: Path | None = None
    is_check: bool = False
    """Unpack and check alone; nothing is kept."""


def restore(job: RestoreJob, report: Report) -> Manifest:
    """Restore an archive, or the newest one of a place. Raises BackupRefused, StartRefused where a server runs."""
    if not job.is_check and (job.data_dir / EMBEDDED).exists():
        raise BackupRefused(f"{job.data_dir / EMBEDDED} exists already: restore into another TIDINGS_DATA_DIR.")
    job.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = None if job.is_check else DirectoryLock(job.data_dir)
    try:
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=job.data_dir) as directory:
            return _restored(job, Path(directory), report)
    finally:
        if lock:
            lock.release()


def _restored(job: RestoreJob, directory: Path, report: Report) -> Manifest:
    packed = _opened(job, directory, report)
    manifest = archive.read_manifest(packed)
    if manifest.schema_revision > schema.head():
        raise BackupRefused(
            f"The backup is of version {manifest.version}, whose schema {manifest.schema_revision} is newer than "
            f"{schema.head()}, the newest that this version knows: restore it with that version or a later one."
        )
    report.say(f"unpacking the backup of {manifest.created_at}")
    unpacked = directory / "unpacked"
    unpacked.mkdir(mode=0o700)
    archive.unpack(packed, manifest, unpacked)
    report.say("checking the database and its keys")
    checked(unpacked / EMBEDDED, unpacked / sealing.FILE, job.master_key)
    if not job.is_check:
        _move_in(manifest, unpacked, job.data_dir)
    return manifest


def _opened(job: RestoreJob, directory: Path, report: Report) -> Path:
    """The archive as a file that is not encrypted."""
    fetched = place(job.source).fetch(directory)
    report.say(f"reading {fetched.name}")
    if not fetched.name.endswith(archive.ENCRYPTED):
        return fetched
    if job.identity is None:
        raise BackupRefused(f"{fetched.name} is encrypted: give the file of your age identity with --identity.")
    decrypted = directory / fetched.name.removesuffix(archive.ENCRYPTED)
    archive.decrypt(fetched, decrypted, job.identity)
    return decrypted


def _move_in(manifest: Manifest, unpacked: Path, data_dir: Path) -> None:
    """Move the files to their places, durably, the database last."""
    names = sorted(manifest.files, key=lambda name: name == EMBEDDED)
    taken = [name for name in names if (data_dir / name).exists()]
    if taken:
        raise BackupRefused(f"{data_dir / taken[0]} exists already: restore into an empty TIDINGS_DATA_DIR.")
    for name in names:
        target = data_dir / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync(unpacked / name)
        (unpacked / name).replace(target)
    sync(data_dir)
