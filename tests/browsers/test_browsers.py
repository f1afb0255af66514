"""A real browser (Chromium): calls from a page of another origin, and the REST reference."""

import asyncio
import json
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.e2e.instances import ROOT, Instance, instance
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.toolchain

CLIENT = ROOT / "clients/typescript"
EVENTS = "/tidings.collector.v1.EventService"
PAGE = '<!doctype html><script type="module" src="/page.js"></script>'


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's script with the client in it, as a shop would build it."""
    made = tmp_path_factory.mktemp("bundle") / "page.js"
    for command in (
        ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"),
        ("npm", "run", "--silent", "build"),
        ("npx", "esbuild", "dist/test/browser.js", "--bundle", "--format=esm", f"--outfile={made}"),
    ):
        done = subprocess.run(command, cwd=CLIENT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return made


class Page:
    """A page on an origin of its own, which tells what came of its calls."""

    def __init__(self, script: Path) -> None:
        self._script = script
        self.settings: dict[str, str] = {}
        self.result: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """The page's origin."""
        app = web.Application()
        app.router.add_get("/", self._page)
        app.router.add_get("/page.js", self._code)
        app.router.add_get("/settings", self._settings)
        app.router.add_post("/result", self._take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        await runner.cleanup()

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def _code(self, _: web.Request) -> web.Response:
        return web.Response(body=self._script.read_bytes(), content_type="text/javascript")

    async def _settings(self, _: web.Request) -> web.Response:
        return web.json_response(self.settings)

    async def _take(self, request: web.Request) -> web.Response:
        self.result.set_result(json.loads(await request.text()))
        return web.Response()


def browser(directory: Path, *arguments: str) -> list[str]:
    """The command of a browser that knows nothing yet."""
    alone = ("--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    return ["chromium", "--headless=new", *alone, f"--user-data-dir={directory}", *arguments]


async def asked(page: Page, system: Instance, origin: str, directory: Path) -> dict[str, Any]:
    """What came of the page's calls."""
    demo = system.demo
    page.settings = {"rest": system.rest, "clientId": demo["client_id"], "clientSecret": demo["client_secret"]}
    command, quiet = browser(directory, origin), subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet)
    try:
        return await asyncio.wait_for(page.result, PATIENCE_S)
    finally:
        process.kill()
        await process.wait()


@pytest.mark.timeout(600)
async def test_a_page_of_an_allowed_origin_calls_by_both_protocols(bundle: Path, tmp_path: Path) -> None:
    page = Page(bundle)
    async with page.served() as origin:
        with instance(cors_origins=origin) as system:
            said = await asked(page, system, origin, tmp_path)
    refusal = ["InvalidInput", "INVALID_INPUT", "topic"]
    expected = {"entityId": "browser", "refusal": refusal, "noStream": refusal, "watched": "ORDER"}
    assert said == {"grpcWeb": expected, "connect": expected}


@pytest.mark.timeout(600)
async def test_a_page_of_another_origin_is_refused_by_the_browser(bundle: Path, tmp_path: Path) -> None:
    page = Page(bundle)
    async with page.served() as origin:
        with instance() as system:
            said = await asked(page, system, origin, tmp_path)
    assert all("Failed to fetch" in one["failed"] for one in said.values())


async def test_a_call_as_browsers_make_it_is_no_call_of_rest() -> None:
    """What a page names in headers of the edge counts for nothing, and native gRPC does not pass the edge."""
    forged = {"x-envoy-original-path": "/api/v1/events/x", "x-tidings-client": "192.0.2.1", "x-grpc-web": "1"}
    with instance() as system:
        async with aiohttp.ClientSession() as session:

            async def post(kind: str, path: str = f"{EVENTS}/GetEvent") -> aiohttp.ClientResponse:
                headers = {"content-type": kind, **forged}
                answer = await session.post(system.rest + path, data=b"\0" * 5, headers=headers)
                await answer.read()
                return answer

            refused = await post("application/grpc-web+proto")
            assert (refused.status, refused.headers["grpc-status"]) == (200, "16")
            assert refused.headers["content-type"] == "application/grpc-web+proto"
            assert (await post("application/grpc")).headers["grpc-status"] == "12"
            assert (await post("application/json")).status in {404, 415}
            assert (await post("application/grpc-web+proto", "/api/v1/events")).status == 415
            lines = [json.loads(one) for one in system.log.splitlines() if one.startswith("{") and EVENTS in one]
            assert {one["path"] for one in lines} == {f"{EVENTS}/GetEvent"}


def test_the_reference_is_shown_without_an_error_and_asks_no_other_host(tmp_path: Path) -> None:
    record = tmp_path / "network.json"
    watching = ("--enable-logging=stderr", f"--log-net-log={record}", "--disable-background-networking")
    with instance() as system:
        done = subprocess.run(
            browser(tmp_path, *watching, "--virtual-time-budget=120000", "--dump-dom", f"{system.rest}/docs"),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
    assert done.returncode == 0, done.stderr
    assert 'class="opblock-tag' in done.stdout  # the document has been read and is shown
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []  # nor a violation of the policy
    # What Chromium asks by itself has no origin as its initiator.
    of_page = re.findall(r'"initiator":"https?://[^\n]*?"url":"(https?://[^/"]+)', record.read_text())
    assert set(of_page) == {system.rest}
