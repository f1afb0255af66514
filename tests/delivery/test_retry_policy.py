"""The retry schedule: its bounds, its growth and its end."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings_server.delivery.retry_policy import (
    MAX_RETRY_AFTER_S,
    MAX_STATED_S,
    RetryPolicy,
    ceiling_s,
    next_try_us,
    pause_s,
    retry_after_s,
    tries_left,
)
from tidings_server.platform.clock import ManualClock

SECOND = 1_000_000
DAY = 86_400 * SECOND
POLICY = RetryPolicy()


def longest(_: float, high: float) -> float:
    return high


@given(st.integers(1, 10_000), st.randoms())
def test_every_pause_lies_between_five_seconds_and_an_hour(failed: int, rng: random.Random) -> None:
    assert 5.0 <= pause_s(failed, POLICY, rng.uniform) <= 3_600.0


@pytest.mark.parametrize(("failed", "expected"), [(1, 10), (2, 20), (3, 40), (9, 2_560), (10, 3_600), (5_000, 3_600)])
def test_the_longest_pause_doubles_up_to_an_hour(failed: int, expected: float) -> None:
    assert ceiling_s(failed, POLICY) == expected


def test_jitter_is_over_the_whole_range() -> None:
    uniform = random.Random(1).uniform
    pauses = [pause_s(10, POLICY, uniform) for _ in range(1_000)]
    assert min(pauses) < 60
    assert max(pauses) > 3_540


def test_flat_waits_the_same_each_time() -> None:
    every_minute = RetryPolicy(first_s=60, flat=True)
    assert {pause_s(failed, every_minute, random.Random(1).uniform) for failed in range(1, 50)} == {60.0}


def test_the_last_try_is_within_fourteen_days_of_the_first() -> None:
    def due(now: int) -> int | None:
        return next_try_us(failed=400, tries_from=0, now=now, retry_after_s=None, policy=POLICY, uniform=longest)

    assert due(14 * DAY - 3_600 * SECOND) == 14 * DAY
    assert due(14 * DAY - 3_599 * SECOND) is None


def test_retry_after_is_a_lower_bound_and_itself_bounded() -> None:
    def pause(retry_after_s: float) -> float:
        due = next_try_us(failed=1, tries_from=0, now=0, retry_after_s=retry_after_s, policy=POLICY, uniform=longest)
        return (due or 0) / SECOND

    assert pause(1) == 10
    assert pause(120) == 120
    assert pause(10**9) == MAX_RETRY_AFTER_S


@given(st.integers(0, 400), st.integers(0, 15 * DAY))
def test_tries_left_never_grows_as_time_passes(failed: int, now: int) -> None:
    now_left = tries_left(failed=failed, tries_from=0, now=now, policy=POLICY)
    later = tries_left(failed=failed, tries_from=0, now=now + 3_600 * SECOND, policy=POLICY)
    assert 0 <= later <= now_left


def test_tries_left_counts_the_longest_pauses() -> None:
    policy = RetryPolicy(first_s=5, cap_s=40, horizon_s=200)
    # pauses 10, 20, 40, 40, 40, 40 = 190 s
    assert tries_left(failed=1, tries_from=0, now=0, policy=policy) == 6
    assert tries_left(failed=1, tries_from=0, now=200 * SECOND, policy=policy) == 0


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("9" * 400, MAX_STATED_S),
        ("604800", 604_800.0),
        ("1.5", 1.5),
        ("7, 9", 7.0),
        ("Thu, 31 Dec 9999 23:59:59 GMT", MAX_STATED_S),
        ("Thursday, 01-Jan-26 00:02:00 GMT", 120.0),
        ("Thu Jan  1 00:02:00 2026", 120.0),
        ("Thu, 01 Jan 2026 01:02:00 +0100", 120.0),
        ("2026-01-01T00:02:00Z", 120.0),
        ("1e9", None),
        ("7 seconds", None),
        ("Thu, 01 Jan 99999 00:00:00 GMT", None),
        ("Thu, 01 Jan 2026 00:02:00 GMT", 120.0),
        ("Wed, 31 Dec 2025 23:00:00 GMT", 0.0),
        ("Thu, 01 Jan 2026 00:02:00 -0000", 120.0),
        ("soon", None),
        ("2099-W01-1", None),
        ("20990101", 20_990_101.0),
        ("-5", None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_an_http_date(header: str | None, expected: float | None) -> None:
    assert retry_after_s(header, now_us=ManualClock().now_us()) == expected
