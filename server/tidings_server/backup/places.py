"""Places that backups and archived events are kept in: a directory, or a prefix in an S3 bucket (`s3://bucket/prefix`).

S3 takes credentials, region and endpoint as boto3 reads them from the environment and its files.
"""

import os
from pathlib import Path
from shutil import copyfile
from typing import Any, Protocol
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

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
        return self._path / _newest(self.names(), str(self._path))


class S3Place:
    """Objects below a prefix of a bucket, or for `fetch` one object."""

    def __init__(self, url: str) -> None:
        split = urlsplit(url)
        self._url, self._bucket, self._prefix = url, split.netloc, split.path.strip("/")
        if not self._bucket:
            raise BackupRefused("An S3 place must be s3://bucket/prefix.")
        self._client: Any = boto3.client("s3")

    def store(self, archive: Path) -> str:
        key = self._below + archive.name
        try:
            self._client.upload_file(str(archive), self._bucket, key)
        except (BotoCoreError, ClientError, boto3.exceptions.Boto3Error) as error:
            raise BackupRefused(f"s3://{self._bucket}/{key} could not be written: {_reason(error)}") from None
        return f"s3://{self._bucket}/{key}"

    def fetch(self, directory: Path) -> Path:
        if is_archive(self._prefix):
            return self._downloaded(self._prefix, directory)
        return self.get(_newest(self.names(), self._url), directory)

    def names(self) -> list[str]:
        try:
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._below)
            return [each["Key"].removeprefix(self._below) for page in pages for each in page.get("Contents", ())]
        except (BotoCoreError, ClientError, boto3.exceptions.Boto3Error) as error:
            raise BackupRefused(f"{self._url} could not be read: {_reason(error)}") from None

    def get(self, name: str, directory: Path) -> Path:
        return self._downloaded(self._below + name, directory)

    @property
    def _below(self) -> str:
        return f"{self._prefix}/" if self._prefix else ""

    def _downloaded(self, key: str, directory: Path) -> Path:
        target = directory / key.rpartition("/")[2]
        try:
            self._client.download_file(self._bucket, key, str(target))
        except (BotoCoreError, ClientError, boto3.exceptions.Boto3Error) as error:
            raise BackupRefused(f"{self._url} could not be read: {_reason(error)}") from None
        return target


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


def _newest(names: list[str], where: str) -> str:
    newest = max((name for name in names if "/" not in name and is_archive(name)), default=None)
    if newest is None:
        raise BackupRefused(f"{where} holds no backup: no file {PREFIX}…{SUFFIX} or {PREFIX}…{SUFFIX}{ENCRYPTED}.")
    return newest


def _reason(error: Exception) -> str:
    """The code of S3's refusal, or the kind of what failed."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
