"""What a child process does: goes through the story of `story`, and dies at a failpoint.

Arguments of `main`: URL, failpoint.
"""

from tests.core.loyalty.story import tell
from tidings_server import failpoints
from tidings_server.clock import ManualClock
from tidings_server.store.engine import Database


async def main(url: str, failpoint: str) -> None:
    clock = ManualClock()
    database = await Database.open(url, clock=clock)
    failpoints.arm(failpoint)
    await tell(database, clock)
    await database.close()
