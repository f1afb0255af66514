"""An entity has two names: its events are found by either, whichever they were sent by."""

import pytest

from tests.workflow.api.world import World, asynchronous, refusal_of


async def test_a_search_by_either_name_finds_all_events_of_an_entity(world: World) -> None:
    for _ in range(2):
        await world.create(entityRef="ON-1")
        await world.hub.run()
    [newest, *_] = (await world.search(context={"entityType": "ORDER", "entityRef": "ON-1"})).results
    order_id = newest.context.entity_id.string_value
    assert order_id
    await world.create(entityRef="", entityId=order_id)
    await world.hub.run()
    for context in ({"entityRef": "ON-1"}, {"entityId": order_id}):
        found = await world.search(context={"entityType": "ORDER", **context}, eventType=["ORCHESTRATION"])
        assert len(found.results) == 3, context
        names = {(each.context.entity_id.string_value, each.context.entity_ref.string_value) for each in found.results}
        assert names == {(order_id, "ON-1")}


@pytest.mark.parametrize(
    "names", [{"entityId": "1", "entityRef": "ON-2"}, {"entityId": "1", "entityRef": "ON-3"}, {"entityId": "3"}]
)
async def test_names_of_two_entities_are_refused(world: World, names: dict[str, str]) -> None:
    for number in (1, 2):
        await world.create(entityId=str(number), entityRef=f"ON-{number}")
        await world.hub.run()
    refusal = await refusal_of(world.call("CreateAsyncEvent", asynchronous(**names)))
    assert list(refusal.fields) == ["entityRef"]
