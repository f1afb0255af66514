"""Guesses: taken when they begin, and never against those who are good (S7, S8)."""

import asyncio
from collections import Counter
from collections.abc import Callable

import aiohttp

from tests.e2e.instances import Instance
from tests.e2e.rest import Rest, demo_rest, token

LIMIT = 20


async def guess(session: aiohttp.ClientSession, instance: Instance, number: int) -> int:
    form = {
        "grant_type": "client_credentials",
        "client_id": instance.demo["client_id"],
        "client_secret": f"wrong-{number}",
    }
    async with session.post(f"{instance.rest}/oauth/token", data=form) as answer:
        return answer.status


async def test_guesses_at_once_are_counted_when_they_begin(
    make_instance: Callable[..., Instance], session: aiohttp.ClientSession
) -> None:
    attacked = make_instance(failed_logins_per_minute=str(LIMIT))
    statuses = Counter(await asyncio.gather(*(guess(session, attacked, number) for number in range(150))))
    assert statuses[401] <= LIMIT
    assert statuses[401] + statuses[429] == 150


async def test_good_credentials_are_never_shut_out(
    make_instance: Callable[..., Instance], session: aiohttp.ClientSession
) -> None:
    attacked = make_instance(failed_logins_per_minute=str(LIMIT))
    demo = attacked.demo
    fresh = await demo_rest(session, attacked)
    for number in range(LIMIT + 5):
        await guess(session, attacked, number)
    assert await guess(session, attacked, 99) == 429
    assert (await fresh("GET", "/api/v1/events?pageSize=1")).status == 200, "a token of ours is no guess"
    store = Rest(session, attacked.rest, {"store": demo["store"], "api_key": demo["store_api_key"]})
    assert (await store("GET", "/v1/events")).status == 200, "a known store key is no guess"
    assert await token(session, attacked), "the right pair is no guess"
