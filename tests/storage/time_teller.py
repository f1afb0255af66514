"""A child process that tells the instant, and what its machine's clock shows, for every line that it reads.

Argument: URL.
"""

import asyncio
import sys

from tidings_server.platform.clock import SystemClock, wall_us
from tidings_server.storage.database import Database


async def main(url: str) -> None:
    clock = SystemClock()
    database = await Database.open(url, clock=clock)
    print("ready", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(clock.now_us(), wall_us(), flush=True)
    await database.close()


asyncio.run(main(sys.argv[1]))
