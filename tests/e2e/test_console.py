"""The console as the server serves it: its files, its own policy, and the offer of the demo."""

import re

import aiohttp
import pytest

from tests.e2e.instances import Instance, instance

SAME_ORIGIN = {"sec-fetch-site": "same-origin"}


async def test_the_page_has_its_own_policy_and_the_api_keeps_its(
    session: aiohttp.ClientSession, system: Instance
) -> None:
    for path in ("/console", "/console/", "/console/events/an.id?topic=order.*"):
        async with session.get(system.rest + path) as page:
            assert page.status == 200, path
            assert page.content_type == "text/html"
            policy = page.headers["content-security-policy"]
            assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
    async with session.get(f"{system.rest}/api/v1/events") as refused:
        assert refused.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


async def test_all_that_the_page_loads_is_served_here_compressed_and_kept(
    session: aiohttp.ClientSession, system: Instance
) -> None:
    async with session.get(f"{system.rest}/console") as page:
        loaded = re.findall(r'(?:src|href)="([^"]+)"', await page.text())
    assert loaded
    for path in loaded:
        assert path.startswith("/console/assets/")
        async with session.get(system.rest + path, headers={"accept-encoding": "gzip"}) as asset:
            assert asset.status == 200, path
            assert asset.headers.get("content-encoding") == "gzip" or path.endswith(".svg")
            assert "immutable" in asset.headers["cache-control"]


async def test_there_is_nothing_else_and_no_other_method(session: aiohttp.ClientSession, system: Instance) -> None:
    for path in ("/console/assets/other.js", "/console/demo.txt", "/consoles"):
        async with session.get(system.rest + path) as answer:
            assert answer.status == 404, path
    async with session.post(f"{system.rest}/console") as answer:
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_the_demo_is_offered_to_the_page_of_this_machine(
    session: aiohttp.ClientSession, system: Instance
) -> None:
    async with session.get(f"{system.rest}/console/demo.json", headers=SAME_ORIGIN) as answer:
        offered = await answer.json()
    assert offered["client_secret"] == system.demo["client_secret"]
    assert not {"operator_token", "password"} & set(offered)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-origin", "host": "rebound.example"},
        {"sec-fetch-site": "same-origin", "x-real-ip": "203.0.113.7"},
        {"sec-fetch-site": "same-origin", "via": "1.1 proxy"},
    ],
)
async def test_no_other_page_host_or_proxy_is_offered_the_demo(
    session: aiohttp.ClientSession, system: Instance, headers: dict[str, str]
) -> None:
    async with session.get(f"{system.rest}/console/demo.json", headers=headers) as answer:
        assert answer.status == 404
        assert system.demo["client_secret"] not in await answer.text()


async def test_a_server_that_others_reach_offers_no_demo(session: aiohttp.ClientSession) -> None:
    with instance(http_host="0.0.0.0") as public:
        async with session.get(f"{public.rest}/console/demo.json", headers=SAME_ORIGIN) as answer:
            assert answer.status == 404
