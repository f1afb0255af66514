"""Server-sent events through a real Envoy, read as a browser reads them: connect, lose the connection, go on."""

import asyncio
import json
import time
from contextlib import suppress
from typing import Any
from uuid import uuid4

import aiohttp

from tests.e2e.rest import Rest
from tests.support.waiting import PATIENCE_S

STREAM = "/api/v1/event-stream"
LONG_S = 65.0
"""Longer than any other call may take, which is 60 s."""


async def test_a_stream_resumes_where_the_connection_was_lost(rest: Rest) -> None:
    run = uuid4().hex
    target = f"{rest.base}{STREAM}?topic=order.*"
    async with asyncio.timeout(PATIENCE_S):
        async with rest.session.get(target, headers=rest.headers) as answer:
            assert (answer.status, answer.content_type) == (200, "text/event-stream")
            storing = asyncio.create_task(store_until_cancelled(rest, run))
            seen = await read_event(answer.content)
            storing.cancel()
            with suppress(asyncio.CancelledError):
                await storing
        assert (seen["event"], json.loads(seen["data"])["topic"]) == ("order.created", "order.created")
        await store(rest, f"{run}-cart", entity_name="CART")
        await store(rest, f"{run}-last")
        async with rest.session.get(target, headers={**rest.headers, "last-event-id": seen["id"]}) as answer:
            ids = []
            while f"{run}-last" not in ids:
                ids.append(json.loads((await read_event(answer.content))["data"])["event"]["id"])
    assert json.loads(seen["data"])["event"]["id"] not in ids
    assert f"{run}-cart" not in ids


async def test_a_stream_outlives_the_deadline_of_other_calls(rest: Rest) -> None:
    run = uuid4().hex
    began = time.monotonic()
    async with (
        asyncio.timeout(LONG_S + PATIENCE_S),
        rest.session.get(f"{rest.base}{STREAM}?topic=order.*", headers=rest.headers) as answer,
    ):
        while time.monotonic() - began < LONG_S:  # heartbeats meanwhile
            await answer.content.readuntil(b"\n\n")
        await store(rest, run)
        while json.loads((await read_event(answer.content))["data"])["event"]["id"] != run:
            pass


async def test_a_forged_position_is_refused_in_the_dialects_body(rest: Rest) -> None:
    answer = await rest("GET", f"{STREAM}?after=nobody")
    assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
    assert [error["field"] for error in answer.json["fieldErrors"]] == ["after"]


async def store_until_cancelled(rest: Rest, run: str) -> None:
    """A watcher sees what is stored from its start on: when that is, only its first event tells."""
    number = 0
    while True:
        await store(rest, f"{run}-{number}")
        number += 1


async def store(rest: Rest, event_id: str, **other: Any) -> None:
    event = {"event_type": "ENTITY_EVENT", "entity_name": "ORDER", "id": event_id, **other}
    assert (await rest("POST", "/api/v1/events", json=event)).status == 201


async def read_event(stream: aiohttp.StreamReader) -> dict[str, str]:
    """The next event's fields; comments are passed over."""
    while True:
        block = (await stream.readuntil(b"\n\n")).decode().removesuffix("\n\n")
        fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        if "data" in fields:
            return fields
