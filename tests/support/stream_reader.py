"""A reader of the stream as docs/jetstream.md has it."""

from collections.abc import Sequence

import nats
from nats.aio.msg import Msg

from tests.support.nats import NatsServer
from tests.support.waiting import PATIENCE_S
from tidings_server.jetstream.message import PREV, SEQ


async def read_as_promised(servers: Sequence[NatsServer], stream: str) -> list[Msg]:
    """Messages of a reader that keeps the last number and drops what is not above it. Fails at a gap.

    An ordered consumer, which NATS sends what there is: a request for each message takes minutes on a busy machine.
    """
    client = await nats.connect([server.url for server in servers])
    context = client.jetstream()
    found, last = list[Msg](), 0
    info = await context.stream_info(stream)
    if info.state.messages:
        [subjects] = info.config.subjects or []
        reader = await context.subscribe(subjects, stream=stream, ordered_consumer=True)
        is_more = True
        while is_more:
            message = await reader.next_msg(timeout=PATIENCE_S)
            is_more = message.metadata.num_pending > 0
            headers = message.headers or {}
            if int(headers[SEQ]) > last:
                assert int(headers[PREV]) in {0, last}, "a gap"
                last = int(headers[SEQ])
                found.append(message)
    await client.close()
    return found
