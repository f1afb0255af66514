"""Every sample of the reference, sent to Envoy and to grpc-gateway, each before a server of its own: the same JSON.

An answer may differ as docs/grpc-gateway.md says, in no other way.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
import requests

from tests.e2e.instances import ROOT, Instance, instance
from tests.fuzz.conftest import token
from tests.gateway.comparison import KINDS, differences
from tests.gateway.gateways import built, running
from tests.gateway.samples import Journey, Sample, samples
from tests.support.waiting import PATIENCE_S

pytestmark = [pytest.mark.toolchain, pytest.mark.timeout(900)]

SAMPLES = samples()
BACKGROUND = re.compile(
    "State|Deliver|Replay|Recover|Runs|Mails|Counts|Failures|Parked|EventPull|Doctor|Health|Consumer"
)
"""RPCs that show what goes on in the background, which two servers do at different times."""


@dataclass(frozen=True)
class Front:
    """Envoy or a gateway, before a server."""

    base: str
    system: Instance

    def answers(self) -> dict[str, requests.Response]:
        """The answer to each sample, by operation."""
        journey, found = Journey(), {}
        headers = shown(self.system)
        for sample in SAMPLES:
            path = journey.path(sample)
            asked = replace(sample, query=journey.query(sample), body=journey.body(sample, path))
            found[sample.operation] = answer = self.ask(asked, path, headers)
            if answer.ok and answer.headers.get("content-type", "").startswith("application/json"):
                journey.learn(sample, path, answer.json())
        return found

    def ask(self, sample: Sample, path: str, headers: Mapping[str, dict[str, str]]) -> requests.Response:
        own = next(found for begins, found in headers.items() if path.startswith(begins))
        return requests.request(
            sample.method,
            self.base + path,
            params=dict(sample.query),
            headers=own,
            data=known(sample, sample.form, self.system),
            json=known(sample, sample.body, self.system),
            timeout=PATIENCE_S,
        )


def shown(system: Instance) -> Mapping[str, dict[str, str]]:
    """What callers of each path show, by how it begins."""
    demo = system.demo
    client = {"client_id": demo["client_id"], "client_secret": demo["client_secret"]}
    user = {"username": demo["username"], "password": demo["password"], "scope": "api"}
    of_client = f"Bearer {token(system, grant_type='client_credentials', **client)}"
    of_user = f"Bearer {token(system, grant_type='password', **client, **user)}"
    return {
        "/admin/": {"authorization": f"Bearer {demo['operator_token']}"},
        "/api/v4.1/": {"authorization": of_user},
        "/v1/events/user": {name: demo[name] for name in ("store", "user_id", "user_token")},
        "/v1/": {"store": demo["store"], "api_key": demo["store_api_key"]},
        "/": {"authorization": of_client, "x-twc-tenant": demo["tenant"]},
    }


def known(sample: Sample, body: Any, system: Instance) -> Any:
    """The sample's body with this server's credentials, which a sample can't know."""
    demo, own = system.demo, ("client_id", "client_secret", "username", "password")
    if not isinstance(body, dict) or ".admin." in sample.rpc:
        return body
    prefix = "store_" if sample.operation == "scheduling_LogIn" else ""
    return {**body, **{name: demo.get(prefix + name, demo[name]) for name in own if name in body}}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, requests.Response], ...]]:
    """Answers of Envoy and of the gateway."""
    program = built(tmp_path_factory.mktemp("gateway"))
    with instance() as first, instance() as second, running(program, second.grpc) as gateway:
        yield Front(first.rest, first).answers(), Front(gateway, second).answers()


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.operation for sample in SAMPLES])
def test_its_sample_is_answered_alike(answers: tuple[dict[str, requests.Response], ...], sample: Sample) -> None:
    one, other = (of_front[sample.operation] for of_front in answers)
    _, unlisted = differences(one, other, is_of_background=bool(BACKGROUND.search(sample.rpc)))
    assert not unlisted, "\n".join(unlisted)


def test_most_samples_are_no_refusals(answers: tuple[dict[str, requests.Response], ...]) -> None:
    """Some name what only another server has made, or has seen fail."""
    refused = [operation for operation, answer in answers[0].items() if not answer.ok]
    assert len(refused) < len(SAMPLES) / 6, refused


def test_the_page_lists_the_differences_that_there_are(answers: tuple[dict[str, requests.Response], ...]) -> None:
    one, other = answers
    found = {kind for operation in one for kind in differences(one[operation], other[operation])[0]}
    page = (ROOT / "docs/grpc-gateway.md").read_text()
    assert found == KINDS
    assert not [kind for kind in KINDS if f"\n| {kind} |" not in page]
