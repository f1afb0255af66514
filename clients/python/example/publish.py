"""Sends JSON lines of standard input, an event each, as a stream; tells of those that are refused."""

import asyncio
import os
import sys

from google.protobuf.json_format import Parse

from tidings.collector.v1.events_pb2 import Event
from tidings_client import ClientCredentials, Tidings, TidingsError


async def main() -> None:
    """Print how many events were sent, and how many refused."""
    sent, refused = 0, 0

    def on_refused(event: Event, error: TidingsError) -> None:
        nonlocal refused
        refused += 1
        print(event.id, error, file=sys.stderr)

    credentials = ClientCredentials(os.environ["TIDINGS_CLIENT_ID"], os.environ["TIDINGS_CLIENT_SECRET"])
    target, tenant = os.environ["TIDINGS_TARGET"], os.environ["TIDINGS_TENANT"]
    async with (
        Tidings(target, tenant=tenant, credentials=credentials) as tidings,
        tidings.events.producer(on_refused=on_refused) as producer,
    ):
        while line := await asyncio.to_thread(sys.stdin.readline):
            await producer.send(Parse(line, Event()))
            sent += 1
    print(f"{sent:,} sent, {refused:,} refused")


asyncio.run(main())
