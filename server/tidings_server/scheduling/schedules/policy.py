"""Policy of a schedule: catch-up of misfires, overlapping runs, and jitter."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from tidings_server.platform import durations
from tidings_server.platform.clock import US_PER_S
from tidings_server.platform.errors import InvalidInput

DAY_S: Final = 86_400
MAX_WINDOW_S: Final = 366 * DAY_S
MAX_JITTER_S: Final = 3_600


class CatchUp(StrEnum):
    """Misfires that are executed late."""

    NONE = "none"
    LATEST = "latest"
    """Only the latest, if it is within the window."""
    ALL = "all"
    """All within the window, one after the other."""


class Overlap(StrEnum):
    """Handling of a run that is due while an earlier run of its schedule has not ended."""

    SKIP = "skip"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class Policy:
    """Policy of one schedule.

    `window_s` bounds how late a misfire is executed, `jitter_s` how long a run's start may be delayed at random.
    """

    catch_up: CatchUp = CatchUp.LATEST
    window_s: int = DAY_S
    overlap: Overlap = Overlap.SKIP
    jitter_s: int = 0

    @staticmethod
    def checked(*, catch_up: str = "", window: str = "", overlap: str = "", jitter: str = "") -> "Policy":
        """The policy of a client's trigger; durations are ISO 8601, an empty string means the default.

        Raises InvalidInput on the first field that is wrong, as document 004's extensions spell it.
        """
        default = Policy()
        return Policy(
            catch_up=CatchUp(_one_of(catch_up, CatchUp, "catchUp")) if catch_up else default.catch_up,
            window_s=_seconds(window, MAX_WINDOW_S, "catchUpWindow") if window else default.window_s,
            overlap=Overlap(_one_of(overlap, Overlap, "overlap")) if overlap else default.overlap,
            jitter_s=_seconds(jitter, MAX_JITTER_S, "jitter") if jitter else default.jitter_s,
        )

    def start_of(self, schedule_key: int, scheduled_at: int) -> int:
        """Start of the run for a fire time (µs): up to `jitter_s` later, the same in every process."""
        if not self.jitter_s:
            return scheduled_at
        drawn = int.from_bytes(sha256(f"{schedule_key}/{scheduled_at}".encode()).digest()[:8])
        return scheduled_at + drawn % (self.jitter_s * US_PER_S + 1)


def _one_of(text: str, kind: type[StrEnum], field: str) -> str:
    if text not in set(kind):
        raise InvalidInput.of(field, f"must be one of {', '.join(kind)}")
    return text


def _seconds(text: str, most: int, field: str) -> int:
    try:
        duration = durations.parse(text)
    except ValueError as error:
        raise InvalidInput.of(field, str(error)) from None
    if duration > timedelta(seconds=most):
        raise InvalidInput.of(field, f"must be at most {durations.text_of(timedelta(seconds=most))}")
    if duration % timedelta(seconds=1):
        raise InvalidInput.of(field, "must be whole seconds")
    return duration // timedelta(seconds=1)
