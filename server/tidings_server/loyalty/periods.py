"""Calendar periods: `P30D`, `P6M`, `P1Y`, and the short form of conditions, `30d`, `6m`, `1y`."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tidings_server.platform.clock import MAX_US, MIN_US, from_us

MAX_MONTHS: Final = 60
DAY_US: Final = 86_400_000_000
EPOCH_ORDINAL: Final = datetime(1970, 1, 1).toordinal()  # noqa: DTZ001 - a day of the calendar, not an instant
SHORTEST_YEAR_DAYS: Final = 365
LONGEST_YEAR_DAYS: Final = 366
MAX_DAYS: Final = 5 * 366
RULE: Final = "must be a duration of days, months or years, such as P30D, P6M or P1Y, at most P5Y"
SHORT_RULE: Final = "must be a duration of days, months or years, such as 30d, 6m or 1y, at most 5y"

_FORM: Final = re.compile(r"P(\d{1,4})([DMY])", re.ASCII)
_SHORT: Final = re.compile(r"(\d{1,4})([dmy])", re.ASCII)
_UNITS: Final = {"D": "days", "M": "months", "Y": "years"}


@dataclass(frozen=True, slots=True)
class Period:
    """Days, whole months or whole years; two of them are 0."""

    days: int = 0
    months: int = 0
    years: int = 0

    def __str__(self) -> str:
        """ISO 8601, the inverse of `parse`."""
        return f"P{self.years}Y" if self.years else f"P{self.months}M" if self.months else f"P{self.days}D"

    def after(self, instant: datetime) -> datetime:
        """The instant a period later, the last one there is at most; days that a month lacks become its last day."""
        try:
            return _shifted(instant, self.in_months) + timedelta(days=self.days)
        except (ValueError, OverflowError):
            return from_us(MAX_US)

    def before(self, instant: datetime) -> datetime:
        """The instant a period earlier, the first one there is at least."""
        try:
            return _shifted(instant, -self.in_months) - timedelta(days=self.days)
        except (ValueError, OverflowError):
            return from_us(MIN_US)

    @property
    def in_months(self) -> int:
        """Months and years together."""
        return 12 * self.years + self.months


def parse(text: str) -> Period:
    """Parse ISO 8601. Raises ValueError for another form, for an empty period and for over 5 years."""
    return _read(_FORM, text, RULE)


def parse_short(text: str) -> Period:
    """Parse the short form. Raises ValueError as `parse`."""
    return _read(_SHORT, text, SHORT_RULE)


def anniversary(since: datetime, now: datetime) -> int:
    """The number of whole years from `since` to `now`."""
    years = now.year - since.year
    return years if _shifted(since, 12 * years) <= now else years - 1


def spend_year(since_us: int, at_us: int) -> int:
    """The number of whole years between the days (UTC) of two instants in µs; below 0 where the second is earlier."""
    if 0 <= at_us // DAY_US - since_us // DAY_US < SHORTEST_YEAR_DAYS:
        return 0
    return anniversary(_day(since_us), _day(at_us))


def days_of_year(since_us: int, year: int) -> tuple[int, int]:
    """The first day (since 1970, UTC) of a spend year, as `spend_year` numbers them, and the first after it."""
    first = _day(since_us)
    start, end = (_shifted(first, 12 * number) for number in (year, year + 1))
    return start.toordinal() - EPOCH_ORDINAL, end.toordinal() - EPOCH_ORDINAL


def _day(at_us: int) -> datetime:
    return from_us(at_us // DAY_US * DAY_US)


def _read(form: re.Pattern[str], text: str, rule: str) -> Period:
    found = form.fullmatch(text)
    if found is None:
        raise ValueError(rule)
    number, unit = int(found[1]), found[2].upper()
    period = Period(**{_UNITS[unit]: number})
    if not number or period.days > MAX_DAYS or period.in_months > MAX_MONTHS:
        raise ValueError(rule)
    return period


def _shifted(instant: datetime, months: int) -> datetime:
    if not months:
        return instant
    years, month = divmod(instant.year * 12 + instant.month - 1 + months, 12)
    day = min(instant.day, monthrange(years, month + 1)[1])
    return instant.replace(year=years, month=month + 1, day=day)
