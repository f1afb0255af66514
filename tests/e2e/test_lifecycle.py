"""Starting, stopping, dying and starting again."""

import asyncio
import itertools
import json
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp
import psutil
import pytest

from tests.e2e.instances import UNSET, Instance
from tests.e2e.rest import Rest, demo_rest
from tests.support.receiver import Answer, Receiver
from tests.support.waiting import PATIENCE_S

EVENTS = "/api/v1/events"
PUSH = "/api/event/push/subscriptions"
Make = Callable[..., Instance]


def event(event_id: str, **fields: Any) -> dict[str, Any]:
    return {"id": event_id, "entity_id": "1", "entity_name": "ORDER", "event_type": "ENTITY_EVENT", **fields}


async def test_a_second_start_has_all_data_of_the_first(own: Instance, session: aiohttp.ClientSession) -> None:
    rest = await demo_rest(session, own)
    assert (await rest("POST", EVENTS, json=event("kept"))).status == 201
    demo = own.demo
    assert own.stop() == 0
    await asyncio.to_thread(own.start)
    assert own.demo == demo
    rest = await demo_rest(session, own)
    assert (await rest("GET", f"{EVENTS}/kept")).status == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_answers_all_stored_events_and_leaves_no_process(
    make_instance: Make, session: aiohttp.ClientSession, number: int
) -> None:
    own = make_instance()
    rest = await demo_rest(session, own)
    assert own.process is not None
    children = psutil.Process(own.process.pid).children(recursive=True)
    assert [child.name() for child in children] == ["envoy"]
    load = Load(rest)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(load.run())
        await load.is_under_way.wait()
        assert await asyncio.to_thread(own.stop, number) == 0
    assert load.others == []
    assert psutil.wait_procs(children, timeout=PATIENCE_S)[1] == []
    assert "died" not in own.log
    assert f"{signal.Signals(number).name}: what is under way is answered" in own.log
    assert own.log.rstrip().endswith("Stopped.")
    await asyncio.to_thread(own.start)
    assert sorted(load.acknowledged) == sorted(await stored(await demo_rest(session, own)))


async def stored(rest: Rest) -> list[str]:
    """Ids of all events."""
    ids: list[str] = []
    target = f"{EVENTS}?pageSize=500"
    while True:
        page = (await rest("GET", target)).json
        ids += [event["id"] for event in page["events"]]
        if "next" not in page:
            return ids
        target = f"{EVENTS}?pageSize=500&after={page['next']}"


class Load:
    """Posts one event after another on some connections, each until its connection is refused or cut.

    `acknowledged` are the ids that were answered with 201, `others` all other statuses.
    """

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self.acknowledged: list[str] = []
        self.others: list[int] = []
        self.is_under_way = asyncio.Event()

    async def run(self, connections: int = 4) -> None:
        await asyncio.gather(*map(self._post, range(connections)))

    async def _post(self, worker: int) -> None:
        for number in itertools.count():
            event_id = f"{worker}-{number}"
            try:
                answer = await self._rest("POST", EVENTS, json=event(event_id))
            except aiohttp.ClientError:
                return
            if answer.status != 201:
                self.others.append(answer.status)
                return
            self.acknowledged.append(event_id)
            if len(self.acknowledged) > 100:
                self.is_under_way.set()


async def test_a_slow_request_is_answered_before_the_server_stops(
    make_instance: Make, session: aiohttp.ClientSession
) -> None:
    """Confirming asks the subscriber's endpoint, which here takes its time."""
    own = make_instance(retry_first_s="3600")  # else it might be pinged by itself meanwhile
    rest = await demo_rest(session, own)
    async with Receiver() as receiver:
        receiver.default = Answer(status=500)
        made = await rest("POST", PUSH, json={"endpoint": receiver.url(), "topics": ["order.*"]})
        await receiver.wait_for(1)
        receiver.default = Answer(hold=(hold := asyncio.Event()))
        confirming = asyncio.create_task(rest("POST", f"{PUSH}/{made.json['id']}/confirm"))
        await receiver.wait_for(2)
        stopping = asyncio.create_task(asyncio.to_thread(own.stop))
        await refused(own.rest, session)
        assert not confirming.done()
        hold.set()
        answer = await confirming
        assert (answer.status, answer.json["confirmed"]) == (200, True)
        assert await stopping == 0


