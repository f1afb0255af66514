"""Connections and receivers that mean harm: everybody else is served meanwhile, or soon again."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import aiohttp

from tests.e2e.instances import Instance
from tests.e2e.rest import demo_rest
from tests.support.receiver import Answer, Receiver
from tests.support.waiting import PATIENCE_S, until

MOST = 40
SILENT_S = 30.0
"""What silent connections may keep others out; a listener filter ends them after 2 s. Once it was 150 s and on."""
KEYS = {"region": "eu-west-1", "accessKey": "AKIAIOSFODNN7EXAMPLE", "accessSecret": "secret"}


async def test_silent_connections_keep_others_out_for_seconds_alone(make_instance: Callable[..., Instance]) -> None:
    attacked = make_instance(max_connections=str(MOST))
    async with AsyncExitStack() as stack:
        for _ in range(MOST):
            _, writer = await asyncio.open_connection("127.0.0.1", attacked.ports["REST"])
            stack.callback(writer.close)
        started = time.monotonic()

        async def is_served() -> bool:
            try:
                async with (
                    aiohttp.ClientSession() as session,
                    session.get(f"{attacked.rest}/healthz") as answer,
                ):
                    return answer.status == 200
            except aiohttp.ClientError:
                return False

        await until(is_served, bool)
        assert time.monotonic() - started < SILENT_S


async def test_a_queue_with_invalid_answers_stops_no_other_deliveries(
    make_instance: Callable[..., Instance], session: aiohttp.ClientSession
) -> None:
    """What it answered could not be stored; with it went the attempts of all, and after 500 nothing was sent."""
    async with Receiver() as queue, Receiver() as hook:

        def lie(request: Any) -> Answer:
            sent = json.loads(request.body)["Entries"]
            lies = [{"Id": each["Id"], "MessageId": "\ud800", "MD5OfMessageBody": "x"} for each in sent]
            return Answer(body=json.dumps({"Successful": lies}).encode())

        queue.paths["/123456789012/lies"] = lie
        attacked = make_instance(retry_first_s="1")
        rest = await demo_rest(session, attacked)
        where = {"type": "SQS", "sqs": {**KEYS, "queueUrl": queue.url("/123456789012/lies")}}
        made = await rest("POST", "/api/v1/event-subscription", json={"entityType": "ORDER", "destination": where})
        assert made.status == 201, made.body
        pushed = {"endpoint": hook.url(), "topics": ["order.*"]}
        assert (await rest("POST", "/api/event/push/subscriptions", json=pushed)).status in {200, 201}
        names = [f"e-{uuid4()}" for _ in range(20)]
        for name in names:
            event = {"id": name, "entity_id": "1", "entity_name": "ORDER", "event_type": "ENTITY_EVENT",
                     "event_payload": {"operation": "CREATE"}}  # fmt: skip
            assert (await rest("POST", "/api/v1/events", json=event)).status == 201

        async def states() -> list[str]:
            found = (await rest("GET", f"/api/v1/events/{names[-1]}/deliveries")).json["deliveries"]
            return sorted(each["status"] for each in found)

        async with asyncio.timeout(PATIENCE_S):
            await until(states, lambda found: "DELIVERED" in found and "PENDING" not in found)
        asked = len(queue.requests)
        await asyncio.sleep(3)
        assert len(queue.requests) == asked, "what was delivered is not sent again"
