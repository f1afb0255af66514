"""A prefix in an S3 bucket as a place of backups and archived events.

Credentials, region and endpoint are as boto3 reads them from the environment and its files.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tidings_server.backup.errors import BackupRefused
from tidings_server.backup.places import is_archive, newest


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
        return self.get(newest(self.names(), self._url), directory)

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


def _reason(error: Exception) -> str:
    """The code of S3's refusal, or the kind of what failed."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
