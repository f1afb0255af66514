"""Measuring that nobody waits while somebody attacks."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from tests.e2e.instances import Instance

LATE_S = 2.0
"""What nobody waits even on a machine that has other work; the attacks once made it six seconds to over a minute."""
PROBE_INTERVAL_S = 0.05


@dataclass
class Bystander:
    """Somebody who asks `/healthz` all the time; `waits_s` are its answers' latencies."""

    waits_s: list[float] = field(default_factory=list)

    @property
    def longest_s(self) -> float:
        return max(self.waits_s)


@asynccontextmanager
async def bystander(instance: Instance) -> AsyncIterator[Bystander]:
    """Somebody beside the attack, on connections of its own. Fails at the end when it was refused or waited LATE_S."""
    watching = Bystander()
    async with aiohttp.ClientSession() as session:
        await _probe(session, instance, watching)
        task = asyncio.create_task(_probe_all_the_time(session, instance, watching))
        try:
            yield watching
            await _probe(session, instance, watching)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    if task.done() and not task.cancelled() and (error := task.exception()):
        raise error
    assert watching.longest_s < LATE_S


async def _probe(session: aiohttp.ClientSession, instance: Instance, watching: Bystander) -> None:
    started = time.monotonic()
    async with session.get(f"{instance.rest}/healthz") as answer:
        assert answer.status == 200, await answer.text()
    watching.waits_s.append(time.monotonic() - started)


async def _probe_all_the_time(session: aiohttp.ClientSession, instance: Instance, watching: Bystander) -> None:
    while True:
        await _probe(session, instance, watching)
        await asyncio.sleep(PROBE_INTERVAL_S)
