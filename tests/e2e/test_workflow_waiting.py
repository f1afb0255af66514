"""Sync events whose turn does not come in time: the caller hears PENDING, and the work is done once, later."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import aiohttp
import grpc
from google.protobuf.json_format import ParseDict

from tests.e2e.instances import Instance
from tests.e2e.workflow_users import API, Users, event, log_in
from tests.support.waiting import PATIENCE_S, until
from tidings.orchestration.v1 import events_pb2 as pb
from tidings.orchestration.v1.events_pb2_grpc import EventServiceStub

EVENT = f"{API}/event"
NEVER_US = 2**62
STARTS = {"name": "Start", "rules": [{"name": "ChangeState", "props": {"status": "NEW"}}]}
WORKFLOW = {"name": "ORDER::W", "entityType": "ORDER", "entitySubtype": "W", "rulesets": [STARTS]}


def write(instance: Instance, statement: str, *values: object) -> None:
    """To the instance's own database, which another process may write to for a moment."""
    with closing(sqlite3.connect(instance.data_dir / "tidings.db", timeout=PATIENCE_S)) as conn, conn:
        conn.execute(statement, values)


@contextmanager
def held(instance: Instance, *refs: str) -> Iterator[None]:
    """Orders of retailer 1 whose events wait, as they do behind one that has failed and will be tried again."""
    waiting = "INSERT INTO failed_event (consumer, key, seq, tenant_id, state, attempts, due_at, error) "
    for number, ref in enumerate(refs):
        row = ("workflow", f"1/1/ORDER:{ref}", -number, 1, "QUEUED", 1, NEVER_US, "Held by a test.")
        write(instance, f"{waiting} VALUES ({','.join('?' * len(row))})", *row)
    yield
    write(instance, "UPDATE failed_event SET due_at = 0 WHERE due_at = ?", NEVER_US)


async def ended(users: Users, event_id: str) -> str:
    """The event's final state, once it has one."""
    answer = await until(
        lambda: users.retailer("GET", f"{EVENT}/{event_id}"), lambda found: found.json["eventStatus"] != "PENDING"
    )
    return str(answer.json["eventStatus"])


async def by_grpc(
    instance: Instance, users: Users, sent: dict[str, Any], timeout_s: float
) -> pb.CreateSyncEventResponse:
    """The answer to a caller with a deadline of its own, which REST callers cannot name."""
    request = ParseDict({"event": sent}, pb.CreateSyncEventRequest())
    metadata = (("authorization", users.retailer.headers["authorization"]),)
    async with grpc.aio.insecure_channel(instance.grpc) as channel:
        answer: pb.CreateSyncEventResponse = await EventServiceStub(channel).CreateSyncEvent(
            request, metadata=metadata, timeout=timeout_s
        )
    return answer


async def test_an_event_that_does_not_run_in_time_is_202_and_runs_once_later(
    session: aiohttp.ClientSession, make_instance: Callable[..., Instance]
) -> None:
    instance = make_instance()
    users = await log_in(session, instance)
    assert (await users.account("PUT", f"{API}/workflow/ORDER::W", json=WORKFLOW)).status == 201
    by_rest, with_deadline = event("Start", entitySubtype="W"), event("Start", entitySubtype="W")
    assert instance.stop() == 0  # the only process of a SQLite database knows what waits, but for what it finds
    with held(instance, by_rest["entityRef"], with_deadline["entityRef"]):
        await asyncio.to_thread(instance.start)
        users = await log_in(session, instance)
        answer = await by_grpc(instance, users, with_deadline, timeout_s=5.0)
        assert answer.event_status == pb.Event.PENDING
        begun = time.monotonic()
        pending = await users.retailer("POST", f"{EVENT}/sync", json=by_rest)
        assert 29 < time.monotonic() - begun < PATIENCE_S
        event_id = pending.json["eventId"]
        assert pending.status == 202
        assert pending.json == {"eventId": event_id, "entityId": by_rest["entityId"], "eventStatus": "PENDING"}
        assert (await users.retailer("GET", f"{EVENT}/{event_id}")).json["eventStatus"] == "PENDING"
    assert await ended(users, event_id) == "COMPLETE"
    assert await ended(users, answer.event_id) == "COMPLETE"
    actions = await users.retailer("GET", f"{EVENT}?context.sourceEvents={event_id}&category=ACTION")
    assert [each["name"] for each in actions.json["results"]] == ["Change State"]
