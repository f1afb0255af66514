"""The receiver kit against the vectors that every language's has to pass, and these against the server's own signer."""

import json
from pathlib import Path
from typing import Any

import pytest

from tidings_client import VerificationError, Verifier, sign
from tidings_server.delivery.signing import Signer

SHARED = json.loads((Path(__file__).parents[2] / "clients/conformance/webhooks.json").read_text())
VECTORS = pytest.mark.parametrize("vector", SHARED["vectors"], ids=lambda vector: str(vector["name"]))


@VECTORS
def test_a_request_is_verified_or_refused_with_its_cause(vector: dict[str, Any]) -> None:
    verifier = Verifier(vector["secrets"], now=lambda: float(vector["now"]))
    headers, body, expected = vector["headers"], vector["body"].encode(), vector["expect"]
    if "error" in expected:
        with pytest.raises(VerificationError) as refused:
            verifier.verify(headers, body)
        assert refused.value.cause == expected["error"]
    else:
        seen = verifier.verify(headers, body)
        assert {
            "id": seen.id,
            "eventId": seen.event_id,
            "topic": seen.topic,
            "entityId": seen.entity_id,
            "isTest": seen.is_test,
            "isPing": seen.is_ping,
        } == expected


@pytest.mark.parametrize("secrets", SHARED["badSecrets"], ids=str)
def test_a_secret_that_cannot_be_one_is_refused_at_once(secrets: list[str]) -> None:
    with pytest.raises(ValueError, match="secret"):
        Verifier(secrets)


@pytest.mark.parametrize("body", ["{}", {"topic": "order.opened"}, None])
def test_a_body_that_is_not_bytes_is_said_to_be_parsed(body: Any) -> None:
    with pytest.raises(VerificationError) as refused:
        Verifier(["secret"]).verify(sign("secret", b"{}", message_id="m"), body)
    assert refused.value.cause == "parsed_body"


def test_the_signer_for_tests_signs_as_the_server_does() -> None:
    signed = sign("a-secret", b"{}", message_id="m-1", at=1_700_000_000)
    server = Signer(["a-secret"]).headers(message_id="m-1", sent_at=1_700_000_000_000_000, body=b"{}")
    assert signed == {name.lower(): value for name, value in server}


def test_the_error_says_nothing_of_the_secret_or_the_body() -> None:
    with pytest.raises(VerificationError) as refused:
        Verifier(["hush-hush"]).verify(sign("other", b"{}", message_id="m"), b"private")
    assert not {"hush-hush", "private"} & set(str(refused.value).split())
