"""The table of shop states in the docs is what the server makes of them."""

import re
from pathlib import Path

import pytest

from tidings_server.catalogue.order_states import is_delivered, stands_at_nothing

PAGE = (Path(__file__).parents[2] / "docs/shop-states.md").read_text()
ROWS = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| **") and "`" in line]
STATES = [
    (state, points.strip(), catalogue.strip())
    for names, points, catalogue in ROWS
    for state in re.findall("`(.+?)`", names)
]


@pytest.mark.parametrize(("state", "points", "catalogue"), STATES)
def test_a_state_is_what_the_table_says(state: str, points: str, catalogue: str) -> None:
    for spelling in (state, state.upper().replace(" ", "_"), state.title().replace(" ", "")):
        assert stands_at_nothing(spelling, "") == stands_at_nothing("", spelling) == (points == "nothing")
        is_closed = is_delivered(spelling) or stands_at_nothing(spelling, "")
        assert is_closed == catalogue.startswith("closed")


def test_the_table_has_the_states_of_every_kind() -> None:
    assert len(ROWS) == 9 - 1, "the last row names no state"
    assert len(STATES) > 40


@pytest.mark.parametrize(
    ("state", "is_nothing"),
    [
        ("Cancelled - out of stock", True),
        ("CANCELED: fraud", True),
        ("Refunded (damaged)", True),
        ("returned because it was too small", True),
        ("cancelledDueToFraud", True),
        ("Refunded (partially)", False),
        ("refunded - partly, by the desk", False),
        ("Canceled Reversal", False),
        ("refund requested", False),
        ("not cancelled", False),
        ("by", False),
        ("wc", False),
        ("-", False),
    ],
)
def test_a_reason_behind_a_state_does_not_count(state: str, is_nothing: bool) -> None:
    assert stands_at_nothing(state, "") == stands_at_nothing("", state) == is_nothing
