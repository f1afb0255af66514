"""Load generator of one attack: it goes on until it is stopped, at the lowest priority of the machine.

Job: kind, http, grpc, headers (of the attacking tenant's caller), demo (all its credentials), rule (its costly rule).
It says when it has begun, and asks for no answer but to go on.
"""

import asyncio
import math
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import grpc.aio

from tests.bench.load_grpc import OPTIONS, SERVICE
from tests.bench.load_publish import PUBLISH, Producer
from tests.bench.processes import Answer, given_job, say
from tidings.collector.v1.events_pb2 import BatchCreateEventsRequest, CreateEventRequest, Event, EventPayload

LIMIT_S: Final = 600.0
NICE: Final = 19
SILENT: Final = 200
RECEIVER_HANGS_S: Final = 300.0
PER_MESSAGE: Final = 250
TINY: Final = Event(
    entity_name="ORDER",
    event_type=Event.EventType.ENTITY_EVENT,
    event_payload=EventPayload(operation=EventPayload.Operation.CREATE),
)

Attack = Callable[["Attacker"], Awaitable[None]]


class Attacker:
    """What an attack is made with."""

    def __init__(self, job: Answer, session: aiohttp.ClientSession, channel: grpc.aio.Channel) -> None:
        self.http: str = job["http"]
        self.headers: dict[str, str] = job["headers"]
        self.demo: dict[str, Any] = job["demo"]
        self.rule: str = job["rule"]
        self.session = session
        self.channel = channel

    async def ask(self, method: str, path: str, **options: Any) -> None:
        async with self.session.request(method, self.http + path, **options) as answer:
            await answer.read()

    async def call(self, method: str, request: bytes) -> None:
        call: Any = self.channel.unary_unary(f"{SERVICE}/{method}")
        await call(request, metadata=tuple(self.headers.items()), timeout=60)


def repeated(once: Attack, *, at_once: int, every_s: float = 0.0) -> Attack:
    """The same again and again, by so many at once."""

    async def again(attacker: Attacker) -> None:
        while True:
            try:
                await once(attacker)
            except (aiohttp.ClientError, grpc.aio.AioRpcError, OSError, TimeoutError):
                await asyncio.sleep(0.05)
            await asyncio.sleep(every_s)

    async def attack(attacker: Attacker) -> None:
        await asyncio.gather(*(again(attacker) for _ in range(at_once)))

    return attack


async def stranger(attacker: Attacker) -> None:
    body = '{"basket":{"basketItems":[' + ",".join(["{}"] * 90_000) + '],"basketId":"' + "x" * 700_000 + '"}}'
    await attacker.ask("POST", "/api/v1/events/basket", data=body, headers={"content-type": "application/json"})


async def silent_call(attacker: Attacker) -> None:
    async def nothing() -> AsyncIterator[bytes]:
        await asyncio.sleep(LIMIT_S)
        yield b""

    call: Any = attacker.channel.stream_unary(f"{SERVICE}/CreateEvent")
    await call(nothing())


async def silent_connection(attacker: Attacker) -> None:
    _, writer = await connected(attacker)
    try:
        await asyncio.sleep(5)
    finally:
        writer.close()


async def slow_reader(attacker: Attacker) -> None:
    _, writer = await connected(attacker)
    lines = [f"{name}: {value}" for name, value in attacker.headers.items()]
    head = "\r\n".join(["GET /api/v1/events?pageSize=500 HTTP/1.1", "Host: localhost", *lines])
    writer.write(f"{head}\r\n\r\n".encode())
    try:
        await asyncio.sleep(10)
    finally:
        writer.close()


async def guess(attacker: Attacker) -> None:
    form = {"grant_type": "client_credentials", "client_id": "demo-client", "client_secret": os.urandom(16).hex()}
    await attacker.ask("POST", "/oauth/token", data=form)


