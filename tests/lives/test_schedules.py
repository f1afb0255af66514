"""Schedules over changes of clocks, month ends and leap years, as data; the clock of the server is moved by hand.

Each file of `schedules` has a trigger, the instant of its creation (`now`), and when it fires, or the key that is
refused. `asleep_until` is when the server runs again after its creation. Each is played over gRPC, over REST, with
every call doubled, and with the two at once; a run by hand at the end is one more, and a deletion ends it.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from tests.support.installation import Installation
from tests.support.lives import FOLDER, at_moments
from tests.support.scheduled_events import HOURLY, serving
from tests.support.store_calls import StoreCalls, Way

SCHEDULES = sorted((FOLDER / "schedules").glob("*.yaml"))
WAYS = {
    "grpc": Way(),
    "rest": Way(rest="edge"),
    "rest-doubled": Way(rest="edge", times=2),
    "rest-at-once": Way(rest="edge", times=2, at_once=True),
}


def _told(path: Path) -> Mapping[str, Any]:
    told: Mapping[str, Any] = at_moments(yaml.safe_load(path.read_text()), datetime.now(UTC))
    return told


@pytest.fixture(params=list(WAYS.values()), ids=list(WAYS))
async def store(
    request: pytest.FixtureRequest, installation: Installation, edge: tuple[str, Path]
) -> AsyncIterator[StoreCalls]:
    address, socket = edge
    way = replace(request.param, rest=request.param.rest and address)
    async with aiohttp.ClientSession() as session, serving(installation, edge=socket) as stores:
        yield StoreCalls(stores, session, way)


@pytest.mark.parametrize("told", list(map(_told, SCHEDULES)), ids=[path.stem for path in SCHEDULES])
async def test_a_schedule(told: Mapping[str, Any], store: StoreCalls) -> None:
    clock = store.stores.installation.clock
    clock.advance(datetime.fromisoformat(told["now"]) - clock.now())
    status, made = await store("CreateScheduledEvent", event={**HOURLY, "trigger": told["trigger"]})
    if "refused" in told:
        assert (status, made["errorCode"], made["errorField"]) == (400, 907002, told["refused"])
        assert (await store.got("ListScheduledEvents"))["events"] == []
        return
    assert [each["id"] for each in (await store.got("ListScheduledEvents"))["events"]] == [made["id"]]
    scheduled_event = str(made["id"])
    preview = (await store.got("PreviewScheduledEvent", id=scheduled_event))["fireTimes"]
    if "asleep_until" not in told:
        assert [_plain(each) for each in preview][: len(told["fires"])] == told["fires"]
    for wakes_at in (*_moments(told, "asleep_until"), *map(datetime.fromisoformat, told["fires"])):
        if wakes_at > clock.now():
            await store.stores.pass_time(wakes_at - clock.now())
    assert await _ran(store, scheduled_event, "TIME") == told["fires"]
    await _run_by_hand_and_delete(store, scheduled_event, len(told["fires"]))


async def _run_by_hand_and_delete(store: StoreCalls, scheduled_event: str, fired: int) -> None:
    """However often it is asked for with one key, a run by hand is one; after its deletion nothing fires."""
    await store.got("RunScheduledEvent", id=scheduled_event)
    await store.stores.settle()
    assert len(await _ran(store, scheduled_event, "MANUAL")) == 1
    assert len(await store.stores.mails()) == fired + 1
    await store.stores.delete(scheduled_event)
    await store.stores.pass_time(timedelta(days=400))
    assert len(await store.stores.mails()) == fired + 1


async def _ran(store: StoreCalls, scheduled_event: str, cause: str) -> list[str]:
    runs = (await store.got("ListScheduledEventRuns", id=scheduled_event))["runs"]
    return sorted(_plain(run["scheduledAt"]) for run in runs if (run["cause"], run["state"]) == (cause, "DONE"))


def _moments(told: Mapping[str, Any], name: str) -> list[datetime]:
    return [datetime.fromisoformat(told[name])] if name in told else []


def _plain(instant: str) -> str:
    return datetime.fromisoformat(instant).astimezone(UTC).isoformat().replace("+00:00", "Z")
