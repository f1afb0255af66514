"""What a child process does: routes and delivers until nothing waits any more, or until a failpoint ends it.

Arguments of `main`: URL, failpoint.
"""

import asyncio

from tests.deliveries import World, sending
from tidings_server import failpoints
from tidings_server.api.payloads import DialectBodies, event_conditions
from tidings_server.clock import SystemClock
from tidings_server.core.audience import Audiences
from tidings_server.core.feed import SqlFeed
from tidings_server.core.mail.post import Post
from tidings_server.core.reactors import ReactorRunner
from tidings_server.core.router import Router
from tidings_server.store.engine import Database


async def main(url: str, failpoint: str) -> None:
    clock = SystemClock()
    database = await Database.open(url, clock=clock)
    failpoints.arm(failpoint)
    world = World(database, clock)
    audiences = Audiences(database, event_conditions(), DialectBodies())
    async with sending(world) as sender:
        await sender.outbox.recover()
        router = Router(audiences, clock, Post(database, clock), sender.dispatcher)
        runner = ReactorRunner(
            router, feed=SqlFeed(database), database=database, clock=clock, on_commit=router.committed
        )
        async with asyncio.TaskGroup() as tasks:
            workers = [tasks.create_task(runner.run()), tasks.create_task(sender.dispatcher.run())]
            while runner.position < database.head.seq or any(row.state == "PENDING" for row in await world.rows()):
                await clock.sleep(0.05)
            await sender.dispatcher.stop(5)
            for worker in workers:
                worker.cancel()
    await database.close()
