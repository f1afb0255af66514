"""A child process that runs all stored events and scheduled events, and dies at a failpoint.

Arguments of `main`: URL, failpoint, how many hours it is later.
"""

from datetime import timedelta

from tests.support.hub import Hub
from tidings_server.platform import failpoints
from tidings_server.platform.clock import ManualClock, SystemClock
from tidings_server.storage.database import Database


async def main(url: str, failpoint: str, hours: str) -> None:
    clock = ManualClock(SystemClock().now() + timedelta(hours=int(hours)))
    database = await Database.open(url, clock=clock)
    hub = Hub(database, clock)
    failpoints.arm(failpoint)
    await hub.run()
    while await hub.scheduled_events.run_once():
        await hub.run()
    await database.close()
