"""The machine that is measured on, as the head of the table."""

import os
import platform
import sqlite3
import time
from importlib.metadata import version
from pathlib import Path

import psutil

from tests.bench import yardstick
from tests.bench.figures import percentiles

PACKAGES = ("grpcio", "protobuf", "sqlalchemy", "aiohttp", "fastapi", "uvicorn")
WRITES = 200
WRITE_BYTES = 4096


def describe(directory: Path) -> str:
    """Processor, memory, versions, and what an fsync in `directory` and a call that does nothing cost."""
    memory_gib = psutil.virtual_memory().total / 2**30
    load = ", ".join(f"{share:.1f}" for share in os.getloadavg())
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return "\n".join(
        [
            f"{os.cpu_count()} cores ({_processor()}), {memory_gib:.0f} GiB, load average before: {load}",
            f"{system}, SQLite {sqlite3.sqlite_version}, {versions}",
            f"fsync of {WRITE_BYTES // 1024} KiB in {directory}: {percentiles(fsync_ms(directory))}",
            f"a bare grpc.aio server that echoes, under the same load: {yardstick.measure(directory):,.0f} calls/s",
        ]
    )


def fsync_ms(directory: Path) -> list[float]:
    """Milliseconds that each of some small appended writes takes to reach the disk."""
    path = directory / "fsync"
    times = []
    with path.open("wb", buffering=0) as file:
        for _ in range(WRITES):
            started = time.perf_counter()
            file.write(b"\0" * WRITE_BYTES)
            os.fsync(file.fileno())
            times.append((time.perf_counter() - started) * 1_000)
    path.unlink()
    return times


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
