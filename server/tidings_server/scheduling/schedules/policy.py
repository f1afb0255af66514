"""What is done about runs that were missed, that overlap, or that would all come at once."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from tidings_server.platform import durations
from tidings_server.platform.errors import InvalidInput

US_PER_S: Final = 1_000_000
DAY_S: Final = 86_400
MAX_WINDOW_S: Final = 366 * DAY_S
MAX_JITTER_S: Final = 3_600


class CatchUp(StrEnum):
    """Which of the runs that were missed are made up for."""

    NONE = "none"
    LATEST = "latest"
    """The latest within the window, once."""
    ALL = "all"
    """All within the window, one after the other."""


class Overlap(StrEnum):
    """What becomes of a run that is due while an earlier one of its schedule is not over."""

    SKIP = "skip"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class Policy:
    """Of one schedule. `window_s` bounds how late a run is made up for, `jitter_s` how much later one may start."""

    catch_up: CatchUp = CatchUp.LATEST
    window_s: int = DAY_S
    overlap: Overlap = Overlap.SKIP
    jitter_s: int = 0

    @staticmethod
    def checked(
        *, catch_up: str = "", window: str = "", overlap: str = "", jitter: str = "", fields: "Fields | None" = None
    ) -> "Policy":
        """The policy that a client wrote; durations are ISO 8601, an empty text is the default.

        Raises InvalidInput on the field of the first that is wrong; `fields` says how they are spelled.
        """
        named = fields or Fields()
        usual = Policy()
        return Policy(
            catch_up=CatchUp(_one_of(catch_up, CatchUp, named.catch_up)) if catch_up else usual.catch_up,
            window_s=_seconds(window, MAX_WINDOW_S, named.window) if window else usual.window_s,
            overlap=Overlap(_one_of(overlap, Overlap, named.overlap)) if overlap else usual.overlap,
            jitter_s=_seconds(jitter, MAX_JITTER_S, named.jitter) if jitter else usual.jitter_s,
        )

    def start_of(self, schedule_key: int, scheduled_at: int) -> int:
        """When the run of a fire time starts: the same in every process, up to `jitter_s` later."""
        if not self.jitter_s:
            return scheduled_at
        drawn = int.from_bytes(sha256(f"{schedule_key}/{scheduled_at}".encode()).digest()[:8])
        return scheduled_at + drawn % (self.jitter_s * US_PER_S + 1)


@dataclass(frozen=True, slots=True)
class Fields:
    """How a dialect spells the fields of a policy."""

    catch_up: str = "catchUp"
    window: str = "catchUpWindow"
    overlap: str = "overlap"
    jitter: str = "jitter"


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
    return int(duration.total_seconds())
