"""A child process that runs a consumer over the whole log and dies at a failpoint.

Arguments of `main`: URL, failpoint, the id of an event that fails.
"""

from tests.log.counting_consumer import Counting
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.platform import failpoints
from tidings_server.platform.clock import SystemClock
from tidings_server.storage.database import Database


async def main(url: str, failpoint: str, failing: str) -> None:
    clock = SystemClock()
    database = await Database.open(url, clock=clock)
    runner = ConsumerRunner(Counting(failing={failing}, most=5), feed=LogFeed(database), database=database, clock=clock)
    failpoints.arm(failpoint)
    while await runner.run_once():
        pass
    await database.close()
