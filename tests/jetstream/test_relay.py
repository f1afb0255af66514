"""The relay against a real NATS server: every event once, in order, whatever fails."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import nats
import pytest
from nats.js import JetStreamContext
from nats.js.api import StreamConfig
from nats.js.errors import NotFoundError

from tests.support.events import record
from tests.support.nats import NatsServer, running_nats
from tests.support.waiting import PATIENCE_S, until
from tidings_server.identity.store import tenants
from tidings_server.jetstream.relay import RelayWorker
from tidings_server.jetstream.rewinding import rewind_stream, stream_of
from tidings_server.jetstream.stream import EventStream
from tidings_server.log.consumer_runner import PAGE
from tidings_server.log.events import EventLog
from tidings_server.platform.clock import SystemClock
from tidings_server.platform.errors import Unavailable
from tidings_server.platform.heartbeats import Heartbeats
from tidings_server.platform.telemetry.metrics import REGISTRY
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import EventRecord, StoredEvent

STREAM = stream_of(0)
EXAMPLES = Path(__file__).parents[2] / "examples" / "jetstream"
TENANT = "0192d3a4-0000-7000-8000-000000000001"


@pytest.fixture
def server() -> Iterator[NatsServer]:
    with running_nats() as (only,):
        yield only


@pytest.fixture
async def opened(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url, clock=SystemClock())
    await database.write_queue.run(
        lambda conn: tenants.add_tenant(conn, tenants.Tenant(1, TENANT, "shop", "ACTIVE", 0))
    )
    yield database
    await database.close()


def worker(database: Database, server: NatsServer) -> RelayWorker:
    return RelayWorker(database, EventStream(server.url, name=STREAM), body, clock=SystemClock())


def body(event: StoredEvent) -> bytes:
    return event.event_id.encode()


async def append(database: Database, *ids: str) -> None:
    log = EventLog(database)
    for event_id in ids:
        await log.append([record(event_id)])


async def catch_up(one: RelayWorker, database: Database) -> None:
    """Rounds of the runner until everything is published; a round that fails is tried again, as `run` does."""
    async with asyncio.timeout(PATIENCE_S):
        while one.runner.position < database.heads[0].seq:
            with suppress(Unavailable):
                await one.runner.run_once()


async def stored(server: NatsServer) -> list[tuple[str, dict[str, str]]]:
    """Every message of the stream: its body and headers."""
    client = await nats.connect(server.url)
    context = client.jetstream()
    state = (await context.stream_info(STREAM)).state
    found = []
    for seq in range(state.first_seq or 1, state.last_seq + 1):
        with suppress(NotFoundError):  # it was deleted
            found.append(await context.get_msg(STREAM, seq=seq))
    await client.close()
    return [((message.data or b"").decode(), dict(message.headers or {})) for message in found]


async def bodies(server: NatsServer) -> list[str]:
    return [text for text, _ in await stored(server)]


async def with_stream(server: NatsServer, do: str) -> None:
    client = await nats.connect(server.url)
    context: JetStreamContext = client.jetstream()
    await getattr(context, do)(STREAM)
    await client.close()


async def make_stream(server: NatsServer, *, max_age: float | None = None, of_each: int = -1) -> None:
    """A stream as an operator may have made it: messages can be deleted."""
    client = await nats.connect(server.url)
    await client.jetstream().add_stream(
        StreamConfig(name=STREAM, subjects=["tidings.0.>"], max_age=max_age, max_msgs_per_subject=of_each)
    )
    await client.close()


async def delete_messages(server: NatsServer, *seqs: int) -> None:
    client = await nats.connect(server.url)
    for seq in seqs:
        await client.jetstream().delete_msg(STREAM, seq)
    await client.close()


def sample(name: str) -> float:
    """The value of a metric of the stream."""
    return REGISTRY.get_sample_value(name, {"stream": STREAM}) or 0.0


def chained(headers: Sequence[dict[str, str]]) -> bool:
    """Whether each message names the one before as its tenant's previous."""
    seqs = [each["Tidings-Seq"] for each in headers]
    return [each["Tidings-Prev"] for each in headers] == ["0", *seqs[:-1]]


@pytest.mark.parametrize("rounds", [50, 200, 500, 1_000, 2_000])
async def test_a_relay_that_is_cancelled_while_it_publishes_ends(
    opened: Database, server: NatsServer, rounds: int
) -> None:
    """The client of NATS takes a cancellation for a failure of its own: the relay must not go on after it."""
    loop = asyncio.get_running_loop()

    def cancel_after(rounds: int) -> None:
        if rounds:
            loop.call_soon(cancel_after, rounds - 1)
        else:
            running.cancel()

    def body_of(event: StoredEvent) -> bytes:
        if event.seq == 1:
            cancel_after(rounds)
        return body(event)

    await EventLog(opened).append([record() for _ in range(PAGE)])
    relay = RelayWorker(opened, EventStream(server.url, name=STREAM), body_of, clock=SystemClock())
    running = asyncio.create_task(Heartbeats(SystemClock()).supervised("relay", relay.run))
    await asyncio.wait((running,), timeout=PATIENCE_S)
    assert running.cancelled()


