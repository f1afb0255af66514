"""Places of backups and archived events: a directory, or a prefix in an S3 bucket (`s3://bucket/prefix`)."""

import os
from pathlib import Path
from shutil import copyfile
from typing import Protocol

from tidings_server.backup.archive import ENCRYPTED, SUFFIX
from tidings_server.backup.errors import BackupRefused

PREFIX = "tidings-"
"""Beginning of an archive's name; the instant follows, so that the newest is the last by name."""


class Place(Protocol):
    """A place of files."""

    def store(self, archive: Path) -> str:
        """Keep a finished file, whole or not at all; gives where it is now, on the disk or with the service."""
        ...

    def names(self) -> list[str]:
        """The names of all files in it."""
        ...

    def get(self, name: str, directory: Path) -> Path:
        """A file of it; copied to `directory` where it is not a local one."""
        ...

    def fetch(self, directory: Path) -> Path:
        """The archive that was named, else the newest one; copied to `directory` where it is not a local file."""
        ...


def place(text: str) -> Place:
    """The place that a command names. Raises BackupRefused for a URL of another kind."""
    if text.startswith("s3://"):
        from tidings_server.backup.s3_place import S3Place  # noqa: PLC0415 - imports boto3: 20 MiB, rarely needed

        return S3Place(text)
    if "://" in text:
        raise BackupRefused("A backup's place must be a directory, a file or s3://bucket/prefix.")
    return LocalPlace(Path(text))


class LocalPlace:
    """A directory, or for `fetch` one archive in it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def store(self, archive: Path) -> str:
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = self._path / archive.name
        partial = target.with_name(f".{target.name}")  # in the place itself: the file may come from another file system
        copyfile(archive, partial)
        partial.chmod(0o600)
        sync(partial)
        partial.replace(target)
        sync(self._path)
        return str(target)

    def names(self) -> list[str]:
        return [path.name for path in self._path.iterdir()] if self._path.is_dir() else []

    def get(self, name: str, directory: Path) -> Path:
        del directory
        return self._path / name

    def fetch(self, directory: Path) -> Path:
        del directory
        if self._path.is_file():
            return self._path
        return self._path / newest(self.names(), str(self._path))


def is_archive(name: str) -> bool:
    """Whether a file or an object of that name is an archive."""
    return name.rpartition("/")[2].startswith(PREFIX) and name.endswith((SUFFIX, SUFFIX + ENCRYPTED))


def sync(path: Path) -> None:
    """Have a file or a directory on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def newest(names: list[str], where: str) -> str:
    """The name of the newest archive. Raises BackupRefused where there is none."""
    found = max((name for name in names if "/" not in name and is_archive(name)), default=None)
    if found is None:
        raise BackupRefused(f"{where} holds no backup: no file {PREFIX}…{SUFFIX} or {PREFIX}…{SUFFIX}{ENCRYPTED}.")
    return found
