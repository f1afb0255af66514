"""A reader of the stream as docs/jetstream.md has it."""

from collections.abc import Sequence

import nats
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from tests.support.nats import NatsServer
from tidings_server.jetstream.message import PREV, SEQ


async def read_as_promised(servers: Sequence[NatsServer], stream: str) -> list[RawStreamMsg]:
    """Messages of a reader that keeps the last number and drops what is not above it. Fails at a gap."""
    client = await nats.connect([server.url for server in servers])
    context = client.jetstream()
    state = (await context.stream_info(stream)).state
    found, last = list[RawStreamMsg](), 0
    for sequence in range(state.first_seq or 1, state.last_seq + 1):
        try:
            message = await context.get_msg(stream, seq=sequence)
        except NotFoundError:
            continue
        headers = message.headers or {}
        if int(headers[SEQ]) > last:
            assert int(headers[PREV]) in {0, last}, "a gap"
            last = int(headers[SEQ])
            found.append(message)
    await client.close()
    return found
