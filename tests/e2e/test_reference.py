"""The REST reference as the server serves it: the document, and a viewer that asks no other host for anything."""

import json
import re
from pathlib import Path

import aiohttp

from tests.e2e.instances import Instance

OPENAPI = Path(__file__).parents[2] / "generated" / "openapi" / "tidings.json"
ELSEWHERE = re.compile(r"""(?:src|href)=["'](?:https?:)?//""")


async def test_the_document_is_served(session: aiohttp.ClientSession, system: Instance) -> None:
    async with session.get(f"{system.rest}/openapi.json") as answer:
        assert answer.content_type == "application/json"
        assert await answer.json() == json.loads(OPENAPI.read_text())


async def test_the_viewer_and_all_that_it_loads_are_served_here(
    session: aiohttp.ClientSession, system: Instance
) -> None:
    for path in ("/docs", "/docs/"):
        async with session.get(system.rest + path) as page:
            text = await page.text()
            policy = page.headers["content-security-policy"]
        assert page.content_type == "text/html"
        assert "default-src 'none'" in policy
        assert "connect-src 'self'" in policy
        assert not ELSEWHERE.search(text)
        for loaded in re.findall(r'(?:src|href)="([^"]+)"', text):
            async with session.get(system.rest + loaded) as asset:
                assert asset.status == 200, loaded
                assert await asset.read()


async def test_the_viewer_takes_no_other_method_and_has_no_other_files(
    session: aiohttp.ClientSession, system: Instance
) -> None:
    async with session.post(f"{system.rest}/docs") as answer:
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    async with session.get(f"{system.rest}/docs/LICENSE") as answer:
        assert answer.status == 404
