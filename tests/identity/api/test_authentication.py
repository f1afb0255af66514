"""Authentication of calls: every bad credential has its status and its body, and reaches no handler."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import grpc
import pytest

from tests.rpc.recording import Events, Subscriptions
from tests.support.installation import LIFE_S, Installation, failure_of, metadata_of
from tidings.collector.v1.events_pb2 import GetEventRequest
from tidings.collector.v1.events_pb2_grpc import EventServiceStub
from tidings.push.v1.subscriptions_pb2 import ListSubscriptionsRequest
from tidings.push.v1.subscriptions_pb2_grpc import SubscriptionServiceStub
from tidings_server.identity.api import authentication
from tidings_server.identity.login import TokenRequest
from tidings_server.identity.store_login import StoreLogin
from tidings_server.platform.errors import InvalidInput, PermissionDenied, Unauthenticated

Headers = Mapping[str, str]
Spoil = Callable[[Installation, dict[str, str]], Awaitable[Headers]]

GET = GetEventRequest(id="e-1")


async def no_header(_installation: Installation, good: dict[str, str]) -> Headers:
    return {"x-twc-tenant": good["x-twc-tenant"]}


async def no_token(_installation: Installation, good: dict[str, str]) -> Headers:
    return good | {"authorization": "Bearer "}


async def basic(_installation: Installation, good: dict[str, str]) -> Headers:
    return good | {"authorization": good["authorization"].replace("Bearer", "Basic")}


async def token_alone(_installation: Installation, good: dict[str, str]) -> Headers:
    return good | {"authorization": good["authorization"].removeprefix("Bearer ")}


async def expired(installation: Installation, good: dict[str, str]) -> Headers:
    installation.clock.advance(timedelta(seconds=LIFE_S + 1))
    return good


async def forged(_installation: Installation, good: dict[str, str]) -> Headers:
    head, body, signature = good["authorization"].split(".")
    claims = json.loads(urlsafe_b64decode(body + "==")) | {"cred": [1]}
    return good | {"authorization": f"{head}.{urlsafe_b64encode(json.dumps(claims).encode()).decode()}.{signature}"}


async def alg_none(_installation: Installation, good: dict[str, str]) -> Headers:
    body = good["authorization"].split(".")[1]
    head = urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode()
    return good | {"authorization": f"Bearer {head}.{body}."}


async def operators(installation: Installation, good: dict[str, str]) -> Headers:
    return good | {"authorization": f"Bearer {installation.demo['operator_token']}"}


async def api_key(installation: Installation, good: dict[str, str]) -> Headers:
    demo = installation.demo
    key = {"x-tenant-id": demo["tenant_id"], "x-api-key": demo["api_key"], "x-api-secret": demo["api_secret"]}
    return {"x-twc-tenant": good["x-twc-tenant"], **key}


async def no_tenant_and_no_token(_installation: Installation, _good: dict[str, str]) -> Headers:
    return {}


BAD_TOKENS = [
    no_header,
    no_token,
    basic,
    token_alone,
    expired,
    forged,
    alg_none,
    operators,
    api_key,
    no_tenant_and_no_token,
]


@pytest.mark.parametrize("spoil", BAD_TOKENS)
async def test_document_000_refuses_a_bad_token_with_401(installation: Installation, spoil: Spoil) -> None:
    events = Events()
    async with installation.serving(events) as channel:
        headers = await spoil(installation, await installation.headers())
        failure = await failure_of(EventServiceStub(channel).GetEvent(GET, metadata=metadata_of(dict(headers))))
    assert (failure.code, failure.status) == (grpc.StatusCode.UNAUTHENTICATED, 401)
    assert failure.content_type == "application/problem+json"
    assert failure.body == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "The credentials are missing or not valid.",
        "path": "/tidings.collector.v1.EventService/GetEvent",
        "message": "error.unauthenticated",
        "requestId": failure.trailers["x-request-id"],
    }
    assert failure.trailers["www-authenticate"] == "Bearer"
    assert events.seen == []


@pytest.mark.parametrize(
    ("tenant", "code", "status"),
    [
        (None, grpc.StatusCode.INVALID_ARGUMENT, 400),
        ("", grpc.StatusCode.INVALID_ARGUMENT, 400),
        ("other-tenant", grpc.StatusCode.PERMISSION_DENIED, 403),
        ("nosuch", grpc.StatusCode.PERMISSION_DENIED, 403),
        ("DEMO", grpc.StatusCode.PERMISSION_DENIED, 403),
        ("1", grpc.StatusCode.PERMISSION_DENIED, 403),
    ],
)
async def test_document_000_wants_the_tokens_own_tenant_named(
    installation: Installation, tenant: str | None, code: grpc.StatusCode, status: int
) -> None:
    events = Events()
    headers = {"authorization": (await installation.headers())["authorization"]}
    headers |= {} if tenant is None else {"x-twc-tenant": tenant}
    async with installation.serving(events) as channel:
        failure = await failure_of(EventServiceStub(channel).GetEvent(GET, metadata=metadata_of(headers)))
    assert (failure.code, failure.status, failure.body["status"]) == (code, status, status)
    assert ("fieldErrors" in failure.body) == (status == 400)
    assert events.seen == []


async def test_a_tenant_may_be_named_by_its_uuid(installation: Installation) -> None:
    events = Events()
    async with installation.serving(events) as channel:
        for named in ("demo", installation.demo["tenant_id"], installation.demo["tenant_id"].upper()):
            headers = await installation.headers() | {"x-twc-tenant": named}
            await EventServiceStub(channel).GetEvent(GET, metadata=metadata_of(headers))
    assert [scope.tenant_name for scope in events.scopes] == ["demo"] * 3


async def test_a_token_without_the_scope_is_refused_with_403(installation: Installation) -> None:
    demo, events = installation.demo, Events()
    token = await installation.token_of(demo["client_id"], demo["client_secret"], scope="events:write")
    headers = {"authorization": f"Bearer {token}", "x-twc-tenant": "demo"}
    async with installation.serving(events) as channel:
        failure = await failure_of(EventServiceStub(channel).GetEvent(GET, metadata=metadata_of(headers)))
    assert (failure.status, failure.body["detail"]) == (403, "These credentials lack the scope events:read.")
    assert events.seen == []


async def _ask_push(installation: Installation, headers: Headers) -> tuple[Subscriptions, int | None]:
    subscriptions = Subscriptions()
    async with installation.serving(subscriptions) as channel:
        call = SubscriptionServiceStub(channel).ListSubscriptions(
            ListSubscriptionsRequest(), metadata=metadata_of(dict(headers))
        )
        try:
            await call
        except grpc.aio.AioRpcError:
            return subscriptions, (await failure_of(call)).status
    return subscriptions, None


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, None),
        ({"x-vol-tenant": "1"}, None),
        ({"x-vol-tenant": "2"}, 403),
        ({"x-vol-tenant": "demo"}, 403),
        ({"x-vol-site": "7"}, None),
        ({"x-vol-site": "-7"}, 400),
        ({"x-vol-site": "seven"}, 400),
        ({"x-vol-site": "99999999999999999999"}, 400),
        ({"authorization": "Bearer nosuch"}, 401),
        ({"authorization": "Bearer nosuch", "x-vol-tenant": "2"}, 401),
    ],
)
async def test_document_002_takes_its_own_headers(
    installation: Installation, more: dict[str, str], status: int | None
) -> None:
    headers = {"authorization": f"Bearer {await installation.token()}", **more}
    subscriptions, answered = await _ask_push(installation, headers)
    assert answered == status
    sites = [scope.site_id for scope in subscriptions.scopes]
    assert sites == ([] if status else [int(more["x-vol-site"]) if "x-vol-site" in more else None])


async def test_document_002_answers_in_its_vendors_body(installation: Installation) -> None:
    async with installation.serving(Subscriptions()) as channel:
        call = SubscriptionServiceStub(channel).ListSubscriptions(ListSubscriptionsRequest())
        failure = await failure_of(call)
    assert (failure.body["errorCode"], failure.content_type) == ("UNAUTHORIZED", "application/json")


# ---------------------------------------------------------------- dialects that have no services yet


async def test_document_001_takes_tokens_of_clients_and_users(installation: Installation) -> None:
    demo = installation.demo
    client = (demo["client_id"], demo["client_secret"])
    tokens = {
        None: await installation.token(),
        "1": (
            await installation.login.token(TokenRequest("password", *client, demo["username"], demo["password"]))
        ).access_token,
    }
    for retailer, token in tokens.items():
        scope = await authentication.orchestration(installation.credentials, {"authorization": f"Bearer {token}"})
        assert scope.retailer_id == retailer
    with pytest.raises(Unauthenticated):
        await authentication.orchestration(installation.credentials, {})


async def test_document_003_takes_a_key_or_a_token_and_both_must_agree(installation: Installation) -> None:
    demo, other = installation.demo, installation.other
    key = {"x-tenant-id": demo["tenant_id"].upper(), "x-api-key": demo["api_key"], "x-api-secret": demo["api_secret"]}
    own = {"authorization": f"Bearer {await installation.token()}"}
    foreign = {"authorization": f"Bearer {await installation.token_of(other.client_id, other.client_secret)}"}
    for good in (key, own, key | own):
        assert (await authentication.loyalty(installation.credentials, good)).tenant == 1
    bad: list[Headers] = [
        {},
        key | foreign,
        key | {"authorization": "Bearer nosuch"},
        own | {"x-api-key": demo["api_key"]},
        *(key | {name: ""} for name in key),
        *(key | {name: "wrong"} for name in key),
    ]
    for headers in bad:
        with pytest.raises(Unauthenticated):
            await authentication.loyalty(installation.credentials, headers)


async def test_document_004_takes_a_stores_key_or_a_users_token(installation: Installation) -> None:
    demo = installation.demo
    key = {"store": demo["store"], "api_key": demo["store_api_key"]}
    user = {"store": demo["store"], "user_id": demo["user_id"], "user_token": demo["user_token"]}
    assert (await authentication.scheduling(installation.credentials, key)).user_id is None
    assert (await authentication.scheduling(installation.credentials, user)).user_id == 1
    assert (await authentication.scheduling(installation.credentials, key | user)).user_id is None
    bad: list[Headers] = [
        {},
        user | {"api_key": "wrong"},
        key | {"store": "2"},
        user | {"store": "2"},
        user | {"user_id": "2"},
        user | {"user_token": ""},
        {name: value for name, value in key.items() if name != "store"},
    ]
    for headers in bad:
        with pytest.raises(Unauthenticated):
            await authentication.scheduling(installation.credentials, headers)


async def test_a_retailers_token_is_good_for_its_workflow_events_alone(installation: Installation) -> None:
    """Everything else that it could reach is the whole tenant's, other retailers' events among it."""
    demo = installation.demo
    asked = TokenRequest("password", demo["client_id"], demo["client_secret"], demo["username"], demo["password"])
    token = (await installation.login.token(asked)).access_token
    headers = {"authorization": f"Bearer {token}", "x-twc-tenant": "demo"}
    for authenticate in (authentication.collector, authentication.push, authentication.loyalty):
        with pytest.raises(PermissionDenied):
            await authenticate(installation.credentials, headers)
    assert (await authentication.orchestration(installation.credentials, headers)).retailer_id == "1"


async def test_a_store_users_token_is_good_for_its_scheduled_events_alone(installation: Installation) -> None:
    demo = installation.demo
    login = StoreLogin(
        installation.database,
        tokens=installation.tokens,
        passwords=installation.passwords,
        clock=installation.clock,
        throttle=installation.throttle,
    )
    user = await login.log_in(demo["store"], username=demo["store_username"], password=demo["store_password"])
    headers = {"authorization": f"Bearer {user.token}", "x-twc-tenant": "demo"}
    for authenticate in (
        authentication.collector,
        authentication.push,
        authentication.orchestration,
        authentication.loyalty,
    ):
        with pytest.raises(PermissionDenied):
            await authenticate(installation.credentials, headers)
    shown = {"store": demo["store"], "user_id": str(user.user_id), "user_token": user.token}
    assert (await authentication.scheduling(installation.credentials, shown)).user_id == user.user_id


async def test_the_headers_are_judged_only_behind_a_good_token(installation: Installation) -> None:
    for headers in ({}, {"x-twc-tenant": "nosuch"}, {"x-vol-tenant": "2", "x-vol-site": "x"}):
        for authenticate in (authentication.collector, authentication.push):
            with pytest.raises(Unauthenticated):
                await authenticate(installation.credentials, headers)
    good = await installation.headers()
    with pytest.raises(InvalidInput):
        await authentication.collector(installation.credentials, {"authorization": good["authorization"]})
    with pytest.raises(PermissionDenied):
        await authentication.collector(installation.credentials, good | {"x-twc-tenant": "other-tenant"})
