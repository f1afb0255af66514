"""Values at the edges of what can be said: what is taken in can be listed, and nothing else is taken in."""

from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from tests.e2e.instances import Instance
from tests.e2e.loyalty_users import RULES, by_key
from tests.e2e.rest import Rest

RULE = {"assesses": "ORDER", "fulfilments": [{"type": "POINTS_FLAT", "points": 1}]}
BEYOND = ["9999-12-31T23:59:59-12:00", "2099-W01-1T00:00:00Z", "2099-01-01T00:00:00", "10000-01-01T00:00:00Z"]
AT_THE_EDGE = {
    "9999-12-31T23:59:59Z": "9999-12-31T23:59:59.000Z",
    "9999-12-31T23:59:59.999999999z": "9999-12-31T23:59:59.999Z",
    "9999-12-31t23:59:59+14:00": "9999-12-31T09:59:59.000Z",
}


@pytest.fixture
def shop(session: aiohttp.ClientSession, system: Instance) -> Rest:
    return by_key(session, system)


@pytest.fixture
def operator(session: aiohttp.ClientSession, system: Instance) -> Rest:
    return Rest(session, system.rest, {"authorization": f"Bearer {system.demo['operator_token']}"})


@pytest.mark.parametrize("instant", BEYOND)
async def test_an_instant_that_could_not_be_printed_is_refused(shop: Rest, operator: Rest, instant: str) -> None:
    made = await shop("POST", RULES, json={**RULE, "name": f"r-{uuid4()}", "effectiveTo": instant})
    assert made.status == 400, made.json
    assert (await shop("GET", RULES)).status == 200
    key = await operator("POST", "/admin/v1/keys", json={"tenantId": "demo", "expiresAt": instant})
    assert (key.status, key.json["fieldErrors"][0]["field"]) == (400, "expiresAt")
    assert (await operator("GET", "/admin/v1/keys?pageSize=500")).status == 200


@pytest.mark.parametrize(("instant", "printed"), AT_THE_EDGE.items())
async def test_the_last_instants_there_are_can_be_listed(
    shop: Rest, operator: Rest, instant: str, printed: str
) -> None:
    made = await shop("POST", RULES, json={**RULE, "name": f"r-{uuid4()}", "effectiveTo": instant})
    assert (made.status, made.json["effectiveTo"]) == (201, printed)
    listed = (await shop("GET", f"{RULES}?pageSize=100")).json["rules"]
    assert printed in {each["effectiveTo"] for each in listed}
    key = await operator("POST", "/admin/v1/keys", json={"tenantId": "demo", "expiresAt": instant})
    assert key.status == 201
    assert (await operator("GET", f"/admin/v1/credentials/{key.json['id']}")).json["expiresAt"] == printed


async def test_an_overlap_has_parts_of_a_second(operator: Rest) -> None:
    client = (await operator("POST", "/admin/v1/clients", json={"tenantId": "demo"})).json
    path = f"/admin/v1/credentials/{client['id']}/rotate"
    assert (await operator("POST", path, json={"overlap": "0.9s"})).json["oldSecretUntil"]


@pytest.mark.parametrize("overlap", ["315576000000s", "-1s", "2592000.000001s"])
async def test_an_overlap_has_bounds(operator: Rest, overlap: str) -> None:
    client = (await operator("POST", "/admin/v1/clients", json={"tenantId": "demo"})).json
    refused: Any = await operator("POST", f"/admin/v1/credentials/{client['id']}/rotate", json={"overlap": overlap})
    assert refused.status == 400
