"""Progress of a backup or a restore, a line at a time."""

from collections.abc import Callable
from typing import Final

from tidings_server.platform.clock import Clock

EVERY_S: Final = 2.0
PAGE_BYTES: Final = 4_096


class Report:
    """Writes progress with `write`; of a copy that lasts, at most a line in EVERY_S."""

    def __init__(self, write: Callable[[str], None], clock: Clock) -> None:
        self.say = write
        """Writes one line."""
        self._clock = clock
        self._next = clock.monotonic() + EVERY_S

    def progress(self, left: int, total: int) -> None:
        """Note the pages that are left of `total`."""
        now = self._clock.monotonic()
        if now >= self._next:
            self._next = now + EVERY_S
            mib = total * PAGE_BYTES / 2**20
            self.say(f"copied {100 * (total - left) // max(total, 1)} % of {mib:,.0f} MiB")
