"""The relay to JetStream, where one is configured; its client is an extra of the package."""

from typing import TYPE_CHECKING

from tidings_server.composition.event_bodies import event_json
from tidings_server.jetstream.rewinding import rewind_stream, stream_of
from tidings_server.platform.clock import Clock, SystemClock
from tidings_server.settings import Settings
from tidings_server.storage.database import Database
from tidings_server.storage.sqlite.engines import StartRefused

if TYPE_CHECKING:
    from tidings_server.jetstream.relay import RelayWorker


def make_relays(settings: Settings, database: Database, clock: Clock) -> "list[RelayWorker]":
    """The relays of the shards, in their order; none without TIDINGS_NATS_URL.

    Raises StartRefused where the client is not installed.
    """
    if not settings.nats_url:
        return []
    try:
        from tidings_server.jetstream import relay, stream  # noqa: PLC0415 - the client may be missing
    except ImportError:
        raise StartRefused("TIDINGS_NATS_URL needs the client of NATS: pip install 'tidings[jetstream]'") from None
    copies, mib = settings.nats_replicas, settings.nats_mib
    return [
        relay.RelayWorker(
            database,
            stream.EventStream(settings.nats_url, name=stream_of(shard), replicas=copies, mib=mib),
            event_json,
            clock=clock,
            shard=shard,
        )
        for shard in range(database.shards)
    ]


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
