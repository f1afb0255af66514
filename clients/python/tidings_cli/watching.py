"""Events as they are stored, over lost connections."""

import random
import time
from collections.abc import Callable, Iterator

from tidings.collector.v1.events_pb2 import WatchEventsRequest, WatchEventsResponse
from tidings.collector.v1.events_pb2_grpc import EventServiceStub
from tidings_cli.connection import Connection
from tidings_cli.failures import CommandFailed

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0
LOST = frozenset({7})
"""Exit codes of failures that another try may mend: not reached, no answer in time."""


def watched(
    connection: Connection, *, topic: str, after: str, note: Callable[[str], None]
) -> Iterator[WatchEventsResponse]:
    """Events behind a position (empty: from now on), without end; heartbeats are left out.

    A lost connection is made again behind the last event. Raises CommandFailed for what no other try mends.
    """
    events = watched_or_idle(connection, topic=topic, after=after, note=note, tick_s=None)
    return (response for response in events if response is not None)


def watched_or_idle(
    connection: Connection, *, topic: str, after: str, note: Callable[[str], None], tick_s: float | None
) -> Iterator[WatchEventsResponse | None]:
    """The same, with None after every `tick_s` in which no event came."""
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            request = WatchEventsRequest(after=after, topic=topic)
            for response in connection.stream(EventServiceStub, "WatchEvents", request, tick_s=tick_s):
                if response is None:
                    yield None
                    continue
                after, pause_s = response.position or after, FIRST_PAUSE_S
                if response.HasField("event"):
                    yield response
        except CommandFailed as failure:
            if failure.code not in LOST:
                raise
            note(f"The connection is lost ({failure}); trying again.")
        time.sleep(random.uniform(pause_s / 2, pause_s))
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
