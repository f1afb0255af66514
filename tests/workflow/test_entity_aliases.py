"""An entity has two names: a search of all events by either finds those that were sent by the other."""

import pytest

from tests.support.hub import SCOPE, Hub
from tests.support.workflows import ruleset, step
from tidings_server.log.positions import Positions
from tidings_server.log.search import Search, SearchQuery
from tidings_server.log.search_projection import search_runner
from tidings_server.platform.clock import ManualClock
from tidings_server.push.events import PushEvents
from tidings_server.push.filters import parse_filter
from tidings_server.push.paging import ListQuery
from tidings_server.storage.database import Database
from tidings_server.workflow.entities import Reference
from tidings_server.workflow.entity_aliases import WorkflowEntityAliases


class Scene:
    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.hub = Hub(database, clock)
        self.projection = search_runner(database, clock)
        aliases = WorkflowEntityAliases(database)
        self.search = Search(database, self.projection, Positions(b"key"), aliases=aliases)

    async def found(self, name: str, *, tenant: int = 1, topic: str = "") -> list[int]:
        while await self.projection.run_once():
            pass
        query = SearchQuery(entity_id=name, topic=topic, page_size=2)
        seqs: list[int] = []
        while True:
            page = await self.search.find(tenant, query)
            seqs += [event.seq for event in page.events]
            if page.next is None:
                return seqs
            query = query._replace(after=page.next)


@pytest.fixture
async def scene(database: Database, clock: ManualClock) -> Scene:
    scene = Scene(database, clock)
    await scene.hub.put(ruleset("CREATE", step("ChangeState", status="NEW"), states=[""]))
    return scene


async def test_events_from_before_and_after_their_entity_are_found_by_both_names(scene: Scene) -> None:
    hub, by_ref = scene.hub, Reference("ORDER", None, "ON-1")
    early = await hub.submit("Nothing", entity=by_ref, root=by_ref)
    assert await scene.found("ON-1") == [early]
    created = await hub.submit("CREATE", entity=by_ref, root=by_ref)
    entity = await hub.entity(by_ref)
    assert entity is not None
    by_id = Reference("ORDER", entity.id, None)
    late = await hub.submit("Nothing", entity=by_id, root=by_id)
    for name in ("ON-1", entity.id):
        assert await scene.found(name, topic="order.*") == [early, created, late], name
        assert await scene.found(name, tenant=2) == []


async def test_other_entities_with_one_of_the_names_stay_apart(scene: Scene) -> None:
    """A wave with the order's id as its ref, an order of another retailer, and one of another tenant."""
    hub, order = scene.hub, Reference("ORDER", "7", "ON-7")
    own = await hub.submit("CREATE", entity=order, root=order)
    wave = Reference("WAVE", None, "7")
    strange = await hub.submit("CREATE", entity=wave, root=wave)
    elsewhere = await hub.submit("CREATE", entity=Reference("ORDER", "7", None), root=None, retailer_id="2")
    await hub.submit("CREATE", entity=order, root=order, tenant_id=2)
    assert await scene.found("ON-7") == [own]
    assert await scene.found("7") == [own, strange, elsewhere]


@pytest.mark.parametrize("has_others", [False, True])
async def test_the_pull_api_finds_them_by_both_names_too(scene: Scene, has_others: bool) -> None:
    hub, by_ref = scene.hub, Reference("ORDER", None, "ON-1")
    early = await hub.submit("Nothing", entity=by_ref, root=by_ref)
    created = await hub.submit("CREATE", entity=by_ref, root=by_ref)
    entity = await hub.entity(by_ref)
    assert entity is not None
    by_id = Reference("ORDER", entity.id, None)
    late = await hub.submit("Nothing", entity=by_id, root=by_id)
    await scene.found("ON-1")
    pull = PushEvents(hub.database, scene.projection, aliases=WorkflowEntityAliases(hub.database))
    for name in ("ON-1", entity.id):
        others = " and topic cont order" if has_others else ""
        query = ListQuery(comparisons=parse_filter(f"entityId eq {name}{others}"))
        page = await pull.find(SCOPE, query)
        assert ([event.seq for event in page.items], page.total) == ([late, created, early], 3), name
