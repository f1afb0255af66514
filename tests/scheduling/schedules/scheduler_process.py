"""Child process that fires and executes due schedules, and dies at a failpoint.

Arguments of `main`: URL, failpoint, how many minutes it is after `NOW`.
"""

from datetime import timedelta

from tests.support.schedules import NOW, Scheduling
from tidings_server.platform import failpoints
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database


async def main(url: str, failpoint: str, minutes: str) -> None:
    clock = ManualClock(NOW + timedelta(minutes=int(minutes)))
    database = await Database.open(url, clock=clock)
    scheduling = Scheduling(database, clock)
    scheduling.handler.do = scheduling.mailing
    failpoints.arm(failpoint)
    await scheduling.settle()
    await database.close()
