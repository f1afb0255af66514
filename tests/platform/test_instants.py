"""One gate for instants: what is read can be printed, what is printed can be read, in every offset and year."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tidings_server.platform.clock import (
    MAX_US,
    MIN_US,
    from_us,
    parse_day,
    parse_rfc3339,
    rfc3339_ms,
    to_us,
)

US_PER_MS = 1_000
OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.integers(MIN_US, MAX_US))
@example(MIN_US)
@example(MAX_US)
@example(-1)
def test_a_printed_instant_parses_to_the_same_millisecond(micros: int) -> None:
    assert parse_rfc3339(rfc3339_ms(micros)) == micros // US_PER_MS * US_PER_MS


@given(st.integers())
@example(MAX_US + 1)
@example(MIN_US - 1)
@example(2**63 - 1)
@example(-(2**63))
def test_every_number_can_be_printed_and_read_again(micros: int) -> None:
    assert parse_rfc3339(rfc3339_ms(micros)) == min(max(micros, MIN_US), MAX_US) // US_PER_MS * US_PER_MS


@given(st.datetimes(timezones=OFFSETS), st.sampled_from(["T", "t"]))
@example(datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-12))), "T")
@example(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=12))), "T")
def test_an_instant_of_any_offset_is_printed(instant: datetime, separator: str) -> None:
    text = instant.isoformat().replace("T", separator)
    try:
        micros = parse_rfc3339(text)
    except ValueError:
        assert not MIN_US <= to_us(instant) <= MAX_US
        return
    assert micros == to_us(instant)
    assert parse_rfc3339(rfc3339_ms(micros)) == micros // US_PER_MS * US_PER_MS


@given(st.text(max_size=40) | st.from_regex(r"\A[0-9TtZzWw:+.\- ]{1,40}\Z"))
def test_any_text_is_an_instant_that_can_be_printed_or_refused(text: str) -> None:
    try:
        micros = parse_rfc3339(text)
    except ValueError:
        return
    assert from_us(micros).tzinfo is UTC
    rfc3339_ms(micros)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2026-01-01t00:00:00z", "2026-01-01T00:00:00.000Z"),
        ("2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00.000Z"),
        ("2026-01-01T00:00:00-00:00", "2026-01-01T00:00:00.000Z"),
        ("2026-01-01T00:00:00.1Z", "2026-01-01T00:00:00.100Z"),
        ("2026-01-01T00:00:00.123456789123Z", "2026-01-01T00:00:00.123Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
    ],
)
def test_rfc_3339_is_read(text: str, same: str) -> None:
    assert rfc3339_ms(parse_rfc3339(text)) == same


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-W01-1T00:00:00Z",
        "2026-001T00:00:00Z",
        "20260101T000000Z",
        "2026-01-01",
        "2026-01-01T00:00Z",
        "2026-01-01T00Z",
        "2026-01-01T00:00:00",
        "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00+0200",
        "2026-01-01T00:00:00+02",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+02:60",
        "2026-01-01T00:00:00+02:00:30",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:60Z",
        "2026-02-30T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+12:00",
        "2026-01-01T00:00:00,5Z",
        "2026-01-01T00:00:00.Z",
        "２０２６-01-01T00:00:00Z",
        " 2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00Z\n",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"RFC 3339|years|day|hour|second|month|range"):
        parse_rfc3339(text)


@given(st.dates())
def test_days_are_read_as_printed(day: date) -> None:
    assert parse_day(day.isoformat()) == day


@pytest.mark.parametrize("text", ["2026-W01-1", "20260101", "2026-001", "2026-1-1", "2026-02-30", "", "2026-01-01Z"])
def test_other_days_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"day|month|range"):
        parse_day(text)
