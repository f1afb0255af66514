"""Taking a backup of an embedded server that may be running."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tidings_server import __version__
from tidings_server.backup import archive
from tidings_server.backup.archive import Manifest
from tidings_server.backup.errors import BackupRefused
from tidings_server.backup.places import PREFIX, place
from tidings_server.backup.report import Report
from tidings_server.backup.store import snapshot
from tidings_server.backup.store.snapshot import SnapshotContents, SnapshotDamaged
from tidings_server.identity.data_keys import first_unopened
from tidings_server.platform import sealing
from tidings_server.platform.clock import Clock, rfc3339_ms
from tidings_server.platform.sealing import MasterKeys
from tidings_server.platform.setting_rules import EMBEDDED
from tidings_server.storage.database import SEARCH_FILE
from tidings_server.storage.sqlite.engines import LOCK_NAME, WRITE_LOCK

NOT_KEPT: Final = (EMBEDDED, SEARCH_FILE, LOCK_NAME, WRITE_LOCK, sealing.FILE)
"""Beginnings of names in a data directory that are no files to copy: the databases with what stands beside them, the
locks, and the master key, which is written by itself."""


@dataclass(frozen=True, slots=True)
class BackupJob:
    """Source and place of a backup. `recipients` are age public keys; without any the archive is not encrypted."""

    data_dir: Path
    master_key: str
    to: str
    recipients: Sequence[str] = ()


def back_up(job: BackupJob, clock: Clock, report: Report) -> str:
    """Take a backup, check it, and store it; gives its place.

    The files are made in the data directory's own file system and removed again. Raises BackupRefused.
    """
    database = job.data_dir / EMBEDDED
    if not database.is_file():
        raise BackupRefused(f"{database} does not exist. A PostgreSQL database is backed up by its own tools.")
    target = place(job.to)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=job.data_dir) as directory:
        made = _archive(job, Path(directory), clock, report)
        stored = target.store(made)
    report.say(f"backup stored at {stored}")
    return stored


def _archive(job: BackupJob, directory: Path, clock: Clock, report: Report) -> Path:
    """The finished archive in `directory`."""
    copied = directory / EMBEDDED
    keys = directory / sealing.FILE
    before = _master_lines(job.data_dir)
    report.say("copying the database")
    snapshot.take(job.data_dir / EMBEDDED, copied, report.progress)
    report.say("checking the copy")
    _write_keys(keys, before + _master_lines(job.data_dir))
    contents = checked(copied, keys, job.master_key)
    sources = {EMBEDDED: copied} | ({sealing.FILE: keys} if keys.exists() else {}) | _others(job.data_dir, directory)
    now_us = clock.now_us()
    manifest = Manifest(
        format=archive.FORMAT,
        version=__version__,
        schema_revision=contents.schema,
        created_at=rfc3339_ms(now_us),
        head=contents.head,
        masters=sorted({key.master for key in contents.data_keys}),
        files={name: archive.described(path) for name, path in sources.items()},
    )
    instant = manifest.created_at.replace("-", "").replace(":", "").replace(".", "")
    packed = directory / f"{PREFIX}{instant}{archive.SUFFIX}"
    report.say("packing")
    archive.pack(packed, manifest, sources)
    archive.check(packed, archive.read_manifest(packed))
    if not job.recipients:
        return packed
    encrypted = packed.with_name(packed.name + archive.ENCRYPTED)
    archive.encrypt(packed, encrypted, job.recipients)
    return encrypted


def checked(database: Path, keys: Path, configured: str) -> SnapshotContents:
    """Contents of a copied database that is intact, and whose data keys its master keys open.

    `keys` is the file of master keys beside it, which may be absent where `configured` has them. Raises BackupRefused.
    """
    try:
        contents = snapshot.contents(database)
    except SnapshotDamaged as error:
        raise BackupRefused(f"The copy of the database is damaged: {error}") from None
    if unopened := first_unopened(_masters(keys, configured), contents.data_keys):
        raise BackupRefused(
            f"The master key {unopened.master} that data key {unopened.number} needs is neither in the file "
            f"{sealing.FILE} nor in TIDINGS_MASTER_KEY."
        )
    return contents


def _masters(keys: Path, configured: str) -> MasterKeys:
    if not configured and not keys.exists():
        raise BackupRefused(f"There is no {sealing.FILE}, and TIDINGS_MASTER_KEY is not set: set it and try again.")
    return sealing.master_keys(configured, keys.parent)


def _master_lines(data_dir: Path) -> list[str]:
    """The master keys in their file, as it is now."""
    path = data_dir / sealing.FILE
    return path.read_text().split() if path.exists() else []


def _write_keys(path: Path, lines: Sequence[str]) -> None:
    """Write the keys from before and after the copy was made: a master key renewed between is in one of them."""
    if lines:
        newest_first = dict.fromkeys(reversed(lines))
        sealing.write_private(path, "".join(f"{line}\n" for line in newest_first).encode())


def _others(data_dir: Path, directory: Path) -> dict[str, Path]:
    """Copies of all other files of the data directory, by their names in it."""
    found = {}
    for path in sorted(data_dir.rglob("*")):
        name = path.relative_to(data_dir)
        is_kept = path.is_file() and not path.is_symlink() and not name.parts[0].startswith((*NOT_KEPT, "."))
        if is_kept:
            copied = directory / "others" / name
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copied)
            found[name.as_posix()] = copied
    return found