async def template(attacker: Attacker) -> None:
    body = "{% for c in '" + "x" * 400 + "' %}" + "{{ ('" + "y" * 64 + "'|upper|lower|title) }}" * 20 + "{% endfor %}"
    action = {"to": "ada@example.com", "subject": "s", "body": body}
    event = {"triggerType": "TIME", "trigger": {"cron": "0 * * * *"}, "actionType": "SEND_EMAIL", "action": action}
    await attacker.ask("POST", "/v1/events", json=event, headers=store(attacker))


async def tiny_batch(attacker: Attacker) -> None:
    await attacker.call("BatchCreateEvents", BatchCreateEventsRequest(events=[TINY] * 1_000).SerializeToString())


async def xml(attacker: Attacker) -> None:
    body = "<scheduledEvent>" + "<a/>" * 30_000 + "</scheduledEvent>"
    await attacker.ask("POST", "/v1/events", data=body, headers={**store(attacker), "content-type": "application/xml"})


async def search(attacker: Attacker) -> None:
    await attacker.ask("GET", "/api/v1/events?pageSize=500", headers=attacker.headers)


async def backtest(attacker: Attacker) -> None:
    keys = {name: attacker.demo[name] for name in ("tenant_id", "api_key", "api_secret")}
    headers = {"x-tenant-id": keys["tenant_id"], "x-api-key": keys["api_key"], "x-api-secret": keys["api_secret"]}
    await attacker.ask("POST", f"/api/v1/rules/{attacker.rule}/backtest", json={}, headers=headers)


async def event(attacker: Attacker) -> None:
    await attacker.call("CreateEvent", CreateEventRequest(event=TINY).SerializeToString())


async def stream(attacker: Attacker) -> None:
    """A stream of events, as many as the server takes."""
    call: Any = attacker.channel.stream_stream(PUBLISH)(metadata=tuple(attacker.headers.items()))
    producer = Producer(call, per_message=PER_MESSAGE)
    async with asyncio.TaskGroup() as group:
        group.create_task(producer.receive())
        group.create_task(producer.send(math.inf))


async def hanging_receivers(attacker: Attacker) -> None:
    """50 subscriptions whose receiver takes each request and answers none, and events for them."""

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.sleep(RECEIVER_HANGS_S)
        finally:
            writer.close()

    receiver = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = receiver.sockets[0].getsockname()[1]
    for number in range(50):
        hook = {"endpoint": f"http://127.0.0.1:{port}/{number}", "topics": ["order.created"]}
        headers = {"authorization": attacker.headers["authorization"]}
        await attacker.ask("POST", "/api/event/push/subscriptions", json=hook, headers=headers)
    await repeated(event, at_once=1, every_s=0.05)(attacker)


def store(attacker: Attacker) -> dict[str, str]:
    return {"store": attacker.demo["store"], "api_key": attacker.demo["store_api_key"]}


async def connected(attacker: Attacker) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    at = urlsplit(attacker.http)
    return await asyncio.open_connection(at.hostname, at.port)


ATTACKS: Final[dict[str, Attack]] = {
    "1 MB bodies without credentials": repeated(stranger, at_once=4),
    "calls without a message": repeated(silent_call, at_once=SILENT),
    "silent connections": repeated(silent_connection, at_once=SILENT),
    "slow readers": repeated(slow_reader, at_once=50),
    "password guesses": repeated(guess, at_once=20),
    "template bombs": repeated(template, at_once=4),
    "batches of tiny events": repeated(tiny_batch, at_once=2),
    "XML of 120 kB": repeated(xml, at_once=4),
    "search storm": repeated(search, at_once=16),
    "backtests": repeated(backtest, at_once=8),
    "ten times the quota": repeated(event, at_once=50, every_s=0.05),
    "50 hanging receivers": hanging_receivers,
    "a stream": stream,
}


async def main() -> None:
    os.nice(NICE)
    job = given_job(limit_s=LIMIT_S)
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
        grpc.aio.insecure_channel(job["grpc"], options=OPTIONS) as channel,
    ):
        say({"begun": True})
        await ATTACKS[job["kind"]](Attacker(job, session, channel))


if __name__ == "__main__":
    asyncio.run(main())
