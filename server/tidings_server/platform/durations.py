"""Durations as people write them: ISO 8601 without years and months, whose lengths differ."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Final

_FORM: Final = re.compile(
    r"P(?:(?P<weeks>\d{1,5})W|"
    r"(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,11}(?:\.\d{1,6})?)S)?)?)",
    re.ASCII,
)
LONGEST: Final = timedelta(days=999_999)
"""So that all can be printed in seconds of 11 digits."""
FORM_IN_WORDS: Final = "must be an ISO 8601 duration in weeks, days, hours, minutes or seconds, such as P1DT12H"


def parse(text: str) -> timedelta:
    """The duration in `text`; never negative. Raises ValueError for another form, and beyond `LONGEST`."""
    found = _FORM.fullmatch(text)
    if found is None or not any(found.groups()):
        raise ValueError(FORM_IN_WORDS)
    numbers = found.groupdict(default="0")
    micros = int(Decimal(numbers.pop("seconds")).scaleb(6))
    duration = timedelta(microseconds=micros, **{unit: int(number) for unit, number in numbers.items()})
    if duration > LONGEST:
        raise ValueError(f"must be at most P{LONGEST.days}D")
    return duration


def text_of(duration: timedelta) -> str:
    """The duration in seconds, as `parse` reads it. Raises ValueError for a negative one."""
    if duration < timedelta():
        raise ValueError("must not be negative")
    seconds, micros = divmod(duration // timedelta(microseconds=1), 1_000_000)
    return f"PT{seconds}" + (f".{micros:06}S" if micros else "S")
