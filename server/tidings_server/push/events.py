"""Pull of events, in place of a push subscription. Source: WIRE.md 002 (b), /event/pull."""

from typing import Final

from tidings_server.log.search import CATCH_UP_S, EntityAliases
from tidings_server.log.shard_runners import Projection
from tidings_server.log.store.search import SearchCriteria
from tidings_server.platform.errors import InvalidInput, NotFound
from tidings_server.platform.scope import Scope
from tidings_server.push.paging import ListQuery
from tidings_server.push.store import events as push_events
from tidings_server.push.store.events import EventQuery
from tidings_server.push.store.filters import Comparison, Operator, Ordering, instants
from tidings_server.push.store.pages import OffsetPage
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.shards import shard_of_tenant

DATE: Final = "createdate"


class PushEvents:
    """Reads the tenant's events of all APIs; for a caller that names a site (`x-vol-site`) those of that site."""

    def __init__(self, database: Database, projection: Projection, *, aliases: EntityAliases | None = None) -> None:
        """`aliases` gives the other names of an entity, whose events are found by each."""
        self._aliases = aliases
        self._database = database
        self._projection = projection

    async def find(self, scope: Scope, query: ListQuery) -> OffsetPage[StoredEvent]:
        """One page, the newest first unless `query` has another order. Events stored before the call are found.

        Topics that a subscription must name, and pings, are found where the filter compares topics.
        Deviates: `entityId eq` compares with case, since an index answers it.
        """
        indexed, others = _split(query.comparisons)
        is_oldest_first = _is_oldest_first(query.orderings)
        after, upto = await self._range(scope.tenant, query.comparisons)
        has_reserved = any(each.field.lower() == "topic" for each in query.comparisons)
        criteria = SearchCriteria(scope.tenant, indexed.get("topic"), entity_id=indexed.get("entity_id"))
        if criteria.entity_id and self._aliases:
            criteria = criteria._replace(aliases=await self._aliases.of(scope.tenant, criteria.entity_id))
        event_query = EventQuery(criteria, after, upto, is_oldest_first, has_reserved=has_reserved)
        await self._projection.reach(upto, CATCH_UP_S)
        page = await self._page(scope, event_query, query, others)
        async with self._database.read() as conn:
            events, done = await push_events.read(conn, page.items)
        items = [events[seq] for seq in page.items[:done] if seq in events]
        real = [event for event in items if push_events.matches(event, event_query.criteria)]
        return OffsetPage(real, page.total, page.is_lower_bound, is_cut=done < len(page.items))

    async def get(self, scope: Scope, ids: list[str]) -> StoredEvent:
        """The event that has one of these ids. Raises NotFound."""
        async with self._database.read() as conn:
            event = await log.find_any(conn, scope.tenant, *ids)
        if event is None or scope.site_id not in (None, event.site_id):
            raise NotFound("There is no such event.")
        return event

    async def _page(
        self, scope: Scope, event_query: EventQuery, query: ListQuery, others: tuple[Comparison, ...]
    ) -> OffsetPage[int]:
        async with self._database.read_search() as conn:
            if not others and scope.site_id is None:
                return await push_events.find_page(conn, event_query, offset=query.start_index, limit=query.page_size)
            seqs = await push_events.newest(conn, event_query)
        async with self._database.read() as conn:
            return await push_events.filter_page(
                conn,
                seqs,
                event_query,
                comparisons=others,
                site_id=scope.site_id,
                offset=query.start_index,
                limit=query.page_size,
            )

    async def _range(self, tenant: int, comparisons: tuple[Comparison, ...]) -> tuple[int, int]:
        """The positions that dates allow: after the first, up to the second."""
        async with self._database.read() as conn:
            shard = shard_of_tenant(tenant)
            after, upto = 0, await log.head(conn, shard)
            for comparison in comparisons:
                if _is_range(comparison):
                    first, end = instants(comparison)
                    after = after if first is None else max(after, await log.locate(conn, first, shard))
                    upto = upto if end is None else min(upto, await log.locate(conn, end, shard))
        return after, upto


def _split(comparisons: tuple[Comparison, ...]) -> tuple[dict[str, str], tuple[Comparison, ...]]:
    """Comparisons that an index answers, as fields of SearchCriteria, and the others; dates are neither."""
    indexed: dict[str, str] = {}
    others = []
    for comparison in comparisons:
        name = {"topic": "topic", "entityid": "entity_id"}.get(comparison.field.lower())
        if name and name not in indexed and comparison.operator is Operator.EQ:
            indexed[name] = comparison.value.lower() if name == "topic" else comparison.value
        elif not _is_range(comparison):
            others.append(comparison)
    return indexed, tuple(others)


def _is_range(comparison: Comparison) -> bool:
    return comparison.field.lower() == DATE and comparison.operator is not Operator.NE


def _is_oldest_first(orderings: tuple[Ordering, ...]) -> bool:
    if len(orderings) > 1 or any(ordering.field.lower() != DATE for ordering in orderings):
        raise InvalidInput.of("sortBy", "events are sorted by createDate asc or createDate desc")
    return bool(orderings) and not orderings[0].descending
