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


PAGES = [
    "/",
    "/docs",
    "/docs/",
    "/docs/reference.js",
    "/docs/swagger-ui.css",
    "/openapi.json",
    "/console",
    "/console/a",
]


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_can_be_read_without_its_body(rest: Rest, server: ScriptedServer, path: str) -> None:
    page, head = [await rest(method, path, headers={"accept-encoding": "identity"}) for method in ("GET", "HEAD")]
    assert (page.status, head.status, head.body) == (200, 200, b"")
    assert head.headers["content-type"] == page.headers["content-type"]
    assert head.headers["content-length"] == str(len(page.body))
    assert server.calls == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", PAGES)
async def test_another_method_of_a_page_is_405_with_allow(
    rest: Rest, server: ScriptedServer, path: str, method: str
) -> None:
    answer = await rest(method, path)
    assert (answer.status, answer.headers.get("allow")) == (405, "GET, HEAD")
    assert (answer.json["path"], answer.json["message"]) == (path, "error.method_not_allowed")
    assert server.calls == []


@pytest.mark.parametrize("path", ["/docs/other.js", "/openapi.yaml", "/consoles", "/console/assets/other.js"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_what_is_no_page_is_404_with_every_method(
    rest: Rest, server: ScriptedServer, path: str, method: str
) -> None:
    answer = await rest(method, path)
    assert (answer.status, answer.headers.get("allow"), server.calls) == (404, None, [])