async def test_every_event_is_published_once_in_order_with_the_headers_of_cloudevents(
    opened: Database, server: NatsServer
) -> None:
    await append(opened, "a", "b")
    one = worker(opened, server)
    await catch_up(one, opened)
    await append(opened, "ü\n%")
    await catch_up(one, opened)
    found = await stored(server)
    assert [text for text, _ in found] == ["a", "b", "ü\n%"]
    headers = [each for _, each in found]
    assert chained(headers)
    assert headers[0]["ce-type"] == "order.created"
    assert headers[0]["ce-source"] == f"/tenants/{TENANT}"
    assert headers[0]["ce-subject"] == "o-1"
    assert headers[2]["ce-id"] == "%C3%BC%0A%25"


async def test_events_of_the_server_itself_stay_inside(opened: Database, server: NatsServer) -> None:
    log = EventLog(opened)
    hidden: EventRecord = record("hidden", topic="audit.config")
    await log.append([hidden])
    await append(opened, "shown")
    await catch_up(worker(opened, server), opened)
    assert await bodies(server) == ["shown"]


async def test_what_was_published_and_not_committed_is_not_published_again(
    opened: Database, server: NatsServer
) -> None:
    await append(opened, "a", "b")
    first = worker(opened, server)
    plan_of = first._relay.plan
    await first._relay.read(0, 10)
    await plan_of(await first._relay.read(0, 10))  # its commit never comes
    client = await nats.connect(server.url)
    config = (await client.jetstream().stream_info(STREAM)).config
    config.duplicate_window = 0.1
    await client.jetstream().update_stream(config)  # so that message ids protect from nothing
    await client.close()
    await asyncio.sleep(0.3)
    await append(opened, "c")
    await catch_up(worker(opened, server), opened)
    assert await bodies(server) == ["a", "b", "c"]


async def test_of_two_publishers_the_one_that_is_behind_publishes_nothing(opened: Database, server: NatsServer) -> None:
    await append(opened, "a")
    zombie, owner = worker(opened, server), worker(opened, server)
    events = await zombie._relay.read(0, 10)
    await catch_up(owner, opened)
    with pytest.raises(Unavailable):
        await zombie._relay.plan(events)
    assert await bodies(server) == ["a"]


async def test_nats_away_costs_only_lag(opened: Database, server: NatsServer) -> None:
    one = worker(opened, server)
    await append(opened, "a")
    await catch_up(one, opened)
    server.stop()
    await append(opened, "b", "c")
    with suppress(Unavailable):
        await one.runner.run_once()
    assert one.runner.lag() == 2
    server.start()
    server.wait()
    await catch_up(one, opened)
    assert await bodies(server) == ["a", "b", "c"]


@pytest.mark.parametrize("restarts", [False, True])
async def test_a_stream_that_was_lost_is_filled_again_from_the_log(
    opened: Database, server: NatsServer, *, restarts: bool
) -> None:
    one = worker(opened, server)
    await append(opened, "a", "b")
    await catch_up(one, opened)
    await with_stream(server, "delete_stream")
    await append(opened, "c")
    one = worker(opened, server) if restarts else one
    for _ in range(5):
        with suppress(Unavailable):
            await one.runner.run_once()
    await catch_up(one, opened)
    found = await stored(server)
    assert [text for text, _ in found] == ["a", "b", "c"]
    assert chained([headers for _, headers in found])


async def test_a_stream_that_was_purged_is_filled_again_and_readers_see_where_it_begins_anew(
    opened: Database, server: NatsServer
) -> None:
    one = worker(opened, server)
    await append(opened, "a", "b")
    await catch_up(one, opened)
    await with_stream(server, "purge_stream")
    one._relay.start_over()
    with suppress(Unavailable):
        await one.runner.run_once()
    await append(opened, "c")
    await catch_up(one, opened)
    found = await stored(server)
    assert [text for text, _ in found] == ["a", "b", "c"]
    assert chained([headers for _, headers in found])
    for _ in range(3):
        one._relay.start_over()
        await one.runner.run_once()
    assert len(await stored(server)) == 3


async def test_a_stream_whose_last_messages_were_deleted_gets_these_again(opened: Database, server: NatsServer) -> None:
    await make_stream(server)
    one = worker(opened, server)
    await append(opened, "a", "b", "c")
    await catch_up(one, opened)
    await delete_messages(server, 2, 3)
    one._relay.start_over()
    with suppress(Unavailable):
        await one.runner.run_once()
    await catch_up(one, opened)
    client = await nats.connect(server.url)
    last = await client.jetstream().get_last_msg(STREAM, "tidings.0.>")
    await client.close()
    assert ((last.data or b"").decode(), last.seq) == ("c", 5)


