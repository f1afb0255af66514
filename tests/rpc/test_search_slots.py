"""Slots for searches: few of a tenant at once, the others in order, none beyond a bound, no tenant for another."""

import asyncio

import pytest

from tests.isolation.contract import METHODS, path_of
from tidings_server.platform.errors import Overloaded
from tidings_server.rpc.middleware.search_slots import RETRY_AFTER_S, SEARCHES, TenantSlots


class Searches:
    """Searches that run until they are told to end."""

    def __init__(self, slots: TenantSlots) -> None:
        self._slots = slots
        self.running: list[str] = []
        self.ends: dict[str, asyncio.Event] = {}

    async def search(self, name: str, *, tenant: int = 1) -> None:
        self.ends[name] = asyncio.Event()
        async with self._slots.slot(tenant):
            self.running.append(name)
            await self.ends[name].wait()
            self.running.remove(name)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_tenants_searches_take_turns_in_order_and_no_other_waits_for_them() -> None:
    searches = Searches(TenantSlots(at_once=2, waiting=10))
    async with asyncio.TaskGroup() as tasks:
        for name in "abcd":
            tasks.create_task(searches.search(name))
        await settle()
        assert searches.running == ["a", "b"]
        tasks.create_task(searches.search("other", tenant=2))
        await settle()
        assert searches.running == ["a", "b", "other"]
        searches.ends["b"].set()
        await settle()
        assert searches.running == ["a", "other", "c"]
        for end in searches.ends.values():
            end.set()


async def test_beyond_the_bound_a_search_is_refused_with_a_time_to_come_again() -> None:
    slots = TenantSlots(at_once=1, waiting=1)
    searches = Searches(slots)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(searches.search("a"))
        tasks.create_task(searches.search("b"))
        await settle()
        with pytest.raises(Overloaded) as refused:
            async with slots.slot(1):
                pass
        assert refused.value.retry_after_s == RETRY_AFTER_S
        async with slots.slot(2):
            pass
        for end in searches.ends.values():
            end.set()
    async with slots.slot(1):
        pass


async def test_a_search_that_is_cancelled_while_it_waits_leaves_its_place() -> None:
    slots = TenantSlots(at_once=1, waiting=1)
    searches = Searches(slots)
    first = asyncio.ensure_future(searches.search("a"))
    await settle()
    gone = asyncio.ensure_future(searches.search("b"))
    await settle()
    gone.cancel()
    await settle()
    third = asyncio.ensure_future(searches.search("c"))
    await settle()
    searches.ends["a"].set()
    await settle()
    assert searches.running == ["c"]
    searches.ends["c"].set()
    await asyncio.gather(first, third)


async def test_a_search_that_fails_gives_its_slot_back() -> None:
    slots = TenantSlots(at_once=1, waiting=0)
    for _ in range(3):
        with pytest.raises(ValueError, match="broken"):
            async with slots.slot(1):
                raise ValueError("broken")


def test_every_search_of_events_takes_a_slot() -> None:
    assert {*map(path_of, METHODS)} >= SEARCHES
    assert {path for path in map(path_of, METHODS) if path.endswith("/SearchEvents")} <= SEARCHES
