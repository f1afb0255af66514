"""Hops in `tracestate`: printed, found among other members, and bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings_server.platform.trace_state import MAX_HOPS, parse_hops, print_hops


@given(st.integers(0, MAX_HOPS))
def test_what_is_printed_is_parsed(hops: int) -> None:
    assert parse_hops(print_hops(hops)) == hops


@pytest.mark.parametrize(
    ("header", "hops"),
    [
        *(("", None), ("congo=t61rcWkgMzE", None), ("tidings", None), ("tidings=", None), ("tidings=x", None)),
        *(("tidings=-1", None), ("mytidings=3", None), ("tidings=3;x", None), ("tidings=1234567890", None)),
        *(("congo=t61,tidings=3", 3), ("tidings=3 , rojo=00f", 3), ("a=1,\ttidings=15,b=2", 15), ("tidings=0", 0)),
        ("tidings=99999", MAX_HOPS),
    ],
)
def test_a_header_may_have_other_members_and_bad_ones(header: str, hops: int | None) -> None:
    assert parse_hops(header) == hops
