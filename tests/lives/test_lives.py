"""Every life comes to its end: over gRPC, over REST, with every event doubled, and in other orders of its events."""

import asyncio

import pytest

from tests.support.life_player import play
from tests.support.life_shop import GRPC, REST, Server
from tests.support.lives import Life, lives

LIVES = lives()
AT_ONCE = 6
"""Playings of one life at once."""


def of_each(**how: bool) -> pytest.MarkDecorator:
    chosen = [life for life in LIVES if not how.get("doubled") or life.is_doubled]
    return pytest.mark.parametrize("life", chosen, ids=[life.name for life in chosen])


@of_each()
async def test_a_life_over_grpc(life: Life, server: Server) -> None:
    await play(life, server, range(len(life.events)), protocol=GRPC)


@of_each()
async def test_a_life_over_rest(life: Life, server: Server) -> None:
    await play(life, server, range(len(life.events)), protocol=REST)


@of_each(doubled=True)
async def test_a_life_whose_events_are_doubled(life: Life, server: Server) -> None:
    usual = range(len(life.events))
    await play(life, server, usual, times=2)
    await play(life, server, [*usual, *usual])


@of_each(doubled=True)
async def test_a_life_whose_calls_overlap(life: Life, server: Server) -> None:
    """A client that times out and tries again sends each event twice at the same time, with the same id."""
    await play(life, server, range(len(life.events)), protocol=REST, times=2, at_once=True)


@of_each()
async def test_a_life_in_other_orders(life: Life, server: Server) -> None:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(order: tuple[int, ...]) -> str:
        async with slots:
            try:
                await play(life, server, order)
            except AssertionError as error:
                return f"{order}: {error}"
        return ""

    assert [each for each in await asyncio.gather(*map(one, life.orders())) if each] == []


def test_there_are_lives_of_every_kind() -> None:
    kinds = {life.area for life in LIVES}
    assert {
        "orders",
        "redemptions",
        "imports",
        "wishlists",
        "stock",
        "prices",
        "customers",
        "workflows",
        "triggers",
        "erasures",
    } <= kinds
    assert len(LIVES) >= 50
