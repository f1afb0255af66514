"""Load generator: POSTs of JSON over kept connections."""

import asyncio

import aiohttp

from tests.bench.bodies import json_bodies
from tests.bench.load import LOAD_FIELDS, Load
from tests.bench.processes import given_job, say

CALL_S = 30.0
SPARE_S = 60.0
CREATED = 201


async def main() -> None:
    """Job: url, headers, and LOAD_FIELDS."""
    job = given_job(limit_s=3_600)
    bodies = json_bodies()
    headers = {**job["headers"], "content-type": "application/json"}
    connector = aiohttp.TCPConnector(limit=job["in_flight"], keepalive_timeout=CALL_S)
    timeout = aiohttp.ClientTimeout(total=CALL_S)
    async with aiohttp.ClientSession(connector=connector, headers=headers, timeout=timeout) as session:

        async def call(number: int) -> None:
            async with session.post(job["url"], data=bodies[number % len(bodies)]) as answer:
                text = await answer.read()
                if answer.status != CREATED:
                    raise ValueError(f"{answer.status}: {text[:300]!r}")

        load = Load(call, **{name: job[name] for name in LOAD_FIELDS})
        async with asyncio.timeout(job["warm_s"] + job["for_s"] + SPARE_S):
            say(await load.run())


if __name__ == "__main__":
    asyncio.run(main())
