"""Erasure of one recipient of a store's scheduled event: the others get their mail as before."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.installation import Installation
from tests.support.scheduled_events import HOURLY, ON_ORDER, Stores, serving
from tidings_server.platform.clock import Ids, ManualClock
from tidings_server.platform.sealing import Sealer
from tidings_server.privacy.api.event_bodies import PersonalEventBodies
from tidings_server.privacy.data_sources import data_sources
from tidings_server.privacy.erasures import Persons
from tidings_server.storage.database import Database

GONE, ID = "gone.person@example.com", "8f14e45f-ceea-467f-a8d3-2c1c4b7b4d11"
HOUR = timedelta(hours=1)


@pytest.fixture
async def stores(database_url: str, tmp_path: Path) -> AsyncIterator[Stores]:
    clock = ManualClock()
    database = await Database.open(database_url, clock=clock)
    installation = Installation(database, clock, tmp_path)
    await installation.provision()
    async with serving(installation) as stores:
        yield stores
    await database.close()


def event(to: object, base: Any = HOURLY, **action: str) -> dict[str, Any]:
    return {**base, "action": {**base["action"], "to": to, **action}}


async def erase(stores: Stores) -> Persons:
    database, clock = stores.installation.database, stores.installation.clock
    held = data_sources(database, PersonalEventBodies(), clock)
    persons = Persons(database, held, sealer=Sealer(b"k" * 32), clock=clock, ids=Ids(clock))
    await persons.erase("demo", customer_ids=[ID], contacts=[GONE], erasure_id=None)
    while await persons.run_once():
        pass
    return persons


async def test_only_the_recipient_goes(stores: Stores) -> None:
    made = await stores.create(event(["boss@example.com", GONE.upper(), "ada@example.com"]))
    await erase(stores)
    [left] = await stores.listed()
    assert left["action"] == {**HOURLY["action"], "to": ["boss@example.com", "ada@example.com"]}
    await stores.pass_time(HOUR)
    assert [mail.to for mail in await stores.mails()] == ["boss@example.com", "ada@example.com"]
    assert [run["state"] for run in await stores.runs(made["id"])] == ["DONE"]


async def test_texts_lose_only_the_mention(stores: Stores) -> None:
    await stores.create(event("boss@example.com", subject=GONE, body=f"Ask <{GONE}> of {ID}, {{{{ store }}}}"))
    persons = await erase(stores)
    await stores.pass_time(HOUR)
    [mail] = await stores.mails()
    assert (mail.to, mail.subject, mail.text) == ("boss@example.com", "***", "Ask <***> of ***, 1")
    assert [found async for found in persons.export("demo", customer_ids=[ID], contacts=[GONE])] == []


@pytest.mark.parametrize("to", [GONE, [GONE]])
@pytest.mark.parametrize("base", [HOURLY, ON_ORDER])
async def test_one_without_recipients_ends(stores: Stores, base: Any, to: object) -> None:
    made = await stores.create(event(to, base))
    kept = await stores.create(event("boss@example.com", base))
    if base is ON_ORDER:
        await stores.send("ORDER", "o-0")
        await stores.settle()
    before = len(await stores.mails())
    await erase(stores)
    assert [one["id"] for one in await stores.listed()] == [kept["id"]]
    await stores.send("ORDER", "o-1")
    for _ in range(2):
        await stores.pass_time(HOUR)
    assert {mail.to for mail in (await stores.mails())[before:]} == {"boss@example.com"}
    assert made["id"] != kept["id"]
    fired = [told for told in await stores.fired() if told["state"] != "DONE"]
    assert fired == []


async def test_a_condition_on_the_person_is_never_true_again(stores: Stores) -> None:
    trigger = {"topic": "order.created", "condition": f'event.entity_id == "{GONE}"'}
    await stores.create({**ON_ORDER, "trigger": trigger})
    await erase(stores)
    [left] = await stores.listed()
    assert left["trigger"] == {"topic": "order.created", "condition": 'event.entity_id == "***"'}
