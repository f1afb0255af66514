"""One instance for all of the fuzzing, and what callers of each dialect show it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import grpc
import pytest

from tests.e2e.instances import Instance, instance
from tests.fuzz.expensive_bodies import of_request
from tests.fuzz.good_requests import CONDITIONED
from tests.fuzz.loop_callers import Headers, headers_by_dialect, send
from tests.support.served_loop import ServedLoop, served_loop
from tidings_server.rpc.dialects import BY_SERVICE
from tidings_server.rpc.method import rpc_of

OPENAPI = Path(__file__).parents[2] / "generated" / "openapi" / "tidings.json"

FEW = 1
"""What `--fuzz-examples` is in a usual run."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz-examples",
        type=int,
        default=FEW,
        help="a third of the requests of each kind for each path; texts: 100 times as many",
    )


@dataclass(frozen=True)
class Target:
    """The base of REST, and the headers of an authenticated caller by dialect."""

    instance: Instance
    headers: dict[str, dict[str, str]]

    def fault(self, request_id: str) -> str:
        """The last fault that the server has logged."""
        lines = [line for line in self.instance.log.splitlines() if "Traceback" in line or request_id in line]
        return lines[-1].replace("\\n", "\n") if lines else "nothing is logged"


@pytest.fixture(scope="session")
def target() -> Iterator[Target]:
    # Nothing is to be delivered anywhere, and guessing is what is done here.
    with instance(failed_logins_per_minute="1000000", scheduling_per_minute="1000000", egress_allow="") as started:
        demo = started.demo
        client = {"client_id": demo["client_id"], "client_secret": demo["client_secret"]}
        user = {"username": demo["username"], "password": demo["password"]}
        of_client = token(started, grant_type="client_credentials", **client)
        of_user = token(started, grant_type="password", scope="api", **client, **user)
        headers = {
            "collector": {"authorization": f"Bearer {of_client}", "x-twc-tenant": demo["tenant"]},
            "push": {"authorization": f"Bearer {of_client}"},
            "orchestration": {"authorization": f"Bearer {of_user}"},
            "scheduling": {"store": demo["store"], "api_key": demo["store_api_key"]},
            "loyalty": {
                "x-tenant-id": demo["tenant_id"],
                "x-api-key": demo["api_key"],
                "x-api-secret": demo["api_secret"],
            },
            "admin": {"authorization": f"Bearer {demo['operator_token']}"},
            "identity": {},
        }
        yield Target(started, headers)


def token(started: Instance, **form: str) -> str:
    asked = Request(f"{started.rest}/oauth/token", data=urlencode(form).encode())
    with urlopen(asked) as answer:
        return str(json.load(answer)["access_token"])


def openapi() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(OPENAPI.read_text())
    return found


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedLoop]:
    with served_loop(tmp_path_factory.mktemp("served") / "data") as started:
        yield started


@pytest.fixture(scope="package")
def headers(server: ServedLoop) -> dict[str, Headers]:
    """Those of each dialect's caller, whose tenant has conditions that every event is looked at for."""
    found = dict(headers_by_dialect(server))
    for path, request in CONDITIONED.items():
        body = of_request(request, rpc_of(path).request)
        assert send(server, path, body, found[BY_SERVICE[path.split("/")[1]].name]) is grpc.StatusCode.OK
    return found
