"""Spend years by their days: the same as asking of each day."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tidings_server.loyalty.periods import DAY_US, days_of_year, spend_year
from tidings_server.platform.clock import to_us

INSTANTS = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds it


@given(INSTANTS, st.integers(-1, 30))
def test_the_days_of_a_year_are_those_that_are_in_it(since: datetime, year: int) -> None:
    since_us = to_us(since)
    first, end = days_of_year(since_us, year)
    assert 365 <= end - first <= 366
    for day, expected in ((first - 1, year - 1), (first, year), (end - 1, year), (end, year + 1)):
        assert spend_year(since_us, day * DAY_US) == expected
