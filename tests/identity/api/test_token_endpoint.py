"""The token endpoints: each vendor's own answer, RFC 6749's errors, and no secret left behind."""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import grpc
import pytest
from google.api.httpbody_pb2 import HttpBody

from tests.support.installation import LIFE_S, Installation, failure_of
from tidings.identity.v1.tokens_pb2 import ExchangeFormRequest, IssueTokenRequest
from tidings.identity.v1.tokens_pb2_grpc import TokenServiceStub
from tidings_server.identity.api.tokens import FORM, TokenService

ALL = "events:read events:write rules:read rules:write subscriptions:read subscriptions:write"


def _client(installation: Installation, **more: str) -> dict[str, str]:
    demo = installation.demo
    return {
        "grant_type": "client_credentials",
        "client_id": demo["client_id"],
        "client_secret": demo["client_secret"],
        **more,
    }


def _form(fields: dict[str, str] | str, content_type: str = FORM) -> HttpBody:
    text = fields if isinstance(fields, str) else urlencode(fields)
    return HttpBody(content_type=content_type, data=text.encode())


def _basic(client_id: str, secret: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()),)


async def _exchange(installation: Installation, request: ExchangeFormRequest, metadata: Any = ()) -> dict[str, Any]:
    async with installation.serving(TokenService(installation.login, installation.tokens.keys)) as channel:
        call = TokenServiceStub(channel).ExchangeForm(request, metadata=metadata)
        answer = await call
        assert {"cache-control": "no-store", "pragma": "no-cache"}.items() <= dict(
            await call.trailing_metadata()
        ).items()
    assert answer.content_type == "application/json"
    body: dict[str, Any] = json.loads(answer.data)
    scope = await installation.credentials.bearer(body["access_token"])
    assert scope.tenant_name == "demo"
    return {name: value for name, value in body.items() if name != "access_token"}


async def test_the_realm_path_answers_as_document_000s_vendor(installation: Installation) -> None:
    form = _form(_client(installation), f"{FORM};charset=UTF-8")
    assert await _exchange(installation, ExchangeFormRequest(realm="demo", form=form)) == {
        "expires_in": LIFE_S,
        "refresh_expires_in": 0,
        "token_type": "Bearer",
        "not-before-policy": 0,
        "scope": ALL,
    }


async def test_oauth_token_answers_as_document_001s_vendor(installation: Installation) -> None:
    demo = installation.demo
    user = {"grant_type": "password", "username": demo["username"], "password": demo["password"], "scope": "api"}
    expected = {"token_type": "bearer", "expires_in": LIFE_S, "scope": "api"}
    form = _form(_client(installation, **user))
    assert await _exchange(installation, ExchangeFormRequest(form=form)) == {**expected, "Retailer_id": 1}
    user |= {"username": demo["account_username"], "password": demo["account_password"]}
    assert await _exchange(installation, ExchangeFormRequest(form=_form(_client(installation, **user)))) == expected
    query = ExchangeFormRequest(**_client(installation, **user))
    assert await _exchange(installation, query) == expected


async def test_a_client_may_use_http_basic(installation: Installation) -> None:
    demo = installation.demo
    grant = _form({"grant_type": "client_credentials"})
    basic = _basic(demo["client_id"], demo["client_secret"])
    assert (await _exchange(installation, ExchangeFormRequest(form=grant), basic))["scope"] == ALL
    named = _form({"grant_type": "client_credentials", "client_id": demo["client_id"]})
    assert (await _exchange(installation, ExchangeFormRequest(form=named), basic))["scope"] == ALL


async def _refused(installation: Installation, request: ExchangeFormRequest, metadata: Any = ()) -> tuple[int, str]:
    async with installation.serving(TokenService(installation.login, installation.tokens.keys)) as channel:
        failure = await failure_of(TokenServiceStub(channel).ExchangeForm(request, metadata=metadata))
    assert set(failure.body) == {"error", "error_description", "requestId"}
    assert failure.content_type == "application/json"
    assert ("www-authenticate" in failure.trailers) == (failure.status == 401)
    return failure.status, failure.body["error"]


