"""An entity has two names: its events are found by either, whichever they were sent by."""

import pytest

from tests.workflow.api.world import World, asynchronous, refusal_of
from tidings.orchestration.v1 import events_pb2 as pb

ROOT = {"rootEntityType": "ORDER", "rootEntityRef": "ON-1"}


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


@pytest.mark.parametrize("is_searched_before", [True, False])
async def test_events_from_before_their_entity_existed_are_found_and_shown_by_both_names(
    world: World, is_searched_before: bool
) -> None:
    early = await world.create(name="Nothing", entityRef="ON-1")
    await world.create(name="Nothing", entityType="fulfilment", entityRef="F-1", **ROOT)
    await world.hub.run()
    if is_searched_before:
        assert len((await world.search(context={"entityRef": "ON-1"})).results) > 0
    await world.create(entityRef="ON-1")
    await world.hub.run()
    stored = await world.call("GetEvent", pb.GetEventRequest(event_id=early))
    order_id = stored.context.entity_id.string_value
    assert order_id
    for context in ({"entityRef": "ON-1"}, {"entityId": order_id}):
        found = await world.search(context={"entityType": "ORDER", **context}, eventType=["ORCHESTRATION"])
        assert [each.id for each in found.results].count(early) == 1
        assert len(found.results) == 2
        audits = await world.search(context=context, eventType=["ORCHESTRATION_AUDIT"])
        assert {each.name for each in audits.results} > {"ChangeState"}
    for context in ({"rootEntityRef": "ON-1"}, {"rootEntityId": order_id}):
        found = await world.search(context={"rootEntityType": "ORDER", **context}, eventType=["ORCHESTRATION"])
        names = sorted(each.context.entity_ref.string_value for each in found.results)
        assert names == ["F-1", "ON-1", "ON-1"], context


async def test_one_retailers_names_complete_no_events_of_another(world: World) -> None:
    await world.call("CreateAsyncEvent", asynchronous(name="Nothing", entityRef="ON-1"), by="neighbour")
    await world.hub.run()
    await world.search(by="neighbour")
    await world.create(entityId="7", entityRef="ON-1")
    await world.hub.run()
    assert not (await world.search(by="neighbour", context={"entityType": "ORDER", "entityId": "7"})).results
    assert len((await world.search(context={"entityType": "ORDER", "entityId": "7"})).results) > 0
