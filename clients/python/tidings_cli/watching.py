"""Events as they are stored, over lost connections."""

import random
import time
from collections.abc import Callable, Iterator

from tidings.collector.v1.events_pb2 import WatchEventsRequest, WatchEventsResponse
from tidings.collector.v1.events_pb2_grpc import EventServiceStub
from tidings_cli.connection import Connection
from tidings_cli.failures import BROKEN, FAILED, LOST, REFUSED, CommandFailed

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0
SILENCE_S = 45.0
"""A connection on which nothing came for so long is lost: the server sends a heartbeat every 15 s."""
LOST_ON_THE_WAY = LOST | {FAILED, REFUSED, BROKEN}
"""Those of a stream that had begun: a proxy that cut it and a token that has ended are mended by a new one as well."""


def watched(
    connection: Connection, *, topic: str, after: str, note: Callable[[str], None]
) -> Iterator[WatchEventsResponse]:
    """Events behind a position (empty: from now on), without end; heartbeats are left out.

    A lost connection is made again behind the last event. Raises CommandFailed for what no other try mends.
    """
    events = watched_or_idle(connection, topic=topic, after=after, note=note, tick_s=None)
    return (response for response in events if response is not None)


def watched_or_idle(
    connection: Connection,
    *,
    topic: str,
    after: str,
    note: Callable[[str], None],
    tick_s: float | None,
    silence_s: float = SILENCE_S,
) -> Iterator[WatchEventsResponse | None]:
    """The same, with None after every `tick_s` in which no event came."""
    pause_s = FIRST_PAUSE_S
    while True:
        has_begun = False
        request = WatchEventsRequest(after=after, topic=topic)
        try:
            for response in connection.stream(
                EventServiceStub, "WatchEvents", request, tick_s=tick_s, silence_s=silence_s
            ):
                if response is None:
                    yield None
                    continue
                has_begun = True
                after, pause_s = response.position or after, FIRST_PAUSE_S
                if response.HasField("event"):
                    yield response
        except CommandFailed as failure:
            if failure.code not in (LOST_ON_THE_WAY if has_begun else LOST):
                raise
            if failure.code == REFUSED:
                connection.forget_tokens()
            note(f"The connection is lost ({failure}); trying again.")
        time.sleep(random.uniform(pause_s / 2, pause_s))
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
