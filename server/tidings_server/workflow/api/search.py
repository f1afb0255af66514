"""Parameters of a search for workflow events. Source: WIRE.md 001, call 2 and its decisions."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

from tidings.orchestration.v1 import events_pb2 as pb
from tidings_server.platform.clock import parse_rfc3339
from tidings_server.platform.errors import InvalidInput, Violation
from tidings_server.rpc.field_rules import FieldRules
from tidings_server.workflow.entities import kind
from tidings_server.workflow.store.search import STATUSES, TYPES, RecordFilter

DEFAULT_COUNT: Final = 100
MAX_VALUES: Final = 50
"""Values of one filter."""
WINDOW_US: Final = 30 * 86_400_000_000
"""Length of the time window of a search without `from`."""
FARTHEST_BACK_US: Final = 4 * 31 * 86_400_000_000
FARTHEST_AHEAD_US: Final = 31 * 86_400_000_000
"""The vendor's bounds, "about 4 months" and "about 1 month", in months of 31 days."""
US_PER_MS: Final = 1_000
MAX_START: Final = 1_000_000

_RULES: Final = FieldRules(pb.SearchEventsRequest, {"context": FieldRules(pb.ContextFilter)})
_SHORT_OFFSET: Final = re.compile(r"([+-]\d\d)(\d\d)$")


class PageRange(NamedTuple):
    """Range of the records of one page: the index of the first, and their number."""

    start: int
    size: int


class SearchLimits(NamedTuple):
    """Limits of searches on an instance: records of one page, and whether the time window has bounds."""

    max_count: int = DEFAULT_COUNT
    has_window_bounds: bool = False


def record_filter(
    request: pb.SearchEventsRequest, tenant: int, now_us: int, *, has_window_bounds: bool = False
) -> RecordFilter:
    """The filter of a search. Raises InvalidInput for a bad type, status or instant.

    `has_window_bounds`: refuses a window that begins over 4 months ago, or ends over 1 month ahead.
    """
    _RULES.check(request)
    since, until = _window(getattr(request, "from"), request.to, now_us)
    if has_window_bounds:
        _check_bounds(since, until, now_us)
    about = request.context
    return RecordFilter(
        tenant=tenant,
        since=since,
        until=until,
        retailer=request.retailer_id or None,
        types=_known(_values(request.event_type, "eventType"), TYPES, "eventType"),
        statuses=_known(_values(request.event_status, "eventStatus"), STATUSES, "eventStatus"),
        categories=_values(request.category, "category"),
        names=_values(request.name, "name"),
        entity_type=kind(about.entity_type) or None,
        entity_id=about.entity_id or None,
        entity_ref=about.entity_ref or None,
        root_type=kind(about.root_entity_type) or None,
        root_id=about.root_entity_id or None,
        root_ref=about.root_entity_ref or None,
    )


def sources(request: pb.SearchEventsRequest) -> list[str]:
    """The events whose follow-up records are searched for; empty: records of any event."""
    return _values(request.context.source_events, "context.sourceEvents")


def is_of_any_time(request: pb.SearchEventsRequest) -> bool:
    """Whether the search is for one event whose time the caller does not name."""
    return bool(request.event_id) and not getattr(request, "from") and not request.to


class ShownPage(NamedTuple):
    """A page as it is answered: its `count`, which is what the next page begins behind, and whether there is one."""

    size: int
    has_more: bool


def page_range(start: int, count: int | None, max_count: int = DEFAULT_COUNT) -> PageRange:
    """The requested page; `count` None is 100, or `max_count` where that is less. Raises InvalidInput."""
    if not 0 <= start <= MAX_START:
        raise InvalidInput.of("start", f"must be 0 to {MAX_START:,}", "a number")
    if count is not None and not 1 <= count <= max_count:
        raise InvalidInput.of("count", f"must be 1 to {max_count:,}", "a number")
    return PageRange(start, min(DEFAULT_COUNT, max_count) if count is None else count)


def shown_of(found: Sequence[object], results: Sequence[object], count: int) -> ShownPage:
    """The page that `results` are, of `count` requested; `found` has one more where there are more."""
    is_cut = len(results) < min(len(found), count)
    return ShownPage(len(results) if is_cut else count, has_more=len(found) > len(results))


def _window(since: str, until: str, now_us: int) -> tuple[int, int]:
    """Both instants inclusive, to the millisecond, which is what answers print."""
    last = _instant(until, "to") if until else now_us
    first = _instant(since, "from") if since else now_us - WINDOW_US
    if first > last:
        raise InvalidInput.of("from", "must not be after to")
    return first // US_PER_MS * US_PER_MS, last // US_PER_MS * US_PER_MS + US_PER_MS - 1


def _check_bounds(since: int, until: int, now_us: int) -> None:
    violations = []
    if since // US_PER_MS < (now_us - FARTHEST_BACK_US) // US_PER_MS:
        violations.append(Violation("from", "must be at most 4 months ago"))
    if until // US_PER_MS > (now_us + FARTHEST_AHEAD_US) // US_PER_MS:
        violations.append(Violation("to", "must be at most 1 month ahead"))
    if violations:
        raise InvalidInput(violations=violations)


def _instant(text: str, field: str) -> int:
    try:
        return parse_rfc3339(_SHORT_OFFSET.sub(r"\1:\2", text) if "T" in text else text)
    except ValueError:
        raise InvalidInput.of(field, "must be a UTC time, such as 2019-01-01T00:00:00.000Z") from None


def _values(sent: Iterable[str], field: str) -> list[str]:
    """Values of a filter: repeated, in comma lists, or both."""
    values = [value for text in sent for part in text.split(",") if (value := part.strip())]
    if len(values) > MAX_VALUES:
        raise InvalidInput.of(field, f"at most {MAX_VALUES} values", f"{len(values)} values")
    return values


def _known(values: list[str], known: Collection[str], field: str) -> list[str]:
    for value in values:
        if value not in known:
            raise InvalidInput.of(field, f"must be of {', '.join(known)}")
    return values
