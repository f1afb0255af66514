"""Days of cron expressions, against a calendar that is walked day by day, and ranges."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidings_server.platform.clock import from_us, to_us
from tidings_server.platform.errors import InvalidInput
from tidings_server.scheduling.schedules.timing import Cron, next_times

START = date(2026, 1, 1)
DAYS = st.lists(st.sampled_from(["1", "13", "29", "31", "l", "5-9", "*/10"]), min_size=1, max_size=2, unique=True)
WEEKDAYS = st.lists(
    st.sampled_from(["0", "1", "5", "sat", "2-4", "fri-sun", "1#1", "1#5", "5#2", "mon-wed#3", "l5", "l0", "7#1"]),
    min_size=1,
    max_size=3,
    unique=True,
)
NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def fires(text: str, count: int) -> list[date]:
    """The next days on which an expression fires at nine."""
    start = to_us(datetime(2026, 1, 1, tzinfo=UTC))
    times = [from_us(at) for at in next_times(Cron.checked(text), after_us=start, count=count)]
    assert all((at.hour, at.minute) == (9, 0) for at in times)
    return [at.date() for at in times]


@given(days=DAYS.map(",".join) | st.just("*"), weekdays=WEEKDAYS.map(",".join))
@settings(max_examples=200, deadline=None)
def test_days_are_those_of_the_month_or_any_of_the_list_of_weekdays(days: str, weekdays: str) -> None:
    every = (START + timedelta(days=number) for number in range(366 * 5))
    expected = (day for day in every if _fires_on(days, weekdays, day))
    assert fires(f"0 9 {days} * {weekdays}", 12) == list(islice(expected, 12))


def _fires_on(days: str, weekdays: str, day: date) -> bool:
    in_month = days != "*" and any(is_of_month(each, day) for each in days.split(","))
    return in_month or any(is_weekday(each, day) for each in weekdays.split(","))


def is_of_month(item: str, day: date) -> bool:
    if item == "l":
        return day.day == monthrange(day.year, day.month)[1]
    if item == "*/10":
        return day.day % 10 == 1
    low, _, high = item.partition("-")
    return int(low) <= day.day <= int(high or low)


def is_weekday(item: str, day: date) -> bool:
    if item.startswith("l"):
        return is_weekday(item[1:], day) and (day + timedelta(days=7)).month != day.month
    named, _, nth = item.partition("#")
    low, _, high = named.partition("-")
    first, last = (NAMES.index(each) if each in NAMES else int(each) for each in (low, high or low))
    numbers = range(first, (last or (7 if first else 0)) + 1)
    is_named = day.isoweekday() in numbers or day.isoweekday() % 7 in numbers
    return is_named and (not nth or (day.day + 6) // 7 == int(nth))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 9 13 * 5#1", ["2026-01-02", "2026-01-13", "2026-02-06"]),
        ("0 9 13 * L5", ["2026-01-13", "2026-01-30", "2026-02-13"]),
        ("0 9 29 2 1#5", ["2028-02-29", "2032-02-29", "2036-02-29"]),
        ("0 9 31 2 5#1", ["2026-02-06", "2027-02-05", "2028-02-04"]),
        ("0 9 * * 1,1#2", ["2026-01-05", "2026-01-12", "2026-01-19"]),
        ("0 9 13 * 1,2#2", ["2026-01-05", "2026-01-12", "2026-01-13"]),
        ("0 9 13 * *,5#1", ["2026-01-13", "2026-02-13", "2026-03-13"]),
        ("0 9 ? * 2#2", ["2026-01-13", "2026-02-10", "2026-03-10"]),
        ("0 0 9 13 * 5#1", ["2026-01-02", "2026-01-13", "2026-02-06"]),
    ],
)
def test_a_weekday_of_a_month_is_one_day_more_beside_others(text: str, expected: list[str]) -> None:
    assert [str(day) for day in fires(text, 3)] == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("5-2 9 * * *", "minute"), ("9-9 9 * * *", "minute"), ("0 22-2 * * *", "hour"), ("0 9-9 * * *", "hour"),
        ("0 22-2/2 * * *", "hour"), ("0 7 1-0 * *", "day"), ("0 7 1,5-5 * *", "day"), ("0 7 l-5 * *", "day"),
        ("0 7 * 11-2 *", "month"), ("0 7 * Nov-Feb *", "month"), ("0 7 * jan-jan *", "month"),
        ("0 7 * * 5-1", "weekday"), ("0 7 * * fri-mon", "weekday"), ("0 7 * * 7-7", "weekday"),
        ("0 7 * * fri-mon#2", "weekday"),
    ],
)  # fmt: skip
def test_a_range_that_does_not_go_up_is_refused_with_its_field(text: str, name: str) -> None:
    """It fired on others than it named: `1-0` on every day, `9-9` in every hour."""
    with pytest.raises(InvalidInput) as refused:
        Cron.checked(text, field="schedule")
    [violation] = refused.value.violations
    rule = f"must have ranges from a lower to a higher value in the field of the {name}"
    assert (violation.field, violation.rule) == ("schedule", rule)


@pytest.mark.parametrize("weekdays", ["5-7", "fri-sun", "fri-7", "5,6,0", "5-6,sun"])
def test_a_sunday_may_end_a_range(weekdays: str) -> None:
    assert [str(day) for day in fires(f"0 9 * * {weekdays}", 4)] == [
        "2026-01-02", "2026-01-03", "2026-01-04", "2026-01-09",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["0 0 * 2 1#6", "0 0 * * 1#0", "0 0 * * ?,5#1", "0 0 * * 9#1", "0 0 30 2 9#1"])
def test_weekdays_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="must be a cron expression"):
        Cron.checked(text)