@pytest.mark.parametrize(
    ("more", "status", "error"),
    [
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "refresh_token"}, 400, "unsupported_grant_type"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "unknown"}, 401, "invalid_client"),
        ({"client_id": ""}, 401, "invalid_client"),
        ({"scope": "nosuch"}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "invalid_request"),
        ({"grant_type": "password", "username": "demo-retailer-user", "password": "wrong"}, 400, "invalid_grant"),
        ({"grant_type": "password", "username": "unknown", "password": "wrong"}, 400, "invalid_grant"),
    ],
)
async def test_bad_credentials_have_the_errors_of_rfc_6749(
    installation: Installation, more: dict[str, str], status: int, error: str
) -> None:
    fields = _client(installation, **more)
    for realm in ("", "demo"):
        by_form = ExchangeFormRequest(realm=realm, form=_form(fields))
        by_query = ExchangeFormRequest(realm=realm, **fields)
        assert await _refused(installation, by_form) == (status, error)
        assert await _refused(installation, by_query) == (status, error)


async def test_another_realm_does_not_know_the_client(installation: Installation) -> None:
    for realm in ("other-tenant", "nosuch"):
        request = ExchangeFormRequest(realm=realm, form=_form(_client(installation)))
        assert await _refused(installation, request) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"grant_type":"client_credentials"}', "application/json"),
        ("grant_type=client_credentials", ""),
        ("grant_type", FORM),
        ("grant_type=%FF", FORM),
        ("grant_type=password&grant_type=client_credentials", FORM),
        ("&".join(f"a{index}=1" for index in range(100)), FORM),
        ("\0", FORM),
    ],
)
async def test_a_body_that_is_no_form_is_an_invalid_request(
    installation: Installation, body: str, content_type: str
) -> None:
    request = ExchangeFormRequest(form=_form(body, content_type))
    assert await _refused(installation, request) == (400, "invalid_request")


async def test_a_client_authenticates_in_one_way_only(installation: Installation) -> None:
    demo = installation.demo
    basic = _basic(demo["client_id"], demo["client_secret"])
    request = ExchangeFormRequest(form=_form(_client(installation)))
    assert await _refused(installation, request, basic) == (400, "invalid_request")


@pytest.mark.parametrize("sent", ["Basic", "Basic !!!", "Basic " + b64encode(b"nocolon").decode(), "Basic /////w=="])
async def test_malformed_http_basic_is_an_invalid_client(installation: Installation, sent: str) -> None:
    request = ExchangeFormRequest(form=_form({"grant_type": "client_credentials"}))
    assert await _refused(installation, request, (("authorization", sent),)) == (401, "invalid_client")


async def test_grpc_clients_get_a_message(installation: Installation) -> None:
    async with installation.serving(TokenService(installation.login, installation.tokens.keys)) as channel:
        stub = TokenServiceStub(channel)
        token = await stub.IssueToken(IssueTokenRequest(**_client(installation)))
        refused = await failure_of(stub.IssueToken(IssueTokenRequest(**_client(installation, client_secret="wrong"))))
    assert (token.token_type, token.expires_in, token.scope) == ("Bearer", LIFE_S, ALL)
    assert (await installation.credentials.bearer(token.access_token)).tenant_name == "demo"
    assert refused.code is grpc.StatusCode.UNAUTHENTICATED


async def test_the_log_does_not_contain_the_request_body(installation: Installation, logged: Callable[[], str]) -> None:
    demo = installation.demo
    await _exchange(installation, ExchangeFormRequest(form=_form(_client(installation))))
    await _refused(installation, ExchangeFormRequest(**_client(installation, client_id="nosuch")))
    written = str(installation.rpc_lines()) + logged()
    assert demo["client_secret"] not in written
    assert [line["code"] for line in installation.rpc_lines()] == ["OK", "UNAUTHENTICATED"]
