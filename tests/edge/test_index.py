"""The page at `/`."""

import re

import pytest

from tests.edge.conftest import Rest
from tests.edge.scripted import ScriptedServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def test_a_person_gets_a_page_whose_links_are_paths_of_the_server(rest: Rest, server: ScriptedServer) -> None:
    page = await rest("GET", "/", headers=BROWSER)
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    links = re.findall(r'href="([^"]+)"', page.body.decode())
    assert {"/docs", "/openapi.json", "/console", "/healthz", "/version"} <= set(links)
    for link in links:
        assert (await rest("GET", link)).status == 200, link
    assert server.calls


@pytest.mark.parametrize("accept", [None, "*/*", "application/json"])
async def test_a_program_gets_the_same_links_as_json(rest: Rest, server: ScriptedServer, accept: str | None) -> None:
    answer = await rest("GET", "/", headers={"accept": accept} if accept else {})
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    page = await rest("GET", "/", headers=BROWSER)
    assert list(answer.json["links"].values()) == re.findall(r'href="([^"]+)"', page.body.decode())
    assert answer.headers["x-request-id"]
    assert server.calls == []


async def test_other_methods_are_unknown_there(rest: Rest, server: ScriptedServer) -> None:
    assert (await rest("POST", "/", json={})).status == 404
    assert server.calls == []
