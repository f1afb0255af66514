"""Two processes over one PostgreSQL: what one is told, both keep to."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from os import urandom

import aiohttp
import pytest

from tests.e2e.instances import Instance
from tests.e2e.rest import Rest, demo_rest
from tests.support.postgres import Cluster
from tests.support.waiting import until

READ = "/api/event/push/subscriptions"


@pytest.mark.postgresql
async def test_a_change_made_in_one_process_takes_effect_in_the_other(
    make_instance: Callable[..., Instance], postgres: Cluster, session: aiohttp.ClientSession
) -> None:
    url = postgres.url(postgres.create())
    master_key = urlsafe_b64encode(urandom(32)).decode()
    told, other = [make_instance(database_url=url, master_key=master_key) for _ in range(2)]
    operator = Rest(session, told.rest, {"authorization": f"Bearer {told.demo['operator_token']}"})
    caller = await demo_rest(session, told)
    elsewhere = Rest(session, other.rest, caller.headers)
    assert (await elsewhere("GET", READ)).status == 200

    assert (await operator("POST", "/admin/v1/tenants/demo/suspend")).status == 200
    await becomes(401, elsewhere)
    assert (await operator("POST", "/admin/v1/tenants/demo/resume")).status == 200
    await becomes(200, elsewhere)

    [key] = (await operator("GET", "/admin/v1/signing-keys")).json["keys"]
    assert (await operator("DELETE", f"/admin/v1/signing-keys/{key['id']}")).status == 204
    await becomes(401, elsewhere)
    assert (await (await demo_rest(session, told))("GET", READ)).status == 200
    assert (await operator("POST", "/admin/v1/master-key/rotate")).status == 409


async def becomes(status: int, caller: Rest) -> None:
    await until(lambda: caller("GET", READ), lambda answer: answer.status == status)
