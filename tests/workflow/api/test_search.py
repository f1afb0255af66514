"""Parameters of a search for workflow events. Source: WIRE.md 001 and its decisions."""

from datetime import UTC, datetime

import pytest
from google.protobuf.json_format import ParseDict

from tidings.orchestration.v1 import events_pb2 as pb
from tidings_server.platform.clock import to_us
from tidings_server.platform.errors import InvalidInput
from tidings_server.workflow.api.search import page_range, record_filter
from tidings_server.workflow.store.search import RecordFilter

NOW_US = to_us(datetime(2026, 5, 5, 12, tzinfo=UTC))
FOUR_MONTHS_AGO = "2026-01-01T12:00:00.000Z"
"""4 x 31 = 124 days: 5 of May, 30 of April, 31 of March, 28 of February and 30 of January."""
IN_A_MONTH = "2026-06-05T12:00:00.000Z"


def parsed(since: str = "", until: str = "", *, has_window_bounds: bool = True) -> RecordFilter:
    request = ParseDict({"from": since, "to": until}, pb.SearchEventsRequest())
    return record_filter(request, 1, NOW_US, has_window_bounds=has_window_bounds)


@pytest.mark.parametrize(
    ("max_count", "count", "size"), [(100, None, 100), (10, None, 10), (5_000, None, 100), (5_000, 5_000, 5_000)]
)
def test_a_page_has_100_records_by_default_or_fewer_if_the_limit_is_lower(
    max_count: int, count: int | None, size: int
) -> None:
    assert page_range(0, count, max_count).size == size


def test_a_page_over_the_cap_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        page_range(0, 5_001, 5_000)
    [violation] = refused.value.violations
    assert (violation.field, violation.rule) == ("count", "must be 1 to 5,000")


def test_the_bounds_of_a_window_belong_to_it() -> None:
    criteria = parsed(FOUR_MONTHS_AGO, IN_A_MONTH)
    assert (criteria.since, criteria.until) == (NOW_US - 124 * 86_400_000_000, NOW_US + 31 * 86_400_000_000 + 999)


@pytest.mark.parametrize(
    ("since", "until", "rules"),
    [
        ("2026-01-01T11:59:59.999Z", "", {"from": "must be at most 4 months ago"}),
        ("", "2026-06-05T12:00:00.001Z", {"to": "must be at most 1 month ahead"}),
        (
            "2020-01-01T00:00:00Z",
            "2030-01-01T00:00:00Z",
            {"from": "must be at most 4 months ago", "to": "must be at most 1 month ahead"},
        ),
    ],
)
def test_a_window_beyond_its_bounds_is_refused_where_it_has_any(since: str, until: str, rules: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        parsed(since, until)
    assert {violation.field: violation.rule for violation in refused.value.violations} == rules
    assert parsed(since, until, has_window_bounds=False)
