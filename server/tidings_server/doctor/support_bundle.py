"""Support bundle: findings, versions and settings in one archive that may be shown to a stranger.

Secrets are left out by the settings' own declaration (`repr=False`); URLs that may have a password are left out too.
No event, address, name or credential of a tenant is read for it.
"""

import io
import tarfile
from collections.abc import Sequence
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

from tidings_server.doctor.findings import Finding
from tidings_server.doctor.output import as_json
from tidings_server.settings import Settings

WITH_PASSWORD: Final = frozenset({"database_url"})


def write_bundle(path: Path, settings: Settings, findings: Sequence[Finding]) -> None:
    """Write the archive, for this user alone. Raises FileExistsError where there is a file."""
    members = {"findings.json": as_json(findings), "settings.txt": _settings(settings), "packages.txt": _packages()}
    path.touch(mode=0o600, exist_ok=False)
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(f"tidings-support/{name}")
            info.size, info.mode = len(content.encode()), 0o600
            archive.addfile(info, io.BytesIO(content.encode()))


def _settings(settings: Settings) -> str:
    fields = type(settings).model_fields.items()
    return "".join(f"TIDINGS_{name.upper()}={_shown(settings, name, is_shown=field.repr)}\n" for name, field in fields)


def _shown(settings: Settings, name: str, *, is_shown: bool) -> str:
    value = getattr(settings, name)
    if is_shown and name not in WITH_PASSWORD:
        return str(value)
    return "(set, left out)" if value else ""


def _packages() -> str:
    return "".join(sorted(f"{each.name}=={each.version}\n" for each in distributions()))
