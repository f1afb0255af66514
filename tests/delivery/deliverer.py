"""A child process: routes and delivers until nothing is pending, or until a failpoint ends it.

Arguments of `main`: URL, failpoint.
"""

import asyncio

from tests.support.deliveries import World, sending
from tidings_server.composition.payloads import DialectBodies, event_conditions
from tidings_server.delivery.matching import SubscriptionMatcher
from tidings_server.delivery.router import Router
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.platform import failpoints
from tidings_server.platform.clock import SystemClock
from tidings_server.storage.database import Database


async def main(url: str, failpoint: str) -> None:
    clock = SystemClock()
    database = await Database.open(url, clock=clock)
    failpoints.arm(failpoint)
    world = World(database, clock)
    matcher = SubscriptionMatcher(database, event_conditions(), DialectBodies())
    async with sending(world) as sender:
        await sender.queue.recover()
        router = Router(database, matcher, clock=clock, sender=sender.dispatcher)
        runner = ConsumerRunner(
            router, feed=LogFeed(database), database=database, clock=clock, on_commit=router.committed
        )
        async with asyncio.TaskGroup() as tasks:
            workers = [tasks.create_task(runner.run()), tasks.create_task(sender.dispatcher.run())]
            while runner.position < database.heads[0].seq or any(row.state == "PENDING" for row in await world.rows()):
                await clock.sleep(0.05)
            await sender.dispatcher.stop(5)
            for worker in workers:
                worker.cancel()
    await database.close()
