"""Free disk space, checked so that writes are refused before the disk is full."""

import shutil
from pathlib import Path

from tidings_server.platform.clock import Clock

MIB = 1 << 20
START_MIB = 4
LOOK_EVERY_S = 1.0


def has_room_to_start(directory: Path) -> bool:
    """Whether a database in this directory can be opened: it writes before anybody asks it to."""
    return shutil.disk_usage(directory).free >= START_MIB * MIB


class DiskSpace:
    """Whether the file system of `directory` has less than `min_free_mib` left. Looks at most once a second."""

    def __init__(self, directory: Path | None, min_free_mib: int, clock: Clock) -> None:
        self._directory = directory
        self._min_free = min_free_mib * MIB
        self._clock = clock
        self._looked_at = float("-inf")
        self._is_low = False

    @property
    def is_low(self) -> bool:
        """Always False without a directory: PostgreSQL's disk is not ours to see."""
        now = self._clock.monotonic()
        if self._directory is not None and now - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = now
            self._is_low = shutil.disk_usage(self._directory).free < self._min_free
        return self._is_low