async def refused(url: str, session: aiohttp.ClientSession) -> None:
    """Returns once nobody takes connections any more."""
    with suppress(aiohttp.ClientConnectorError):
        while True:
            with suppress(aiohttp.ServerDisconnectedError, ConnectionResetError):  # of the last that were taken
                async with session.get(f"{url}/healthz", headers={"connection": "close"}):
                    await asyncio.sleep(0.02)


async def test_more_streams_than_allowed_are_429(make_instance: Make, session: aiohttp.ClientSession) -> None:
    own = make_instance(max_streams="2")
    rest = await demo_rest(session, own)
    stream = f"{own.rest}/api/v1/event-stream"
    async with session.get(stream, headers=rest.headers) as one, session.get(stream, headers=rest.headers) as two:
        assert (one.status, two.status) == (200, 200)
        answer = await rest("GET", "/api/v1/event-stream")
        assert (answer.status, answer.json["message"]) == (429, "error.overloaded")
        assert (await rest("GET", f"{EVENTS}/x")).status == 404


async def test_a_stream_ends_with_the_server_and_is_resumed(own: Instance, session: aiohttp.ClientSession) -> None:
    rest = await demo_rest(session, own)
    async with session.get(f"{own.rest}/api/v1/event-stream", headers=rest.headers) as stream:
        await rest("POST", EVENTS, json=event("one"))
        first = await asyncio.wait_for(next_event(stream.content), PATIENCE_S)
        assert json.loads(first["data"])["event"]["id"] == "one"
        assert await asyncio.to_thread(own.stop) == 0
        assert "edge.drain_cut" not in own.log, "the stream has ended by itself"
        assert b"id:" not in await stream.content.read()
    await asyncio.to_thread(own.start)
    rest = await demo_rest(session, own)
    await rest("POST", EVENTS, json=event("two"))
    headers = rest.headers | {"last-event-id": first["id"]}
    async with session.get(f"{own.rest}/api/v1/event-stream", headers=headers) as stream:
        second = await asyncio.wait_for(next_event(stream.content), PATIENCE_S)
    assert json.loads(second["data"])["event"]["id"] == "two"


async def next_event(content: aiohttp.StreamReader) -> dict[str, str]:
    """The next server-sent event that is no comment."""
    while True:
        lines = (await content.readuntil(b"\n\n")).decode().splitlines()
        fields = dict(line.split(": ", 1) for line in lines if line and not line.startswith(":"))
        if "data" in fields:
            return fields


def test_two_instances_run_side_by_side(make_instance: Make) -> None:
    """With only the ports of REST and gRPC changed: the default metrics port gives way and says so."""
    one, other = (make_instance(metrics_port=UNSET) for _ in range(2))
    assert other.ports["metrics"] != one.ports["metrics"]
    assert "metrics_port_taken" in other.log


@pytest.mark.parametrize(("port", "name"), [("http_port", "REST"), ("grpc_port", "gRPC"), ("metrics_port", "metrics")])
def test_a_taken_port_is_reported_with_its_setting_in_one_line(
    make_instance: Make, system: Instance, port: str, name: str
) -> None:
    with pytest.raises(RuntimeError, match=rf"tidings-server: .*TIDINGS_{port.upper()}") as failed:
        make_instance(**{port: str(system.ports[name])})
    assert "Traceback" not in str(failed.value)


def test_a_directory_in_use_is_reported_in_one_line(make_instance: Make, system: Instance) -> None:
    with pytest.raises(RuntimeError, match="tidings-server: ") as failed:
        make_instance(data_dir=str(system.data_dir))
    assert "Traceback" not in str(failed.value)


async def test_an_envoy_that_was_killed_is_started_again(make_instance: Make, session: aiohttp.ClientSession) -> None:
    own = make_instance()
    assert own.process is not None
    [envoy] = psutil.Process(own.process.pid).children()
    envoy.kill()
    await asyncio.to_thread(own.logged, "edge.restarted")
    assert (await (await demo_rest(session, own))("GET", "/api/event/push/subscriptions")).status == 200


def test_the_printed_example_commands_work(system: Instance) -> None:
    lines = system.greeting.partition("# a token")[2].partition("# the same event by gRPC")[0]
    done = subprocess.run(["bash", "-euo", "pipefail"], input=f"#{lines}", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert '"id":"first"' in done.stdout
    assert '"errorCode"' not in done.stdout
    assert '"status":4' not in done.stdout
    assert system.demo["client_secret"] not in system.log


async def test_serve_is_grpc_alone(make_instance: Make) -> None:
    own = make_instance(command="serve")
    assert set(own.ports) == {"gRPC", "metrics"}
