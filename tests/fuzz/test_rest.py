"""Schemathesis over every path of the contract: what it allows is taken, what it does not is refused, nothing fails.

A new finding goes into corpus/rest.json, which is replayed by every run.
"""

import json
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from tests.fuzz.conformance import check_direction, check_responses, narrowed, without_credentials
from tests.fuzz.conftest import FEW, Target, openapi
from tests.support.waiting import PATIENCE_S

GROWTH_BYTES = 256 << 20
CORPUS = json.loads((Path(__file__).parent / "corpus" / "rest.json").read_text())

DOCUMENT = without_credentials(openapi())


def operations(document: dict[str, Any]) -> dict[str, Any]:
    """Operations of a document by their id."""
    found = (one.ok() for one in schemathesis.openapi.from_dict(document).get_all_operations() if isinstance(one, Ok))
    return {one.definition.raw["operationId"]: one for one in found}


OPERATIONS = operations(DOCUMENT)
VALID = operations(narrowed(DOCUMENT))
ENDLESS = frozenset({"text/event-stream"})


def is_endless(operation: Any) -> bool:
    answers = operation.definition.raw["responses"].values()
    return any(ENDLESS & set(answer.get("content", ())) for answer in answers)


def check(target: Target, response: Any) -> None:
    """No fault of the server, and every refusal in the body of its API."""
    asked, request_id = response.request, str(response.headers.get("x-request-id", "")).strip("[]'")
    told = f"{asked.method} {asked.url} {dict(asked.headers)}: {response.status_code} {response.text[:300]}"
    assert response.status_code < 500, f"{told}\n{target.fault(request_id)}"
    if response.status_code >= 400 and asked.method != "HEAD":
        problem = response.json()
        assert problem, told
        assert "Traceback" not in response.text, told
        assert "sqlalchemy" not in response.text.lower(), told
    assert response.headers["x-request-id"]


@pytest.fixture(scope="module", autouse=True)
def memory_stays(target: Target) -> Any:
    assert target.instance.process is not None
    server = psutil.Process(target.instance.process.pid)
    before = server.memory_info().rss
    yield
    assert server.is_running()
    assert server.memory_info().rss - before < GROWTH_BYTES


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
@pytest.mark.parametrize(
    "operation",
    [one for one in OPERATIONS.values() if not is_endless(one)],
    ids=lambda one: f"{one.method.upper()} {one.path}",
)
def test_the_server_does_what_the_document_says(
    target: Target, operation: Any, mode: GenerationMode, pytestconfig: pytest.Config
) -> None:
    raw, examples = operation.definition.raw, pytestconfig.getoption("--fuzz-examples")
    tried = VALID[raw["operationId"]] if mode is GenerationMode.POSITIVE else operation

    @settings(
        max_examples=3 * examples,
        derandomize=examples <= FEW,  # the usual run is the same each time; `make fuzz` looks elsewhere
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=tried.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        sent = {**(case.headers or {}), **target.headers[raw["x-api"]]}
        response = case.call(base_url=target.instance.rest, headers=sent, timeout=PATIENCE_S, allow_redirects=False)
        check(target, response)
        if response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
            check_responses(case, response)
            check_direction(case, response, mode)

    with suppress(Unsatisfiable):  # what takes nothing cannot be given anything wrong
        ask()


@pytest.mark.parametrize("one", CORPUS, ids=lambda one: one["why"])
def test_requests_of_the_corpus_are_answered(target: Target, one: dict[str, Any]) -> None:
    response = requests.request(
        one["method"],
        target.instance.rest + one["path"],
        data=one.get("body", "").encode("latin-1"),
        headers={**target.headers[one["dialect"]], "content-type": "application/json", **one.get("headers", {})},
        timeout=PATIENCE_S,
    )
    check(target, response)
    assert response.status_code in one["answers"], response.text
