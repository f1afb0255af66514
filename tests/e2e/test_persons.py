"""One person's data through the real thing: the file and the erasure, by REST and by the command line."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp

from tests.e2e.instances import ROOT, ROOTS, Instance
from tests.e2e.rest import Rest
from tests.support.waiting import PATIENCE_S, until

ANN = {"customerIds": ["p-ann"], "contacts": ["ann@shop.example"]}


def event(number: int, customer: str, mail: str) -> dict[str, Any]:
    facts = {"customerId": customer, "mail": mail, "total": "12.50"}
    return {
        "id": f"person-{number}",
        "event_type": "ENTITY_EVENT",
        "entity_name": "ORDER",
        "entity_id": f"o-{number}",
        "event_payload": {"operation": "CREATE", "key_attributes": facts},
    }


def operator(session: aiohttp.ClientSession, system: Instance) -> Rest:
    return Rest(session, system.rest, {"authorization": f"Bearer {system.demo['operator_token']}"})


def cli(system: Instance, *arguments: str) -> str:
    paths = os.pathsep.join(str(ROOT / root) for root in ROOTS)
    environment = os.environ | {"PYTHONPATH": paths, "TIDINGS_OPERATOR_TOKEN": system.demo["operator_token"]}
    command = [sys.executable, "-m", "tidings_cli", "--server", system.grpc, "--json", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def exported(asked: Rest, person: dict[str, Any] = ANN) -> list[dict[str, Any]]:
    url = f"{asked.base}/admin/v1/tenants/demo/persons/export"
    async with asked.session.post(url, json=person, headers=asked.headers) as answer:
        assert (answer.status, answer.content_type) == (200, "application/x-ndjson")
        lines = [json.loads(line) for line in (await answer.read()).splitlines()]
    assert lines[-1] == {"end": {"rows": len(lines) - 1}}
    return lines[:-1]


async def done(asked: Rest, path: str) -> dict[str, Any]:
    answer = await until(lambda: asked("GET", path), lambda found: found.json["state"] == "DONE")
    return dict(answer.json)


async def test_a_person_is_exported_and_erased(rest: Rest, session: aiohttp.ClientSession, system: Instance) -> None:
    asked = operator(session, system)
    for number, (customer, mail) in enumerate([("p-ann", "ann@shop.example"), ("p-bob", "bob@shop.example")]):
        assert (await rest("POST", "/api/v1/events", json=event(number, customer, mail))).status == 201
    [row] = await exported(asked)
    assert (row["holding"], row["values"]["event_id"]) == ("events", "person-0")

    begun = await asked("POST", "/admin/v1/tenants/demo/persons/erase", json=ANN)
    assert (begun.status, begun.json["state"]) == (202, "RUNNING")
    erasure = await done(asked, begun.headers["location"])
    assert erasure["changed"]["events"] == 1
    assert await exported(asked) == []
    left = (await rest("GET", "/api/v1/events/person-0")).json
    assert left["entity_id"] == "o-0"
    pseudonym = erasure["pseudonym"]
    attributes = {"customerId": pseudonym, "mail": pseudonym, "total": "12.50"}
    assert left["event_payload"]["key_attributes"] == attributes
    other = (await rest("GET", "/api/v1/events/person-1")).json
    assert other["event_payload"]["key_attributes"]["mail"] == "bob@shop.example"


async def test_an_erased_customer_of_loyalty_is_found_by_the_pseudonym(
    rest: Rest, session: aiohttp.ClientSession, system: Instance
) -> None:
    asked, customer = operator(session, system), str(uuid4())
    flat = {"type": "POINTS_FLAT", "points": 7}
    rule = {"name": "r", "assesses": "ACTION", "nameSpace": {"equals": customer}, "fulfilments": [flat]}
    made = (await rest("POST", "/api/v1/rules", json=rule)).json
    await rest("POST", f"/api/v1/rules/{made['ruleId']}/activate", json={})
    action = {"customerId": customer, "nameSpace": customer, "eventId": str(uuid4()), "action": {"count": 1}}
    assert (await rest("POST", "/api/v1/events/actions", json=action)).status == 200
    before = await until(lambda: rest("GET", f"/api/v1/customers/{customer}"), lambda got: got.status == 200)
    begun = await asked("POST", "/admin/v1/tenants/demo/persons/erase", json={"customerIds": [customer.upper()]})
    pseudonym = (await done(asked, begun.headers["location"]))["pseudonym"]
    assert (await rest("GET", f"/api/v1/customers/{customer}")).status == 404
    for spelling in (pseudonym, pseudonym.upper()):
        after = await rest("GET", f"/api/v1/customers/{spelling}")
        assert (after.status, after.json["customerId"]) == (200, pseudonym), after.json
        assert after.json.get("balance") == before.json.get("balance")


async def test_the_command_line_does_the_same(rest: Rest, system: Instance, tmp_path: Path) -> None:
    assert (await rest("POST", "/api/v1/events", json=event(7, "p-cleo", "cleo@shop.example"))).status == 201
    whom = ("demo", "--customer", "p-cleo", "--contact", "cleo@shop.example")
    out = tmp_path / "cleo.jsonl"
    await asyncio.to_thread(cli, system, "person", "export", *whom, "--out", str(out))
    assert [json.loads(line) for line in out.read_text().splitlines()][-1] == {"end": {"rows": 1}}
    erased = json.loads(await asyncio.to_thread(cli, system, "person", "erase", *whom, "--yes"))
    assert (erased["state"], erased["changed"]["events"]) == ("DONE", 1)
    assert (
        json.loads(await asyncio.to_thread(cli, system, "person", "erasure", "demo", erased["id"]))["state"] == "DONE"
    )


async def test_only_the_operator_may(rest: Rest, session: aiohttp.ClientSession, system: Instance) -> None:
    for act in ("export", "erase"):
        assert (await rest("POST", f"/admin/v1/tenants/demo/persons/{act}", json=ANN)).status == 401
    asked = operator(session, system)
    assert (await asked("POST", "/admin/v1/tenants/demo/persons/erase", json={})).status == 400
    assert (await asked("POST", "/admin/v1/tenants/nobody/persons/erase", json=ANN)).status == 404
    assert (await asked("GET", "/admin/v1/tenants/demo/erasures/none")).status == 404
