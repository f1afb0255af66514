"""Settings of the edge: origins of browsers, proxies before it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from tests.edge.conftest import Fronted, Rest, fronting
from tests.edge.scripted import ScriptedServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVENT = "/api/v1/events/1"
SHOP, STRANGER = "https://shop.example", "https://shop.example.evil"
PREFLIGHT = {"access-control-request-method": "PUT", "access-control-request-headers": "authorization, x-twc-tenant"}


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def opened() -> AsyncIterator[Fronted]:
    """An edge that pages of the shop may call, behind one proxy."""
    async with fronting(cors_origins=(SHOP, "http://localhost:3000"), trusted_proxies=1) as fronted:
        yield fronted


@pytest_asyncio.fixture(loop_scope="session")
async def shop(opened: Fronted) -> AsyncIterator[Rest]:
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield Rest(session, opened.edge.port)


async def test_no_origin_is_allowed_unless_it_is_named(rest: Rest) -> None:
    answer = await rest("GET", EVENT, headers={"origin": SHOP})
    assert answer.status == 200
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert (await rest("OPTIONS", EVENT, headers={"origin": SHOP, **PREFLIGHT})).status == 405


async def test_a_page_of_an_allowed_origin_may_send_and_read(shop: Rest) -> None:
    asked = await shop("OPTIONS", EVENT, headers={"origin": SHOP, **PREFLIGHT})
    assert asked.status == 200
    assert asked.headers["access-control-allow-origin"] == SHOP
    assert "PUT" in asked.headers["access-control-allow-methods"]
    assert "authorization" in asked.headers["access-control-allow-headers"]
    for path, status in ((EVENT, 200), ("/nowhere", 404)):
        answer = await shop("GET", path, headers={"origin": SHOP})
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (status, SHOP)
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("origin", [STRANGER, "http://shop.example", "https://SHOP.example.", "null", "https://evil"])
async def test_other_origins_are_not(shop: Rest, origin: str) -> None:
    answer = await shop("GET", EVENT, headers={"origin": origin})
    assert "access-control-allow-origin" not in answer.headers
    assert (await shop("OPTIONS", EVENT, headers={"origin": origin, **PREFLIGHT})).status == 405


async def test_the_server_gets_the_address_of_the_client(rest: Rest, server: ScriptedServer) -> None:
    lies = {"x-forwarded-for": "9.9.9.9", "x-tidings-client": "8.8.8.8", "x-envoy-external-address": "7.7.7.7"}
    await rest("GET", EVENT, headers=lies)
    assert server.last.metadata["x-tidings-client"] == "127.0.0.1"


async def test_a_trusted_proxy_sets_the_address_of_the_client(shop: Rest, opened: Fronted) -> None:
    await shop("GET", EVENT, headers={"x-forwarded-for": "6.6.6.6, 9.9.9.9", "x-tidings-client": "8.8.8.8"})
    assert opened.server.last.metadata["x-tidings-client"] == "9.9.9.9"
