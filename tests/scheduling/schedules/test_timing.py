"""Fire times across the real clock changes of three zones."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidings_server.platform.clock import from_us, to_us
from tidings_server.platform.errors import InvalidInput
from tidings_server.scheduling.schedules.cron import NO_ZONES, check_zone
from tidings_server.scheduling.schedules.timing import At, Cron, Every, Timing, next_times, unpacked

STOCKHOLM, NEW_YORK, LORD_HOWE = "Europe/Stockholm", "America/New_York", "Australia/Lord_Howe"
ZONES = (STOCKHOLM, NEW_YORK, LORD_HOWE, "America/St_Johns", "Asia/Kolkata", "UTC", "Africa/Casablanca")


def fires(text: str, zone: str, after: str, count: int) -> list[str]:
    """The next fire times in UTC, each as `03-29 01:00`."""
    start = to_us(datetime.fromisoformat(after).replace(tzinfo=UTC))
    times = next_times(Cron.checked(text, zone), after_us=start, count=count)
    return [f"{from_us(at):%m-%d %H:%M}" for at in times]


# Clocks go forward in Stockholm on 2026-03-29 at 01:00 UTC, 02:00 to 03:00; in New York on 03-08 at 07:00 UTC, 02:00 to
# 03:00; on Lord Howe on 10-03 at 15:30 UTC, 02:00 to 02:30 (of 10-04). Back: 10-25 01:00 UTC, 03:00 to 02:00; 11-01
# 06:00 UTC, 02:00 to 01:00; 04-04 at 15:00 UTC, 02:00 to 01:30 (of 04-05).
@pytest.mark.parametrize(
    ("text", "zone", "after", "expected"),
    [
        ("30 2 * * *", STOCKHOLM, "2026-03-27T12:00", ["03-28 01:30", "03-29 01:00", "03-30 00:30"]),
        ("30 2 * * *", NEW_YORK, "2026-03-07T00:00", ["03-07 07:30", "03-08 07:00", "03-09 06:30"]),
        ("15 2 * * *", LORD_HOWE, "2026-10-02T00:00", ["10-02 15:45", "10-03 15:30", "10-04 15:15"]),
        ("15,45 2 * * *", STOCKHOLM, "2026-03-28T12:00", ["03-29 01:00", "03-30 00:15", "03-30 00:45"]),
        ("30 2,14 * * *", STOCKHOLM, "2026-03-28T12:00", ["03-28 13:30", "03-29 01:00", "03-29 12:30"]),
    ],
)
def test_a_time_of_the_day_that_is_skipped_comes_at_the_first_instant_after(
    text: str, zone: str, after: str, expected: list[str]
) -> None:
    assert fires(text, zone, after, 3) == expected


@pytest.mark.parametrize(
    ("text", "zone", "after", "expected"),
    [
        ("30 2 * * *", STOCKHOLM, "2026-10-23T12:00", ["10-24 00:30", "10-25 00:30", "10-26 01:30"]),
        ("30 1 * * *", NEW_YORK, "2026-10-31T00:00", ["10-31 05:30", "11-01 05:30", "11-02 06:30"]),
        ("45 1 * * *", LORD_HOWE, "2026-04-03T00:00", ["04-03 14:45", "04-04 14:45", "04-05 15:15"]),
    ],
)
def test_a_time_of_the_day_that_comes_twice_fires_once(text: str, zone: str, after: str, expected: list[str]) -> None:
    assert fires(text, zone, after, 3) == expected


def test_a_time_of_the_day_does_not_fire_again_within_the_repeated_hour() -> None:
    assert fires("30 2 * * *", STOCKHOLM, "2026-10-25T01:10", 1) == ["10-26 01:30"]


@pytest.mark.parametrize(
    ("text", "zone", "after", "expected"),
    [
        ("30 * * * *", STOCKHOLM, "2026-10-24T23:00", ["23:30", "00:30", "01:30", "02:30"]),
        ("30 * * * *", STOCKHOLM, "2026-03-28T23:00", ["23:30", "00:30", "01:30", "02:30"]),
        ("0 */2 * * *", STOCKHOLM, "2026-10-24T21:00", ["22:00", "00:00", "01:00", "03:00"]),
        ("30 1-2 * * *", STOCKHOLM, "2026-10-24T22:00", ["23:30", "00:30", "01:30", "00:30"]),
        ("30 1-2 * * *", STOCKHOLM, "2026-03-28T22:00", ["00:30", "23:30", "00:30", "23:30"]),
        ("*/30 * * * *", NEW_YORK, "2026-11-01T05:15", ["05:30", "06:00", "06:30", "07:00"]),
        ("0 * * * *", LORD_HOWE, "2026-04-04T13:30", ["14:00", "15:30", "16:30", "17:30"]),
        ("30 * * * *", LORD_HOWE, "2026-04-04T13:00", ["13:30", "14:30", "15:00", "16:00"]),
    ],
)
def test_an_hour_with_a_wildcard_a_step_or_a_range_follows_real_time(
    text: str, zone: str, after: str, expected: list[str]
) -> None:
    assert [each[-5:] for each in fires(text, zone, after, 4)] == expected


@given(
    zone=st.sampled_from(ZONES),
    minute=st.sampled_from(["0", "15", "30", "*/20", "5-10", "59"]),
    hour=st.sampled_from(["*", "2", "1", "1,2,3", "*/2", "1-3", "0", "23"]),
    days=st.integers(0, 366),
    minutes=st.integers(0, 1_440),
)
@settings(max_examples=150, deadline=None)
def test_fire_times_increase_and_match_the_expression(
    zone: str, minute: str, hour: str, days: int, minutes: int
) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days, minutes=minutes)
    times = next_times(Cron.checked(f"{minute} {hour} * * *", zone), after_us=to_us(start), count=6)
    assert len(times) == 6
    assert all(one < other for one, other in pairwise([to_us(start), *times]))
    fixed = not set("*/-") & set(hour)
    for at in times:
        local = from_us(at).astimezone(ZoneInfo(zone))
        before = from_us(at - 1).astimezone(ZoneInfo(zone))
        if local.utcoffset() == before.utcoffset() or not fixed:
            assert _names(minute, local.minute), local
            assert _names(hour, local.hour), local


@given(zone=st.sampled_from(ZONES), hours=st.integers(0, 366 * 24))
@settings(max_examples=60, deadline=None)
def test_every_minute_of_real_time_fires(zone: str, hours: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    times = next_times(Cron.checked("* * * * *", zone), after_us=to_us(start), count=130)
    assert [from_us(at) for at in times] == [start + timedelta(minutes=number) for number in range(1, 131)]


def _names(field: str, value: int) -> bool:
    if field == "*":
        return True
    if field.startswith("*/"):
        return value % int(field[2:]) == 0
    if "-" in field:
        low, high = map(int, field.split("-"))
        return low <= value <= high
    return value in map(int, field.split(","))


def test_six_fields_have_the_second_first() -> None:
    [at] = next_times(Cron.checked("30 0 12 * * *"), after_us=0, count=1)
    assert from_us(at).isoformat() == "1970-01-01T12:00:30+00:00"


def test_every_counts_from_its_anchor_and_at_comes_once() -> None:
    assert next_times(Every(90_000_000, 1_000), after_us=0, count=2) == [90_001_000, 180_001_000]
    assert next_times(Every(90_000_000, 1_000), after_us=90_001_000, count=1) == [180_001_000]
    assert next_times(At(5), after_us=4, count=3) == [5]
    assert next_times(At(5), after_us=5, count=3) == []


@pytest.mark.parametrize("timing", [Cron("5 4 * * *", STOCKHOLM), Every(60_000_000, 7), At(9)])
def test_a_timing_is_unpacked_as_it_was_packed(timing: Timing) -> None:
    assert unpacked(timing.packed()) == timing


@pytest.mark.parametrize(
    "text",
    [
        "", "* * * *", "* * * * * * *", "61 * * * *", "R * * * *", "H 2 * * *", "R(1-3) 2 * * *", "@daily", "a b c d e",
        "0 0 30 2 *", "* * * * * *", "*/30 * * * * *", "0,30 * * * * *", "*/0 * * * *", "0 0 15W * *", "0 " * 200,
        "-1 * * * *", "1.5 * * * *", "*/90 * * * *", "5/60 * * * *", "0 */24 * * *",
        "0 0 * * 9", "0 25 * * *", "😀 * * * *", "０ 0 * * *", "0 0 0 * *",
    ],
)  # fmt: skip
def test_invalid_cron_expressions_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Cron.checked(text, field="schedule")
    assert refused.value.violations[0].field == "schedule"


@pytest.mark.parametrize(
    "zone",
    [
        "",
        "localtime",
        "posixrules",
        "Factory",
        "Mars/Phobos",
        "CET+1",
        "../etc/passwd",
        "europe/stockholm",
        "/UTC",
        "\0",
    ],
)
def test_unknown_time_zones_are_refused(zone: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Cron.checked("0 0 * * *", zone)
    assert refused.value.violations[0].field == "timezone"


def test_a_leap_day_is_within_five_years_and_blanks_do_not_matter() -> None:
    assert Cron.checked(" 0  0 29\t2 * ") == Cron("0 0 29 2 *")


@pytest.mark.parametrize("period_us", [0, 59_999_999, 6 * 366 * 86_400 * 1_000_000])
def test_a_period_below_a_minute_or_above_five_years_is_refused(period_us: int) -> None:
    with pytest.raises(InvalidInput):
        Every.checked(period_us, 0, field="every")


def test_every_zone_of_the_database_is_taken_and_no_other_file() -> None:
    """The list of all is read from 600 files, which no request waits for."""
    zones = sorted(available_timezones() - NO_ZONES)
    assert [check_zone(zone, "timezone") for zone in zones] == zones
    for other in (
        "",
        "America",
        "America/",
        "/UTC",
        "../UTC",
        "utc ",
        "UTC\n",
        "europe/stockholm",
        "zone.tab",
        "posix/UTC",
    ):
        with pytest.raises(InvalidInput):
            check_zone(other, "timezone")
    for other in (*NO_ZONES, "tzdata.zi", "right/UTC", "America/Nowhere", "A" * 10_000, "\0", "Éire"):
        with pytest.raises(InvalidInput):
            check_zone(other, "timezone")
