"""Watched events as messages of the contract, and as server-sent events (WHATWG HTML, 9.2)."""

import json
from typing import Final

from google.api.httpbody_pb2 import HttpBody

from tidings.collector.v1.events_pb2 import WatchEventsResponse
from tidings_server.collector.api.event_shapes import EventShapes
from tidings_server.collector.api.payloads import as_json
from tidings_server.log.watch import WatchedEvent

EVENT_STREAM: Final = "text/event-stream"


def watched_message(watched: WatchedEvent, shapes: EventShapes) -> WatchEventsResponse:
    """The event with its position and topic; a heartbeat has the position alone."""
    if watched.event is None:
        return WatchEventsResponse(position=watched.position)
    event = shapes.of(watched.event)
    return WatchEventsResponse(position=watched.position, topic=watched.event.topic, event=event)


def size_of(watched: WatchedEvent) -> int:
    """Bytes of the event's body."""
    return 0 if watched.event is None else len(watched.event.body)


def opening() -> HttpBody:
    """A comment that is sent at once, so that the client receives the response's headers before the first event."""
    return _chunk(": open\n\n")


def watched_chunk(watched: WatchedEvent, shapes: EventShapes) -> HttpBody:
    """The event as a server-sent event. A heartbeat is a comment whose id advances the client's `Last-Event-ID`."""
    message = watched_message(watched, shapes)
    if watched.event is None:
        return _chunk(f": heartbeat\nid: {message.position}\n\n")
    data = json.dumps(as_json(message), ensure_ascii=False)
    return _chunk(f"id: {message.position}\nevent: {message.topic}\ndata: {data}\n\n")


def _chunk(text: str) -> HttpBody:
    return HttpBody(content_type=EVENT_STREAM, data=text.encode())
