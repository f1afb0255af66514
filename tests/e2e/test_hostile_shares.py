"""One tenant at its bound changes nothing for another (S6)."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from uuid import uuid4

import aiohttp

from tests.e2e.instances import Instance
from tests.e2e.rest import Rest, demo_rest, token

STREAMS = 220


async def test_one_tenant_does_not_take_all_event_streams(
    make_instance: Callable[..., Instance], session: aiohttp.ClientSession
) -> None:
    attacked = make_instance(max_streams=str(STREAMS))
    greedy = await demo_rest(session, attacked)
    operator = Rest(session, attacked.rest, {"authorization": f"Bearer {attacked.demo['operator_token']}"})
    name = f"t-{uuid4().hex[:8]}"
    assert (await operator("POST", "/admin/v1/tenants", json={"name": name})).status in {200, 201}
    client = (await operator("POST", "/admin/v1/clients", json={"tenantId": name})).json
    bearer = await token(session, attacked, client=client["clientId"], secret=client["clientSecret"])
    other = {"authorization": f"Bearer {bearer}", "x-twc-tenant": name}
    async with AsyncExitStack() as stack, aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as many:
        for _ in range(STREAMS):
            await stack.enter_async_context(many.get(f"{attacked.rest}/api/v1/event-stream", headers=greedy.headers))
        async with many.get(f"{attacked.rest}/api/v1/event-stream", headers=other) as answer:
            assert answer.status == 200
