"""Documents of events: the same as their APIs print, by any spelling of an id."""

from uuid import uuid4

import pytest

from tests.collector.api.world import World
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import Api, EventRecord


async def stored(world: World, api: Api, body: bytes) -> str:
    event_id = str(uuid4())
    record = EventRecord(1, api, event_id, "thing.created", body=body, occurred_at=1)
    await world.database.write_queue.run(lambda conn: log.append_in(conn, [record]))
    return event_id


async def test_a_collector_event_is_its_own_document(world: World) -> None:
    event = {"event_type": "ENTITY_EVENT", "entity_name": "ORDER", "entity_id": "1", "id": "e-1"}
    await world.rest("CreateEvent", {"event": event})
    read = (await world.rest("GetEvent", {"id": "e-1"})).json
    found = (await world.rest("GetEventDocument", {"id": "e-1"})).json
    assert found["document"] == {name: value for name, value in read.items() if name != "event_source"}
    assert (found["api"], found["topic"], found["entityId"], found["hops"]) == ("COLLECTOR", "order.created", "1", 0)


@pytest.mark.parametrize(("api", "name"), [(Api.SCHEDULING, "SCHEDULING"), (Api.OPERATION, "OPERATION")])
async def test_events_of_the_server_are_found_by_any_spelling_of_their_id(world: World, api: Api, name: str) -> None:
    event_id = await stored(world, api, b'{"to": "a@example.com"}')
    for spelling in (event_id, event_id.replace("-", ""), event_id.upper()):
        found = (await world.rest("GetEventDocument", {"id": spelling})).json
        assert (found["id"], found["api"], found["document"]) == (event_id, name, {"to": "a@example.com"})
        assert (await world.rest("ListEventDeliveries", {"id": spelling})).status == 200
    assert (await world.rest("GetEventDocument", {"id": event_id, "api": "LOYALTY"})).status == 404
    assert (await world.rest("GetEventDocument", {"id": event_id}, tenant="other")).status == 404


async def test_an_unknown_id_and_an_unspecified_api_are_refused(world: World) -> None:
    assert (await world.rest("GetEventDocument", {"id": "nobody"})).status == 404
    refused = await world.rest("GetEventDocument", {"id": "nobody", "api": "API_UNSPECIFIED"})
    assert refused.status == 400
