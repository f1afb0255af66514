"""The OpenAPI document: every operation has what readers, generators of clients and testers need."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tidings_server.delivery.message import ErrorType

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = json.loads((ROOT / "generated" / "openapi" / "tidings.json").read_text())


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        for verb, operation in item.items():
            yield f"{verb.upper()} {path}", operation


OPERATIONS = dict(operations())


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_has_an_example_of_its_request_and_of_its_response(name: str) -> None:
    operation = OPERATIONS[name]
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    answers = [
        answer for code, answer in operation["responses"].items() if code.startswith("2") and "content" in answer
    ]
    assert all("example" in media for body in bodies for media in body["content"].values())
    assert all("example" in media for answer in answers for media in answer["content"].values())


@pytest.mark.parametrize("name", OPERATIONS)
def test_examples_are_what_the_schema_says(name: str) -> None:
    operation = OPERATIONS[name]
    parts = [operation.get("requestBody", {}), *operation["responses"].values()]
    for media in (media for part in parts for media in part.get("content", {}).values()):
        if "example" in media:
            schema = {**media["schema"], "components": DOCUMENT["components"]}
            jsonschema.Draft202012Validator(schema).validate(media["example"])


@pytest.mark.parametrize("name", OPERATIONS)
def test_refusals_have_the_error_body_of_the_api(name: str) -> None:
    operation = OPERATIONS[name]
    for code in ("400", "4XX", "5XX"):
        reference = operation["responses"][code]["$ref"]
        assert reference == f"#/components/responses/{operation['x-api']}.{code}"


def test_what_the_documents_require_is_required() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert schemas["collector.EventInput"]["required"] == ["event_type"]
    assert schemas["orchestration.NewEvent"]["required"] == ["entityType", "name"]
    assert "required" not in schemas["collector.JobChange"]


def test_texts_with_few_values_list_them() -> None:
    query = {one["name"]: one["schema"] for one in OPERATIONS["GET /api/v1/recoveries/preview"]["parameters"]}
    body = DOCUMENT["components"]["schemas"]["collector.CreateRecoveryRequest"]["properties"]
    assert set(query["errorType"]["enum"]) == set(body["errorType"]["enum"]) == set(ErrorType)


def test_a_bare_list_is_a_list() -> None:
    content = OPERATIONS["GET /api/v1/jobs"]["responses"]["200"]["content"]
    assert content["application/json"]["schema"]["type"] == "array"


def test_document_004_has_xml_and_the_token_endpoints_have_forms() -> None:
    assert set(OPERATIONS["POST /v1/events"]["requestBody"]["content"]) == {"application/json", "application/xml"}
    assert set(OPERATIONS["POST /oauth/token"]["requestBody"]["content"]) == {"application/x-www-form-urlencoded"}


def test_streams_have_their_own_media_types() -> None:
    assert "text/event-stream" in OPERATIONS["GET /api/v1/event-stream"]["responses"]["200"]["content"]
    export = OPERATIONS["POST /admin/v1/tenants/{tenant_id}/persons/export"]
    assert "application/x-ndjson" in export["responses"]["200"]["content"]
