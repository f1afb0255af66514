"""A child process that stops, as a machine that has gone does, while it holds the head of the log. Argument: URL."""

import asyncio
import os
import signal
import sys

from sqlalchemy import select

from tidings_server.storage.log.tables import log_head
from tidings_server.storage.postgresql.engine import postgres_engine


async def main(url: str) -> None:
    async with postgres_engine(url).begin() as conn:
        await conn.execute(select(log_head).with_for_update())
        print("held", flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)


asyncio.run(main(sys.argv[1]))
