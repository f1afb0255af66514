"""Plays lives to a real server, each in a tenant of its own, in an order, once or more, and checks their ends."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from tests.support.life_end import check
from tests.support.life_shop import GRPC, Server, Shop
from tests.support.lives import Life, at_moments

THEN: Final = 1_000
"""Number of the first event after those that change places."""


async def play(
    life: Life, server: Server, order: Sequence[int], *, protocol: str = GRPC, times: int = 1, at_once: bool = False
) -> None:
    """Play the events of a life in an order, each so many times, one after the other or at once, and check its end."""
    now = datetime.now(UTC)
    life = replace(
        life, **{name: at_moments(getattr(life, name), now) for name in ("setup", "events", "then", "expect")}
    )
    shop = Shop(server, f"life-{uuid4().hex[:12]}", protocol)
    await shop.open(life)
    for index in order:
        sent = [shop.play(life.events[index], event_id(index)) for _ in range(times)]
        if at_once:
            await asyncio.gather(*sent)
        else:
            for each in sent:
                await each
    for index, event in enumerate(life.then):
        await shop.play(event, event_id(THEN + index))
    await check(life, shop)


def event_id(number: int) -> str:
    """The id of an event of a life, the same in each playing."""
    return f"00000000-0000-4000-8000-{number:012d}"
