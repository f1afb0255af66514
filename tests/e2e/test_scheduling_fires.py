"""A scheduled event on a running instance: it fires at its time, after a restart and on an event, and mail comes."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import aiohttp

from tests.e2e.instances import Instance
from tests.e2e.rest import Rest, demo_rest
from tests.support.waiting import until

EVENTS = "/v1/events"


def letter(to: str, trigger: dict[str, Any], *, on: str = "TIME") -> dict[str, Any]:
    action = {"to": to, "subject": "Note {{ event.entityId }}", "body": "At {{ scheduledAt }}"}
    return {"triggerType": on, "trigger": trigger, "actionType": "SEND_EMAIL", "action": action}


def store_of(session: aiohttp.ClientSession, instance: Instance) -> Rest:
    demo = instance.demo
    return Rest(session, instance.rest, {"store": demo["store"], "api_key": demo["store_api_key"]})


async def mails_to(rest: Rest, address: str, *, count: int = 1) -> list[dict[str, Any]]:
    """The mail to an address, once there are at least `count`."""

    async def read() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await rest("GET", f"/api/v1/mails?to={address}")).json["mails"]
        return found

    return await until(read, lambda found: len(found) >= count)


async def ended(store: Rest, event_id: int) -> list[dict[str, Any]]:
    """The runs of a scheduled event, once one has ended."""

    async def read() -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = (await store("GET", f"{EVENTS}/{event_id}/runs")).json["runs"]
        return runs

    return await until(read, lambda runs: any("endedAt" in run for run in runs))


async def test_mail_is_sent_at_its_time_and_not_before(
    session: aiohttp.ClientSession, system: Instance, rest: Rest
) -> None:
    """The delay after that time is measured by the benchmark."""
    store, address = store_of(session, system), f"{uuid4().hex}@example.com"
    at = datetime.now(UTC) + timedelta(seconds=3)
    made = await store("POST", EVENTS, json=letter(address, {"at": at.isoformat()}))
    assert made.status == 200, made.json
    [mail] = await mails_to(rest, address)
    assert mail["text"] == f"At {at.isoformat(timespec='milliseconds').replace('+00:00', 'Z')}"
    [run] = await ended(store, made.json["id"])
    assert datetime.fromisoformat(run["startedAt"]) - at >= timedelta(milliseconds=-1)
    assert (run["state"], run["cause"], run["mailed"]) == ("DONE", "TIME", 1)


async def test_an_event_sends_mail(session: aiohttp.ClientSession, system: Instance, rest: Rest) -> None:
    store, name = store_of(session, system), uuid4().hex
    condition = f'event.entity_id == "o-{name}"'
    trigger = {"topic": "order.created", "condition": condition}
    made = await store("POST", EVENTS, json=letter(f"{name}@example.com", trigger, on="EVENT"))
    assert made.status == 200, made.json
    event = {
        "entity_id": f"o-{name}",
        "entity_name": "ORDER",
        "event_type": "ENTITY_EVENT",
        "event_payload": {"operation": "CREATE"},
    }
    assert (await rest("POST", "/api/v1/events", json=event)).status == 201
    [mail] = await mails_to(rest, f"{name}@example.com")
    assert mail["subject"] == f"Note o-{name}"
    await store("DELETE", f"{EVENTS}/{made.json['id']}")


async def test_a_run_by_hand_sends_mail_once_for_one_idempotency_key(
    session: aiohttp.ClientSession, system: Instance, rest: Rest
) -> None:
    store, address = store_of(session, system), f"{uuid4().hex}@example.com"
    made = await store("POST", EVENTS, json=letter(address, {"cron": "0 0 1 1 *"}))
    target = f"{EVENTS}/{made.json['id']}"
    preview = await store("GET", f"{target}/preview")
    assert (preview.status, len(preview.json["fireTimes"]), preview.json["mails"][0]["to"]) == (200, 10, address)
    runs = [await store("POST", f"{target}/run", headers={"idempotency-key": address[:32]}) for _ in range(3)]
    assert [run.status for run in runs] == [202, 202, 202]
    assert len({run.json["id"] for run in runs}) == 1
    assert len(await mails_to(rest, address)) == 1
    assert len(await ended(store, made.json["id"])) == 1


async def test_misfires_during_downtime_are_executed_once(session: aiohttp.ClientSession, own: Instance) -> None:
    address = f"{uuid4().hex}@example.com"
    at = datetime.now(UTC) + timedelta(seconds=5)
    made = await store_of(session, own)("POST", EVENTS, json=letter(address, {"at": at.isoformat()}))
    assert made.status == 200, made.json
    own.kill()
    await asyncio.sleep((at - datetime.now(UTC)).total_seconds())
    own.start()
    [mail] = await mails_to(await demo_rest(session, own), address)
    assert mail["to"] == address
    [run] = await ended(store_of(session, own), made.json["id"])
    assert (run["state"], run["cause"]) == ("DONE", "TIME")
