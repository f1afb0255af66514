"""What a child process does: runs a reactor over the whole log and dies at a failpoint.

Arguments of `main`: URL, failpoint, the id of an event that fails.
"""

from tests.core.log.reacting import Counting
from tidings_server import failpoints
from tidings_server.clock import SystemClock
from tidings_server.core.feed import SqlFeed
from tidings_server.core.reactors import ReactorRunner
from tidings_server.store.engine import Database


async def main(url: str, failpoint: str, failing: str) -> None:
    clock = SystemClock()
    database = await Database.open(url, clock=clock)
    runner = ReactorRunner(Counting(failing={failing}, most=5), feed=SqlFeed(database), database=database, clock=clock)
    failpoints.arm(failpoint)
    while await runner.run_once():
        pass
    await database.close()
