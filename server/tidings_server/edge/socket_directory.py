"""The directory of one instance's sockets and of Envoy's files, and the removal of those that killed servers left."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

PREFIX: Final = "tidings-"
LOCK: Final = "owner.lock"
"""File that the living owner of a directory has locked. A killed one has not: the system unlocks what it held."""


@contextmanager
def socket_directory() -> Iterator[Path]:
    """A directory of mode 0700 with a short path, which sockets need; removed at the end, and at the next start."""
    root = Path(tempfile.gettempdir())
    remove_abandoned(root)
    made = Path(tempfile.mkdtemp(prefix=f".{PREFIX}", dir=root))
    lock = os.open(made / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    directory = made.with_name(made.name.removeprefix("."))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        made.rename(directory)  # only under this name is an unlocked directory taken as abandoned
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        os.close(lock)


def remove_abandoned(root: Path) -> None:
    """Remove the directories in `root` whose owners, servers of this user, were killed: they may hold a private key."""
    for lock in root.glob(f"{PREFIX}*/{LOCK}"):
        with suppress(OSError):
            _remove_if_abandoned(lock)


def _remove_if_abandoned(lock: Path) -> None:
    directory = lock.parent
    if directory.is_symlink() or directory.stat().st_uid != os.getuid():
        return
    descriptor = os.open(lock, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises BlockingIOError where the owner lives
        shutil.rmtree(directory)
    finally:
        os.close(descriptor)
