"""Imports of a server on the embedded default: what only some installations use costs the others no memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

STARTED = """
import asyncio, json, sys
from tidings_server.platform.left_out import leave_out
leave_out()
from tidings_server import commands
from tidings_server.app import run, running
from tidings_server.settings import Settings

async def main():
    async with running(Settings(), has_edge=False):
        print(json.dumps(sorted(name for name, module in sys.modules.items() if module is not None)))

run(main())
"""
UNUSED = {
    "aiosmtplib": "TIDINGS_SMTP_URL",
    "alembic": "migrations, once there are tables",
    "asyncpg": "TIDINGS_DATABASE_URL",
    "boto3": "SQS, SNS and S3",
    "botocore": "SQS, SNS and S3",
    "mako": "migrations",
    "nats": "TIDINGS_NATS_URL",
    "opentelemetry": "OTEL_EXPORTER_OTLP_ENDPOINT",
    "pygments": "the command line",
    "pyrage": "TIDINGS_ARCHIVE_TO, backup and restore",
    "regex": "lark, where it is installed",
    "rich": "the command line",
    "s3transfer": "S3",
    "sqlalchemy.orm": "nothing: no class is mapped",
    "tarfile": "backup, restore and the support bundle",
    "typer": "the command line",
    "urllib3": "SQS, SNS and S3",
    "yaml": "the command line",
}
"""Packages that a started server must not have, with what needs them."""


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """Modules of a server that has started over a database with tables."""
    directory = tmp_path_factory.mktemp("data")
    _start(directory)
    return _start(directory)


def test_a_started_server_has_not_imported_what_it_does_not_use(imported: frozenset[str]) -> None:
    assert sorted(UNUSED.keys() & imported) == []


def test_it_has_imported_what_it_uses(imported: frozenset[str]) -> None:
    assert {
        "grpc",
        "aiosqlite",
        "sqlalchemy.ext.asyncio",
        "structlog",
    } <= imported  # else the list above proves nothing


def _start(directory: Path) -> frozenset[str]:
    env = {
        "TIDINGS_DATA_DIR": str(directory),
        "TIDINGS_GRPC_PORT": "0",
        "TIDINGS_METRICS_PORT": "0",
        "PATH": "/usr/bin",
    }
    done = subprocess.run(
        [sys.executable, "-c", STARTED], env=env, capture_output=True, text=True, timeout=60, check=True
    )
    return frozenset(json.loads(done.stdout.splitlines()[-1]))