async def test_a_stream_that_is_empty_because_its_messages_were_old_is_left_alone(
    opened: Database, server: NatsServer
) -> None:
    await make_stream(server, max_age=0.2)
    one = worker(opened, server)
    await append(opened, "a")
    await catch_up(one, opened)
    await until(lambda: bodies(server), lambda found: found == [])
    one._relay.start_over()
    await one.runner.run_once()
    await append(opened, "b")
    await catch_up(one, opened)
    client = await nats.connect(server.url)
    assert (await client.jetstream().stream_info(STREAM)).state.last_seq == 2
    await client.close()


async def test_messages_that_are_gone_from_the_middle_are_counted(opened: Database, server: NatsServer) -> None:
    await make_stream(server)
    one = worker(opened, server)
    await append(opened, "a", "b", "c", "d")
    await catch_up(one, opened)
    assert sample("tidings_relay_stream_missing") == 0
    await delete_messages(server, 2, 3)
    one._relay.start_over()
    await one.runner.run_once()
    assert sample("tidings_relay_stream_missing") == 2
    assert await bodies(server) == ["a", "d"]


async def test_messages_that_a_streams_own_bounds_removed_are_not_missing(opened: Database, server: NatsServer) -> None:
    await make_stream(server, of_each=1)
    one = worker(opened, server)
    await EventLog(opened).append([record("first", topic="parcel.created")])
    await append(opened, "a", "b")
    await catch_up(one, opened)
    one._relay.start_over()
    await one.runner.run_once()
    assert await bodies(server) == ["first", "b"]
    assert sample("tidings_relay_stream_missing") == 0


async def test_the_lag_is_the_age_of_the_oldest_event_that_is_not_published(
    opened: Database, server: NatsServer
) -> None:
    one = worker(opened, server)
    await append(opened, "a")
    await catch_up(one, opened)
    await one.runner.run_once()
    assert sample("tidings_relay_lag_seconds") == 0
    server.stop()
    await append(opened, "b", "c")
    for _ in range(2):
        with suppress(Unavailable):
            await one.runner.run_once()
    lag_s = sample("tidings_relay_lag_seconds")
    with suppress(Unavailable):
        await one.runner.run_once()
    assert 0 < lag_s < sample("tidings_relay_lag_seconds")
    one._relay.leave()
    assert sample("tidings_relay_lag_seconds") == 0


async def test_the_operator_has_events_published_again(opened: Database, server: NatsServer) -> None:
    one = worker(opened, server)
    assert await rewind_stream(opened, to=0) is None
    await append(opened, "a", "b")
    await catch_up(one, opened)
    assert await rewind_stream(opened, to=1) == 2
    again = worker(opened, server)
    await again.runner.run_once()
    await catch_up(again, opened)
    found = await stored(server)
    assert [text for text, _ in found] == ["a", "b", "b"]
    assert [headers["Tidings-Seq"] for _, headers in found] == ["1", "2", "2"]


async def test_the_example_of_a_reader_goes_on_where_it_stopped(
    opened: Database, server: NatsServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("reader") / "seen.json"
    command = [sys.executable, str(EXAMPLES / "reader.py"), server.url, str(file)]
    one = worker(opened, server)
    for ids in (["a", "b"], ["c"]):
        await append(opened, *ids)
        await catch_up(one, opened)
        await asyncio.to_thread(subprocess.run, command, check=True, timeout=PATIENCE_S, stdout=subprocess.DEVNULL)
    assert [event_id for _, _, event_id in json.loads(file.read_text())["events"]] == ["a", "b", "c"]


@pytest.mark.toolchain
async def test_the_example_in_go_prints_every_event(opened: Database, server: NatsServer) -> None:
    await append(opened, "a", "b")
    await catch_up(worker(opened, server), opened)
    command = ["go", "run", ".", server.url]
    ran = await asyncio.to_thread(
        subprocess.run, command, cwd=EXAMPLES / "go", check=True, timeout=PATIENCE_S, capture_output=True, text=True
    )
    assert ran.stdout.splitlines() == ["order.created a", "order.created b", "2 events"]


async def test_a_log_restored_from_an_older_copy_goes_on_publishing(
    opened: Database, server: NatsServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The stream knows events that the log has not any more; their numbers are given to others."""
    await append(opened, "a", "b", "c")
    await catch_up(worker(opened, server), opened)
    older = await Database.open(
        f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('older') / 'tidings.db'}", clock=SystemClock()
    )
    await older.write_queue.run(lambda conn: tenants.add_tenant(conn, tenants.Tenant(1, TENANT, "shop", "ACTIVE", 0)))
    await append(older, "a", "new")
    restored = worker(older, server)
    await restored.runner.cursor.begin()
    for _ in range(3):
        with suppress(Unavailable):
            await restored.runner.run_once()
    await catch_up(restored, older)
    assert (await bodies(server))[3:] == ["a", "new"]
    await older.close()
