"""Templates and XML of one tenant that would hold up all: refused at once, and nobody waits meanwhile."""

import aiohttp
import pytest

from tests.e2e.hostile import bystander
from tests.e2e.instances import Instance
from tests.e2e.rest import Rest

REFUSED = {
    "{{ 1|round(4000000,'ceil') }}": "round",
    "{{a}}" * 3_200: "1,500",
    "{{ " + "a < " * 4_000 + "a }}": "1,500",
    "{{ nosuch }}": "line 1: there is no variable of this name (6 characters)",
    "{{ event.nosuch }}": "line 1: event has no member of this name (6 characters)",
    "\n{{ store|round }}": "line 2: the filter round takes no such thing as a text",
}


@pytest.mark.parametrize(("body", "said"), REFUSED.items())
async def test_a_template_that_takes_long_or_names_nothing_is_refused(
    system: Instance, session: aiohttp.ClientSession, body: str, said: str
) -> None:
    store = Rest(session, system.rest, {"store": system.demo["store"], "api_key": system.demo["store_api_key"]})
    event = {
        "actionType": "SEND_EMAIL",
        "action": {"to": "ada@example.com", "subject": "Hello", "body": body},
        "triggerType": "TIME",
        "trigger": {"at": "2999-01-01T00:00:00Z"},
    }
    async with bystander(system):
        refused = await store("POST", "/v1/events", json=event)
    assert refused.status == 400
    assert said in refused.json["errorMessage"], refused.json


async def test_xml_of_a_megabyte_delays_no_other_call(system: Instance, session: aiohttp.ClientSession) -> None:
    store = Rest(session, system.rest, {"store": system.demo["store"], "api_key": system.demo["store_api_key"]})
    body = b"<scheduledEvent>" + b"<action/>" * 105_000 + b"</scheduledEvent>"
    async with bystander(system):
        refused = await store("POST", "/v1/events", data=body, headers={"content-type": "application/xml"})
    assert refused.status == 413
