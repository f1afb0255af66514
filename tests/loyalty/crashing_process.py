"""A child process that plays the scenario and dies at a failpoint.

Arguments of `main`: URL, failpoint.
"""

from tests.loyalty.scenario import play
from tidings_server.platform import failpoints
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database


async def main(url: str, failpoint: str) -> None:
    clock = ManualClock()
    database = await Database.open(url, clock=clock)
    failpoints.arm(failpoint)
    await play(database, clock)
    await database.close()
