"""A child process: appends as fast as it can and prints the id of every event that it was told is stored.

Arguments: URL, callers, seconds, failpoint. One caller in four sends batches; half of the rest choose their ids.
"""

import asyncio
import sys

from tests.support.events import IDS, record
from tidings_server.platform import failpoints
from tidings_server.platform.clock import SystemClock
from tidings_server.storage.database import Database


async def main(url: str, callers: int, seconds: float, failpoint: str) -> None:
    clock = SystemClock()
    database = await Database.open(url, clock=clock)
    failpoints.arm(failpoint)
    end = clock.monotonic() + seconds

    async def caller(number: int) -> None:
        while clock.monotonic() < end:
            events = [record(IDS.uuid7()) for _ in range(20 if number % 4 == 0 else 1)]
            await database.write_queue.append(events, is_fresh=number % 2 == 1)
            sys.stdout.write("".join(f"{event.event_id}\n" for event in events))
            sys.stdout.flush()

    await asyncio.gather(*map(caller, range(callers)))
    await database.close()


asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4] if len(sys.argv) > 4 else ""))
