"""Cron expressions: 5 fields, or 6 with the second first, in a time zone.

An hour field that is a number or a list of numbers means times of the day: a time that is skipped when the clocks go
forward fires at the first instant after the gap, a time that is repeated when they go back fires once. An hour field
with `*`, `/` or a range follows elapsed time: a repeated hour fires again. croniter alone would fire 02:30 twice.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, CroniterError, croniter

from tidings_server.platform.clock import MIN_US
from tidings_server.platform.errors import InvalidInput
from tidings_server.scheduling.schedules import wall_clock

MAX_TEXT: Final = 256
MAX_YEARS: Final = 5
"""An expression without a fire time within so many years is refused."""

FIELDS: Final = (5, 6)
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
NAMES: Final = frozenset({*MONTHS, *WEEKDAYS, "l"})
FORM_IN_WORDS: Final = "must be a cron expression of 5 fields, or of 6 with the second first"

SIZES: Final = (("weekday", 8), ("month", 13), ("day", 32), ("hour", 24), ("minute", 60), ("second", 60))
"""Fields from the last one, and one more than their largest value."""
_NUMBERS: Final = {
    "l": 31,
    **{name: number for number, name in enumerate(MONTHS, start=1)},
    **{name: number for number, name in enumerate(WEEKDAYS)},
}
_ENDS: Final = _NUMBERS | {"sun": 7}
"""Numbers of names at the end of a range: a Sunday ends the week there."""
_RANGE: Final = re.compile("([a-z]+|[0-9]+)-([a-z]+|[0-9]+)")
NO_ZONES: Final = frozenset({"localtime", "posixrules", "Factory"})
"""Files beside the zones that depend on the machine, or stand for none."""
_ZONE_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,31}(/[A-Za-z0-9_+-]{1,31}){0,2}")
_FIRST_US: Final = MIN_US + 2 * 86_400_000_000
"""Every zone has a local time for it."""
_A_START: Final = datetime(2026, 1, 1)  # noqa: DTZ001 - local times have no zone


def next_time(text: str, zone: str, after_us: int) -> int | None:
    """The first fire time of a checked expression strictly after `after_us`, in microseconds UTC.

    None where the years of the calendar end before it.
    """
    read = wall_clock.once if _has_fixed_hour(text) else wall_clock.always
    try:
        return read(lambda local: _next_local(text, local), _zone(zone), max(after_us, _FIRST_US))
    except (ValueError, OverflowError):
        return None


def check(text: str, field: str) -> str:
    """The expression in lower case with single blanks. Raises InvalidInput on `field`.

    Refused are other forms, croniter's random and hashed fields, ranges that do not go up, which croniter takes for
    others than are meant, and expressions that fire more than once a minute or never within MAX_YEARS.
    """
    parts = text.lower().split() if len(text) <= MAX_TEXT else []
    has_blur = any("?" in part and part != "?" for part in parts)
    if len(parts) not in FIELDS or has_blur or not set(re.findall("[a-z]+", " ".join(parts))) <= NAMES:
        raise InvalidInput.of(field, FORM_IN_WORDS, f"string of {len(text):,} characters")
    if len(parts) == max(FIELDS) and not parts[0].isdecimal():
        raise InvalidInput.of(field, "must not fire more than once a minute: the second must be one number")
    for part, (name, size) in zip(reversed(parts), SIZES, strict=False):
        if any(int(step) >= size for step in re.findall(r"/(\d+)", part)):
            raise InvalidInput.of(
                field, f"must have a step below {size} in the field of the {name}: a larger one never comes"
            )
        if not all(_goes_up(low, high) for low, high in _RANGE.findall(part)):
            raise InvalidInput.of(field, f"must have ranges from a lower to a higher value in the field of the {name}")
    spelled = " ".join(parts)
    try:
        is_ever = _next_local(spelled, _A_START) is not None
    except (CroniterError, ValueError, OverflowError):
        raise InvalidInput.of(field, FORM_IN_WORDS) from None
    if not is_ever:
        raise InvalidInput.of(field, f"must have a time within {MAX_YEARS} years")
    return spelled


def check_zone(zone: str, field: str) -> str:
    """The time zone. Raises InvalidInput on `field` unless it is in the IANA database."""
    if not _is_zone(zone):
        raise InvalidInput.of(field, "must be a time zone of the IANA's database, such as Europe/Stockholm")
    return zone


def _goes_up(low: str, high: str) -> bool:
    """Order of a range's ends: true for a lower and a higher one. Names that no field has are refused later."""
    return int(_NUMBERS.get(low, low)) < int(_ENDS.get(high, high))


def _next_local(text: str, local: datetime) -> datetime | None:
    times: list[datetime] = []
    for iterator in _iterators(text):
        iterator.set_current(local, force=True)
        with suppress(CroniterBadDateError):
            times.append(iterator.get_next(datetime))
    return min(times, default=None)


@lru_cache(maxsize=4_096)
def _iterators(text: str) -> tuple[croniter, ...]:
    """The parsed alternatives of an expression; their positions are set before each use."""
    return tuple(
        croniter(each, _A_START, second_at_beginning=True, max_years_between_matches=MAX_YEARS)
        for each in _alternatives(text)
    )


def _alternatives(text: str) -> Iterator[str]:
    """Expressions that together fire when a text does, in none of which `5#1` or `l5` stands beside other days.

    croniter would fire on days that are both of them, and leave out the other weekdays of a list.
    """
    *times, day, month, weekday = text.split()
    of_month = [each for each in weekday.split(",") if "#" in each or each.startswith("l")]
    plain = [each for each in weekday.split(",") if each not in of_month]
    if not of_month:
        days = [(day, weekday)]
    elif "*" in plain:
        days = [(day, "*")]
    else:
        days = [("*", ",".join(each)) for each in (plain, of_month) if each]
        if day != "?" and "*" not in day.split(","):
            days.append((day, "*"))
    for day_of_month, day_of_week in days:
        yield " ".join([*times, day_of_month, month, day_of_week])


def _has_fixed_hour(text: str) -> bool:
    return not set("*/-?") & set(text.split()[-4])


@lru_cache(maxsize=1_024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=1_024)
def _is_zone(name: str) -> bool:
    """Whether it is a zone: its one file is read. The list of all is made of 600 files, which would hold the loop."""
    if name in NO_ZONES or not _ZONE_NAME.fullmatch(name) or name.startswith(("posix/", "right/")):
        return False
    try:
        _zone(name)
    except (LookupError, OSError, ValueError):
        return False
    return True
