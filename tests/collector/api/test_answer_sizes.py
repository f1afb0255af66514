"""Answers of the collector stay below the 4 MiB that gRPC clients take, and pages go on where they end."""

from typing import Any

from tests.collector.api.world import World

LARGE = "QUFB" * 60_000
"""240,000 characters of base64."""


def large(number: int, text: str = LARGE) -> dict[str, Any]:
    payload = {"base64_encoded_payload_json": text}
    return {"event_type": "ENTITY_EVENT", "entity_name": "ORDER", "id": f"e-{number}", "event_payload": payload}


async def test_a_search_for_large_events_ends_its_pages_early_and_finds_all(world: World) -> None:
    for number in range(40):
        made = await world.rest("CreateEvent", {"event": large(number)})
        assert made.status == 201
    found: list[str] = []
    async with world.projecting():
        after, pages = "", 0
        while True:
            page = await world.rest("SearchEvents", {"topic": "order.*", "pageSize": 500, "after": after})
            assert page.status == 200, page
            found += [event["id"] for event in page.json["events"]]
            pages += 1
            after = page.json.get("next", "")
            if not after:
                break
    assert found == [f"e-{number}" for number in range(40)], "each once, in order"
    assert pages >= 3


async def test_a_large_batch_is_answered_with_every_id(world: World) -> None:
    """22 events of 180 kB: stored, and the caller hears it, the second time too."""
    batch = [large(number, "QUFB" * 45_000) for number in range(22)]
    for _ in range(2):
        answer = await world.rest("BatchCreateEvents", {"events": batch})
        assert answer.status == 200
        assert [event["id"] for event in answer.json["events"]] == [f"e-{number}" for number in range(22)]
    with_payload = ["event_payload" in event for event in answer.json["events"]]
    assert with_payload == sorted(with_payload, reverse=True)
    assert 10 < sum(with_payload) < 22
    whole = await world.rest("GetEvent", {"id": "e-19"})
    assert whole.json["event_payload"]["base64_encoded_payload_json"] == "QUFB" * 45_000
