"""Timings of schedules: a cron expression, one instant, or a fixed period. Nothing here reads the clock."""

import json
from dataclasses import dataclass
from typing import Any, Final, Protocol

from tidings_server.platform.errors import InvalidInput
from tidings_server.scheduling.schedules import cron

MINUTE_US: Final = 60_000_000
MAX_EVERY_US: Final = 5 * 366 * 24 * 60 * MINUTE_US


class Timing(Protocol):
    """The fire times of a schedule, in microseconds UTC."""

    def after(self, instant_us: int) -> int | None:
        """The first fire time strictly after an instant; None when there is none."""
        ...

    def packed(self) -> str:
        """The timing as JSON, the inverse of `unpacked`."""
        ...


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression in a time zone; see the module `cron` for days on which the clocks change."""

    text: str
    zone: str = "UTC"

    @staticmethod
    def checked(text: str, zone: str = "UTC", *, field: str = "cron", zone_field: str = "timezone") -> "Cron":
        """The timing for a client's input. Raises InvalidInput on `field` or `zone_field`."""
        return Cron(cron.check(text, field), cron.check_zone(zone, zone_field))

    def after(self, instant_us: int) -> int | None:
        return cron.next_time(self.text, self.zone, instant_us)

    def packed(self) -> str:
        return json.dumps({"cron": self.text, "zone": self.zone})


@dataclass(frozen=True, slots=True)
class Every:
    """A fixed period, counted from `anchor_us`; the first fire time is one period after it."""

    every_us: int
    anchor_us: int

    @staticmethod
    def checked(every_us: int, anchor_us: int, *, field: str) -> "Every":
        """The timing for a client's input. Raises InvalidInput on `field` unless the period is 1 minute to 5 years."""
        if not MINUTE_US <= every_us <= MAX_EVERY_US:
            raise InvalidInput.of(field, "must be 1 minute to 5 years")
        return Every(every_us, anchor_us)

    def after(self, instant_us: int) -> int | None:
        periods = max(0, instant_us - self.anchor_us) // self.every_us
        return self.anchor_us + (periods + 1) * self.every_us

    def packed(self) -> str:
        return json.dumps({"every": self.every_us, "anchor": self.anchor_us})


@dataclass(frozen=True, slots=True)
class At:
    """One instant."""

    at_us: int

    def after(self, instant_us: int) -> int | None:
        return self.at_us if self.at_us > instant_us else None

    def packed(self) -> str:
        return json.dumps({"at": self.at_us})


def unpacked(text: str) -> Timing:
    """The timing that `Timing.packed` has written."""
    values: dict[str, Any] = json.loads(text)
    if "cron" in values:
        return Cron(values["cron"], values["zone"])
    return At(values["at"]) if "at" in values else Every(values["every"], values["anchor"])


def next_times(timing: Timing, *, after_us: int, count: int) -> list[int]:
    """The next `count` fire times, fewer where there are no more."""
    times: list[int] = []
    following = timing.after(after_us)
    while following is not None and len(times) < count:
        times.append(following)
        following = timing.after(following) if len(times) < count else None
    return times
