"""Schedules over changes of clocks, month ends and leap years, as data; the clock of the server is moved by hand.

Each file of `schedules` has a trigger, the instant of its creation (`now`), and when it fires, or the key that is
refused. `asleep_until` is when the server runs again after its creation.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.installation import Installation
from tests.support.lives import FOLDER, at_moments
from tests.support.scheduled_events import HOURLY, Stores, serving

SCHEDULES = sorted((FOLDER / "schedules").glob("*.yaml"))


def _told(path: Path) -> Mapping[str, Any]:
    told: Mapping[str, Any] = at_moments(yaml.safe_load(path.read_text()), datetime.now(UTC))
    return told


@pytest.fixture
async def stores(installation: Installation) -> AsyncIterator[Stores]:
    async with serving(installation) as stores:
        yield stores


@pytest.mark.parametrize("told", list(map(_told, SCHEDULES)), ids=[path.stem for path in SCHEDULES])
async def test_a_schedule(told: Mapping[str, Any], stores: Stores) -> None:
    clock = stores.installation.clock
    clock.advance(datetime.fromisoformat(told["now"]) - clock.now())
    event = {**HOURLY, "trigger": told["trigger"]}
    if "refused" in told:
        body = await stores.refused(event)
        assert (body["errorCode"], body["errorField"]) == (907002, told["refused"])
        return
    made = await stores.create(event)
    preview = (await stores.preview(made["id"]))["fireTimes"]
    if "asleep_until" not in told:
        assert [_plain(each) for each in preview][: len(told["fires"])] == told["fires"]
    for wakes_at in (*_moments(told, "asleep_until"), *map(datetime.fromisoformat, told["fires"])):
        if wakes_at > clock.now():
            await stores.pass_time(wakes_at - clock.now())
    runs = [run for run in await stores.runs(made["id"]) if run["state"] == "DONE"]
    assert sorted(_plain(run["scheduledAt"]) for run in runs) == told["fires"]


def _moments(told: Mapping[str, Any], name: str) -> list[datetime]:
    return [datetime.fromisoformat(told[name])] if name in told else []


def _plain(instant: str) -> str:
    return datetime.fromisoformat(instant).astimezone(UTC).isoformat().replace("+00:00", "Z")
