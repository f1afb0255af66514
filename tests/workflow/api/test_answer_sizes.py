"""A page of large workflow events ends early, with `hasMore`."""

from tests.workflow.api.world import World


async def test_a_search_for_large_events_finds_all_page_by_page(world: World) -> None:
    sent = [await world.create(attributes={"text": f"{number:02}" + "x" * 200_000}) for number in range(30)]
    found: list[str] = []
    while True:
        page = await world.search(eventType=["ORCHESTRATION"], start=len(found))
        found += [each.id for each in page.results]
        assert page.count >= len(page.results)
        if not page.has_more:
            break
        assert page.count == len(page.results)
    assert found == sent[::-1]
