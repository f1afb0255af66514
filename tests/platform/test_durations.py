"""Durations: ISO 8601 without years and months, there and back."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings_server.platform.durations import parse, text_of


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("P2W", timedelta(weeks=2)),
        ("P1D", timedelta(days=1)),
        ("PT90M", timedelta(minutes=90)),
        ("P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        ("PT0S", timedelta()),
    ],
)
def test_a_duration_is_parsed_to_its_length(text: str, duration: timedelta) -> None:
    assert parse(text) == duration


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1DT", "P1Y", "P1M", "1D", "P-1D", "-P1D", "P1W2D", "PT1S1M", "PT1.S", "P1.5D", "pt1s", "P٣D"],
)
def test_other_texts_are_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="must be an ISO 8601 duration"):
        parse(text)


@given(st.timedeltas(timedelta(), timedelta(days=99_999)))
def test_a_printed_duration_is_read_back(duration: timedelta) -> None:
    assert parse(text_of(duration)) == duration


def test_a_negative_duration_is_not_printed() -> None:
    with pytest.raises(ValueError, match="negative"):
        text_of(timedelta(seconds=-1))
