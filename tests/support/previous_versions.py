"""Servers of earlier versions, from this checkout's own history, to run beside this one."""

import subprocess
from pathlib import Path
from typing import Final, NamedTuple

PARTS: Final = ("server", "generated", "envoy", "clients/python", "proto", "pyproject.toml")
ROOT: Final = Path(__file__).parents[2]


class Release(NamedTuple):
    """A version that was released: its number, its last commit, and the schema that it makes."""

    version: str
    commit: str
    schema: str


FIRST: Final = Release("0.1.0", "c174ea4cc0687fcd8fcc30712e14f9482e14f0cc", "0001")
LAST: Final = Release("0.2.0", "1764c26e1f03b98e0450c6173cdcbe43e0167319", "0002")
"""The one before this version. To be moved when a version is released."""


def unpack(release: Release, directory: Path) -> Path:
    """Write the tree of a release into a directory; gives that. Raises LookupError without the history."""
    command = ("git", "archive", release.commit, *PARTS)
    archived = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if archived.returncode:
        message = (
            f"This checkout has no commit {release.commit}, version {release.version}: fetch the whole history "
            f"(git fetch --unshallow; fetch-depth: 0 of actions/checkout). git says: {archived.stderr.decode().strip()}"
        )
        raise LookupError(message)
    directory.mkdir(parents=True, exist_ok=True)
    subprocess.run(("tar", "-x", "-C", str(directory)), input=archived.stdout, check=True)
    return directory
