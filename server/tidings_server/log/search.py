"""Searching the log by topic, entity and time, over the search projection."""

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from tidings_server.log import topics
from tidings_server.log.positions import Positions
from tidings_server.log.shard_runners import Projection
from tidings_server.log.store import search
from tidings_server.log.store.search import EntityAlias, SearchCriteria
from tidings_server.platform.clock import parse_rfc3339
from tidings_server.platform.errors import InvalidInput
from tidings_server.platform.turns import give_way, has_others, next_turn
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.shards import shard_of_tenant

CATCH_UP_S: Final = 0.5
"""How long a search waits for events that were stored before it began."""
DEFAULT_PAGE: Final = 50
MAX_PAGE: Final = 500
SHARED_EVENTS: Final = 100
"""Events that are read at a time while other tenants call."""


class SearchQuery(NamedTuple):
    """A search as a client words it; an empty text is any.

    `topic` is exact, `order.*` or `*`; `from_time` and `to_time` are RFC 3339 and inclusive; `after` is
    `SearchPage.next` of the page before; `page_size` 0 is 50.
    """

    topic: str = ""
    entity_id: str = ""
    from_time: str = ""
    to_time: str = ""
    after: str = ""
    page_size: int = 0


class SearchPage(NamedTuple):
    """A page of events, oldest first, and the position after which the next begins; None after the last.

    `is_partial`: events may be missing that were stored before, since the projection is far behind, or is built anew.
    """

    events: list[StoredEvent]
    next: str | None
    is_partial: bool = False


class EntityAliases(Protocol):
    """The port to the areas that know entities: an entity is named by its id or by its ref."""

    async def of(self, tenant: int, name: str) -> frozenset[EntityAlias]:
        """The other names of a tenant's entities with this name."""
        ...


class Search:
    """Finds events of one tenant, of all its APIs."""

    def __init__(
        self,
        database: Database,
        projection: Projection,
        positions: Positions,
        *,
        aliases: EntityAliases | None = None,
    ) -> None:
        """`projection` are the runners of `search_projection.search_runner`."""
        self._aliases = aliases
        self._database = database
        self._projection = projection
        self._positions = positions

    async def find(self, tenant: int, query: SearchQuery) -> SearchPage:
        """One page of the events that match, oldest first.

        What was stored before the call is found, unless the projection is more than half a second behind. A page may be
        shorter than requested without being the last: its bodies are at most about 4 MiB.
        Raises InvalidInput for a bad topic, time, position or page size.
        """
        criteria = _wanted(tenant, query)
        if criteria.entity_id and self._aliases:
            criteria = criteria._replace(aliases=await self._aliases.of(tenant, criteria.entity_id))
        size = _page_size(query.page_size)
        after, upto = await self._bounds(tenant, query)
        is_partial = not await self._projection.reach(upto, CATCH_UP_S)
        async with self._database.read_search() as conn:
            seqs = await search.find(conn, criteria, after=after, upto=upto, limit=size + 1)
        await next_turn()
        events = await self._at(seqs[:size], tenant)
        return self._found(criteria, seqs, events, size)._replace(is_partial=is_partial)

    async def _at(self, seqs: Sequence[int], tenant: int) -> list[StoredEvent]:
        """The events at these positions, as many as a page has room for; in small pieces while other tenants call."""
        events, most = list[StoredEvent](), SHARED_EVENTS if has_others(tenant) else MAX_PAGE
        for place in range(0, len(seqs), most):
            async with self._database.read() as conn:
                events += await log.at(conn, seqs[place : place + most])
            if sum(len(event.body) for event in events) >= log.PAGE_BYTES:
                break
            await give_way()
        return events

    def after(self, tenant: int, event: StoredEvent) -> str:
        """The `after` of the page behind an event, for an answer that ends with it."""
        return self._positions.print(tenant, event.seq)

    def _found(
        self, criteria: SearchCriteria, seqs: Sequence[int], events: Sequence[StoredEvent], size: int
    ) -> SearchPage:
        is_cut = sum(len(event.body) for event in events) >= log.PAGE_BYTES
        last = events[-1].seq if is_cut else seqs[:size][-1] if seqs else 0
        following = self._positions.print(criteria.tenant, last) if seqs and last < seqs[-1] else None
        return SearchPage([event for event in events if _is_match(criteria, event)], following)

    async def _bounds(self, tenant: int, query: SearchQuery) -> tuple[int, int]:
        """The numbers that the search runs after and up to."""
        shard = shard_of_tenant(tenant)
        after = self._positions.parse(tenant, query.after, field="after") if query.after else 0
        async with self._database.read() as conn:
            if query.from_time:
                after = max(after, await log.locate(conn, _instant(query.from_time, "from"), shard))
            if query.to_time:
                return after, await log.locate(conn, _instant(query.to_time, "to") + 1, shard)
            return after, await log.head(conn, shard)


def _wanted(tenant: int, query: SearchQuery) -> SearchCriteria:
    entity_id = query.entity_id or None
    if query.topic in ("", topics.ANY):
        return SearchCriteria(tenant, entity_id=entity_id)
    topics.check_pattern(query.topic, "topic")
    if query.topic.endswith(topics.PREFIX_END):
        return SearchCriteria(tenant, family=topics.entity_of(query.topic), entity_id=entity_id)
    return SearchCriteria(tenant, topic=query.topic, entity_id=entity_id)


def _is_match(criteria: SearchCriteria, event: StoredEvent) -> bool:
    """Whether an event that was found by hashes is really one that was looked for."""
    return (
        event.tenant_id == criteria.tenant
        and criteria.topic in (None, event.topic)
        and criteria.family in (None, topics.entity_of(event.topic))
        and criteria.has_entity(event)
    )


def _page_size(requested: int) -> int:
    if not 0 <= requested <= MAX_PAGE:
        raise InvalidInput.of("pageSize", f"must be 1 to {MAX_PAGE}")
    return requested or DEFAULT_PAGE


def _instant(text: str, field: str) -> int:
    try:
        return parse_rfc3339(text)
    except ValueError:
        raise InvalidInput.of(field, "must be an RFC 3339 time, such as 2026-01-01T00:00:00Z") from None
