"""The relay to JetStream, where one is configured; its client is an extra of the package."""

from typing import TYPE_CHECKING

from tidings_server.collector.api.payloads import as_json
from tidings_server.composition.event_bodies import EVENT_SHAPES
from tidings_server.delivery.json_body import json_body
from tidings_server.jetstream.rewinding import STREAM, rewind_stream
from tidings_server.platform.clock import Clock, SystemClock
from tidings_server.settings import Settings
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.sqlite.engines import StartRefused

if TYPE_CHECKING:
    from tidings_server.jetstream.relay import RelayWorker


def make_relay(settings: Settings, database: Database, clock: Clock) -> "RelayWorker | None":
    """The relay; None without TIDINGS_NATS_URL. Raises StartRefused where the client is not installed."""
    if not settings.nats_url:
        return None
    try:
        from tidings_server.jetstream import relay, stream  # noqa: PLC0415 - the client may be missing
    except ImportError:
        raise StartRefused("TIDINGS_NATS_URL needs the client of NATS: pip install 'tidings[jetstream]'") from None
    events = stream.EventStream(settings.nats_url, name=STREAM, replicas=settings.nats_replicas, mib=settings.nats_mib)
    return relay.RelayWorker(database, events, _body, clock=clock)


def _body(event: StoredEvent) -> bytes:
    """Any event in JSON, in the collector's shape."""
    return json_body(as_json(EVENT_SHAPES.of(event)))


async def rewind_relay(settings: Settings, to: int) -> str:
    """Have the relay publish again what comes after event number `to`; gives a line for the operator."""
    database = await Database.open(settings.sqlalchemy_url, clock=SystemClock())
    try:
        was = await rewind_stream(database, to=to)
    finally:
        await database.close()
    if was is None:
        return "The relay has published nothing yet; it begins with the first event of the log."
    return f"The relay was at event {was}; what comes after event {min(to, was)} is published again within a minute."
