"""Time and identifiers, injected everywhere so that tests own both.

Instants are aware UTC datetimes at the edges and whole microseconds since 1970 (`_us`) in tables.
"""

import asyncio
import os
import random
import re
import secrets
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
US_PER_S = 1_000_000
US_PER_HOUR = 3_600 * US_PER_S
US_PER_DAY = 24 * US_PER_HOUR
MIN_US = (datetime.min.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
MAX_US = (datetime.max.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
"""The instants that can be printed: the years 1 to 9999 of UTC."""
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MAX_SLEW = 0.05
"""How much slower a clock goes that is ahead of the one it follows, as a share."""
STEP_S = 0.5
"""Pauses of at least twice as long end in steps of so much; see `Steps`."""
BUSY_SHARE = 0.05
"""Share of a core from which a process is busy: at rest it takes less than a percent."""
BUSY_LOOK_S = 1.0
DRAWN_AT_ONCE = 100
"""Random parts of ids: drawn one by one, the system call is most of what an id costs."""
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
"""The digit that holds the two bits of the RFC variant, by the random digit it is made of."""


class Clock(Protocol):
    """The source of every instant and every pause of the server."""

    def now(self) -> datetime: ...

    def now_us(self) -> int: ...

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...

    def follow(self, reference_us: int) -> None:
        """Agree with the clock that all processes of the installation share."""
        ...


class SystemClock:
    """Time that never falls, and that all processes of an installation agree on as far as they `follow` one clock.

    Between two readings of that clock it goes with the machine's monotonic one, so that nothing is compared with a wall
    clock that somebody has set: that of another machine, or this one's of an hour ago. It takes a lead at once, and
    gives one up by going slower: an instant that was stored stays in the past.
    """

    def __init__(self) -> None:
        self._offset_us = wall_us() - _monotonic_us()
        self._followed_at_us: int | None = None

    def now(self) -> datetime:
        return from_us(self.now_us())

    def now_us(self) -> int:
        return _monotonic_us() + self._offset_us

    def follow(self, reference_us: int) -> None:
        """Agree with another clock: with the first reading entirely, with later ones as told above."""
        now = _monotonic_us()
        offset_us = reference_us - now
        if self._followed_at_us is not None:
            offset_us = max(offset_us, self._offset_us - int((now - self._followed_at_us) * MAX_SLEW))
        self._offset_us = offset_us
        self._followed_at_us = now

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Pause; one of a second or more ends with others (`in_step`)."""
        await asyncio.sleep(in_step(seconds))


class ManualClock:
    """A clock that a test moves; sleepers wake when their instant is passed."""

    def __init__(self, now: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now_us = to_us(now)
        self._sleepers: list[tuple[int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return from_us(self._now_us)

    def now_us(self) -> int:
        return self._now_us

    def monotonic(self) -> float:
        return self._now_us / 1_000_000

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now_us + int(seconds * 1_000_000), woken))
        await woken

    def advance(self, delta: timedelta) -> None:
        """Move forward by `delta` and wake everyone whose instant has come."""
        self._now_us += delta // MICROSECOND
        due = [woken for at_us, woken in self._sleepers if at_us <= self._now_us]
        self._sleepers = [sleeper for sleeper in self._sleepers if sleeper[0] > self._now_us]
        for woken in due:
            if not woken.done():
                woken.set_result(None)

    def follow(self, reference_us: int) -> None:
        """It goes by the test alone."""


class Steps:
    """The ends of pauses after which a process looks for work.

    All together while it is idle: each time that it wakes costs as much as what five workers find out then. Apart from
    each other while it is busy: what all of them find out takes 20 ms, for which calls would wait twice a second.
    """

    def __init__(self, cpu_s: Callable[[], float] = time.process_time) -> None:
        """`cpu_s` is the processor time of the process."""
        self._cpu_s = cpu_s
        self._random = random.Random()
        self._first_s = self._random.random() * STEP_S
        self._looked_at, self._looked_cpu_s = time.monotonic(), cpu_s()
        self._is_busy = False

    def pause(self, seconds: float) -> float:
        """A pause made up to STEP_S / 2 shorter or longer; one of less than 2 x STEP_S as it is."""
        if seconds < 2 * STEP_S:
            return seconds
        now = time.monotonic()
        if now - self._looked_at >= BUSY_LOOK_S:
            cpu_s = self._cpu_s()
            self._is_busy = cpu_s - self._looked_cpu_s > BUSY_SHARE * (now - self._looked_at)
            self._looked_at, self._looked_cpu_s = now, cpu_s
        if self._is_busy:
            return seconds + (self._random.random() - 0.5) * STEP_S
        now -= self._first_s
        return round((now + seconds) / STEP_S) * STEP_S - now


in_step = Steps().pause


def wall_us() -> int:
    """The machine's own clock, which may be set to anything at any time."""
    return time.time_ns() // 1_000


def _monotonic_us() -> int:
    return time.monotonic_ns() // 1_000


class Ids:
    """Makes identifiers and secrets.

    Event and resource ids are UUIDv7 (RFC 9562): their first 48 bits are the time in milliseconds, so neighbours in
    time are neighbours in an index. Threads may share one: transactions on the writer's thread make ids too.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._millis = -1
        self._time = ""
        self._drawn: list[str] = []

    def uuid7(self) -> str:
        """A new time-ordered UUID in its dashed lower-case form."""
        millis = self._clock.now_us() // 1_000
        if millis != self._millis:
            digits = f"{millis:012x}"
            self._millis, self._time = millis, f"{digits[:8]}-{digits[8:]}"
        try:
            return self._time + self._drawn.pop()
        except IndexError:
            drawn = _random_parts()
            random = drawn.pop()
            self._drawn = drawn
            return self._time + random

    def token(self, bits: int = 256) -> str:
        """A URL-safe random secret of at least `bits` bits."""
        return secrets.token_urlsafe(bits // 8)


def _random_parts() -> list[str]:
    """The random parts of UUIDs of version 7, behind the time."""
    digits = os.urandom(10 * DRAWN_AT_ONCE).hex()
    parts = (digits[start : start + 20] for start in range(0, len(digits), 20))
    return [f"-7{part[:3]}-{_VARIANT[part[3]]}{part[4:7]}-{part[7:19]}" for part in parts]


def to_us(instant: datetime) -> int:
    """Whole microseconds since 1970 of an aware datetime."""
    return (instant - EPOCH) // MICROSECOND


def from_us(micros: int) -> datetime:
    """The aware UTC datetime of `to_us`; the first or last one that there is for what lies beyond the years 1 to 9999.

    So whatever number of microseconds is stored can be printed.
    """
    return EPOCH + timedelta(microseconds=min(max(micros, MIN_US), MAX_US))


def rfc3339_ms(micros: int) -> str:
    """RFC 3339 in UTC with milliseconds, as the push dialect prints dates: `2026-01-01T00:00:00.000Z`."""
    return from_us(micros).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_rfc3339(text: str) -> int:
    """Microseconds since 1970 of an RFC 3339 date-time, in the years 1 to 9999 of UTC; more decimals are cut off.

    Raises ValueError for any other form (a week date, a date without a time, a time without an offset), for a leap
    second, and for an instant outside of those years: what is taken in can be printed again.
    """
    if not _RFC3339.fullmatch(text):
        raise ValueError("an RFC 3339 date-time with its offset, such as 2026-01-01T00:00:00Z")
    instant = to_us(datetime.fromisoformat(text.upper()))
    if not MIN_US <= instant <= MAX_US:
        raise ValueError("an instant between the years 1 and 9999 of UTC")
    return instant


def parse_day(text: str) -> date:
    """The day of an RFC 3339 full-date, `2026-01-31`. Raises ValueError for another form, such as a week date."""
    if not _DAY.fullmatch(text):
        raise ValueError("a day such as 2026-01-31")
    return date.fromisoformat(text)
