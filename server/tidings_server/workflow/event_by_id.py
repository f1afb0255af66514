"""Search for workflow events by id, with the other criteria of a search."""

from collections.abc import Sequence

from tidings_server.platform.errors import NotFound
from tidings_server.platform.scope import Scope
from tidings_server.workflow.event_queries import RecordPage, RecordQueries, matches
from tidings_server.workflow.store.search import RecordFilter

NONE = RecordPage([], has_more=False)


async def find_by_id(
    records: RecordQueries, scope: Scope, event_id: str, criteria: RecordFilter, *, sources: Sequence[str], start: int
) -> RecordPage:
    """The page of the one event or audit record with this id; empty where the criteria or the caller exclude it."""
    try:
        found = await records.get(scope, event_id)
    except NotFound:
        return NONE
    is_sought = matches(criteria, found) and (not criteria.statuses or found.status in criteria.statuses)
    is_caused = not sources or not {each.lower() for each in sources}.isdisjoint(found.source_events)
    return RecordPage([found], has_more=False) if is_sought and is_caused and start == 0 else NONE
