"""The server of the last version, from this checkout's own history, to run beside this one."""

import subprocess
from pathlib import Path
from typing import Final

COMMIT: Final = "c174ea4cc0687fcd8fcc30712e14f9482e14f0cc"
"""The last commit of the version before this one. To be moved when a version is released."""
VERSION: Final = "0.1.0"
PARTS: Final = ("server", "generated", "envoy", "clients/python", "proto", "pyproject.toml")
ROOT: Final = Path(__file__).parents[2]


def unpack(directory: Path) -> Path:
    """Write the tree of the last version into a directory; gives that. Raises LookupError without the history."""
    command = ("git", "archive", COMMIT, *PARTS)
    archived = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if archived.returncode:
        message = (
            f"This checkout has no commit {COMMIT}, the last version: fetch the whole history (git fetch --unshallow; "
            f"fetch-depth: 0 of actions/checkout). git says: {archived.stderr.decode().strip()}"
        )
        raise LookupError(message)
    directory.mkdir(parents=True, exist_ok=True)
    subprocess.run(("tar", "-x", "-C", str(directory)), input=archived.stdout, check=True)
    return directory
