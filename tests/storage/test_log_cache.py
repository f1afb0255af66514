"""The log cache gives what the log would give, or None when the log must be read."""

from hypothesis import given
from hypothesis import strategies as st

from tests.support.events import record
from tidings_server.storage.log.cache import MAX_BYTES, MAX_EVENTS, LogCache


def rows(first: int, last: int, *, body: bytes = b"") -> list[tuple[object, ...]]:
    return [(seq, *record(f"e{seq}")._replace(body=body)) for seq in range(first, last + 1)]


def seqs(cache: LogCache, after: int, limit: int = 10_000, *, reaching: int = 0) -> list[int] | None:
    events = cache.after(after, limit, reaching=reaching)
    return None if events is None else [event.seq for event in events]


def test_an_empty_cache_answers_nothing_not_even_that_the_log_is_empty() -> None:
    assert seqs(LogCache(), 0) is None


def test_the_cache_returns_the_events_after_a_position() -> None:
    cache = LogCache()
    cache.extend(rows(5, 9))
    assert seqs(cache, 6) == [7, 8, 9]
    assert seqs(cache, 6, limit=2) == [7, 8]
    assert seqs(cache, 9) == []
    assert seqs(cache, 3) is None


def test_an_event_of_another_process_is_not_said_to_be_missing() -> None:
    cache = LogCache()
    cache.extend(rows(5, 9))
    assert seqs(cache, 9, reaching=9) == []
    assert seqs(cache, 9, reaching=10) is None


def test_a_gap_left_by_another_process_restarts_the_cache() -> None:
    cache = LogCache()
    cache.extend(rows(1, 3))
    cache.extend(rows(6, 7))
    assert seqs(cache, 2) is None
    assert seqs(cache, 5) == [6, 7]


def test_rows_that_come_late_are_left_out() -> None:
    cache = LogCache()
    cache.extend(rows(4, 5))
    cache.extend(rows(1, 3))
    assert seqs(cache, 0) is None
    assert seqs(cache, 3) == [4, 5]


def test_the_cache_is_bounded_in_events_and_bytes() -> None:
    cache = LogCache()
    cache.extend(rows(1, MAX_EVENTS + 10))
    assert seqs(cache, 9) is None
    assert seqs(cache, 10, limit=1) == [11]
    large = bytes(MAX_BYTES)
    cache.extend(rows(MAX_EVENTS + 11, MAX_EVENTS + 12, body=large))
    assert seqs(cache, MAX_EVENTS + 10) is None
    assert seqs(cache, MAX_EVENTS + 11) == [MAX_EVENTS + 12]


def test_a_cleared_cache_answers_nothing() -> None:
    cache = LogCache()
    cache.extend(rows(1, 3))
    cache.clear()
    assert seqs(cache, 1) is None
    cache.extend(rows(4, 5))
    assert seqs(cache, 3) == [4, 5]


@given(st.lists(st.integers(1, 40), max_size=30), st.integers(0, 1_300), st.integers(1, 100))
def test_a_page_of_the_cache_is_that_of_the_log(sizes: list[int], after: int, limit: int) -> None:
    cache, last = LogCache(), 0
    for size in sizes:
        cache.extend(rows(last + 1, last + size))
        last += size
    found = seqs(cache, after, limit)
    assert found is None or found == list(range(after + 1, last + 1))[:limit]
