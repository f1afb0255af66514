"""Somebody guesses credentials. A trusted proxy says for whom it asks, so that each test has addresses of its own."""

import asyncio
import io
from collections import Counter
from collections.abc import Iterator
from itertools import count

import aiohttp
import grpc
import pytest

from tests.e2e.instances import Instance, instance
from tests.e2e.rest import Rest, demo_rest
from tests.support.waiting import PATIENCE_S
from tidings.admin.v1.tenants_pb2 import CreateTenantRequest
from tidings.admin.v1.tenants_pb2_grpc import TenantServiceStub
from tidings.identity.v1.tokens_pb2 import IssueTokenRequest
from tidings.identity.v1.tokens_pb2_grpc import TokenServiceStub

LIMIT = 5
EVENT = "/api/v1/events/none"
WAYS = {
    "collector": (EVENT, {"authorization": "Bearer wrong", "x-twc-tenant": "demo"}),
    "orchestration": ("/api/v4.1/event", {"authorization": "Bearer wrong"}),
    "push": ("/api/event/pull", {"authorization": "Bearer wrong"}),
    "operator": ("/admin/v1/tenants", {"authorization": "Bearer demo-operator.wrong"}),
}
HOSTS = count(1)
LARGE = b'{"entity_name":"' + b"x" * 80_000 + b'"}'
"""So large that Envoy asks about its caller first."""


@pytest.fixture(scope="module")
def guessed() -> Iterator[Instance]:
    with instance(failed_logins_per_minute=str(LIMIT), trusted_proxies="1") as started:
        yield started


@pytest.fixture
def address() -> dict[str, str]:
    """An address that nobody has come from yet."""
    return {"x-forwarded-for": f"192.0.2.{next(HOSTS)}"}


@pytest.fixture
async def known(session: aiohttp.ClientSession, guessed: Instance, address: dict[str, str]) -> Rest:
    """A client at that address whose token the server has seen before anybody guessed."""
    rest = await demo_rest(session, guessed)
    rest = Rest(session, rest.base, rest.headers | address)
    assert (await rest("GET", EVENT)).status == 404
    return rest


@pytest.mark.parametrize("way", WAYS)
async def test_a_guessing_address_is_throttled_and_a_cached_token_is_not(
    known: Rest, address: dict[str, str], way: str
) -> None:
    path, headers = WAYS[way]
    guesser = Rest(known.session, known.base, headers | address)
    statuses = [(await guesser("GET", path)).status for _ in range(LIMIT + 2)]
    assert statuses == [401] * LIMIT + [429] * 2
    refused = await guesser("GET", path)
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.json, "in the body of this API"
    assert (await known("GET", EVENT)).status == 404


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_guess_with_a_large_body_counts_once(known: Rest, address: dict[str, str], *, is_chunked: bool) -> None:
    """Envoy asks about its caller before it would read the body, and passes it on without the body then."""
    url, headers = f"{known.base}/api/v1/events", {**WAYS["collector"][1], **address}
    statuses = []
    for _ in range(LIMIT + 2):
        body = io.BytesIO(LARGE) if is_chunked else LARGE
        async with known.session.post(url, data=body, headers=headers) as answer:
            statuses.append(answer.status)
    assert statuses == [401] * LIMIT + [429] * 2


async def test_a_right_secret_is_accepted_after_any_number_of_guesses(
    known: Rest, guessed: Instance, address: dict[str, str]
) -> None:
    url = f"{guessed.rest}/oauth/token"
    wrong = {"grant_type": "client_credentials", "client_id": guessed.demo["client_id"], "client_secret": "wrong"}
    right = wrong | {"client_secret": guessed.demo["client_secret"]}
    for _ in range(LIMIT):
        async with known.session.post(url, data=wrong, headers=address) as answer:
            assert answer.status == 401
    async with known.session.post(url, data=wrong, headers=address) as answer:
        assert answer.status == 429
        assert (await answer.json())["error"] == "temporarily_unavailable"
        assert "retry-after" in answer.headers
    async with known.session.post(url, data=right, headers=address) as answer:
        assert answer.status == 200
        token = (await answer.json())["access_token"]
    fresh = {"authorization": f"Bearer {token}", "x-twc-tenant": "demo"}
    assert (await Rest(known.session, known.base, fresh | address)("GET", EVENT)).status == 404


async def test_concurrent_passwords_are_verified_up_to_the_limit(
    known: Rest, guessed: Instance, address: dict[str, str]
) -> None:
    demo = guessed.demo
    form = {"grant_type": "password", "username": demo["username"], "password": "wrong"}
    form |= {"client_id": demo["client_id"], "client_secret": demo["client_secret"]}

    async def status() -> int:
        async with known.session.post(f"{guessed.rest}/oauth/token", data=form, headers=address) as answer:
            return answer.status

    statuses = await asyncio.gather(*(status() for _ in range(40)))
    assert Counter(statuses) == {400: LIMIT, 429: 40 - LIMIT}


async def test_a_forged_forwarded_address_is_ignored(known: Rest, address: dict[str, str]) -> None:
    path, headers = WAYS["collector"]
    for number in range(LIMIT):
        forwarded = f"203.0.113.{number}, {address['x-forwarded-for']}"
        guesser = Rest(known.session, known.base, headers | {"x-forwarded-for": forwarded})
        assert (await guesser("GET", path)).status == 401
    assert (await Rest(known.session, known.base, headers | address)("GET", path)).status == 429


async def test_guesses_by_grpc_count_too(guessed: Instance) -> None:
    request = IssueTokenRequest(grant_type="client_credentials", client_id="nobody", client_secret="wrong")
    async with grpc.aio.insecure_channel(guessed.grpc) as channel:
        stub, codes = TokenServiceStub(channel), []
        for _ in range(LIMIT + 2):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await stub.IssueToken(request, timeout=PATIENCE_S)
            codes.append(refused.value.code())
    assert codes == [grpc.StatusCode.UNAUTHENTICATED] * LIMIT + [grpc.StatusCode.RESOURCE_EXHAUSTED] * 2
    assert "retry-after" in dict(refused.value.trailing_metadata() or ())


@pytest.fixture(scope="module")
def behind() -> Iterator[Instance]:
    """Behind proxies that are named by their network: here everybody who connects."""
    with instance(failed_logins_per_minute=str(LIMIT), proxy_networks="127.0.0.0/8") as started:
        yield started


async def test_guesses_behind_a_named_proxy_count_for_its_client(
    session: aiohttp.ClientSession, behind: Instance, address: dict[str, str]
) -> None:
    """Over REST and at the port alike, whatever the client has written before its own address."""
    path, headers = WAYS["push"]
    own = address["x-forwarded-for"]
    guesser = Rest(session, behind.rest, headers)
    statuses = [
        (await guesser("GET", path, headers={"x-forwarded-for": f"198.51.100.{number}, {own}"})).status
        for number in range(LIMIT + 1)
    ]
    assert statuses == [401] * LIMIT + [429]
    assert (await guesser("GET", path, headers={"x-forwarded-for": "203.0.113.77"})).status == 401
    async with grpc.aio.insecure_channel(behind.grpc) as channel:
        token = TokenServiceStub(channel).IssueToken
        request = IssueTokenRequest(grant_type="client_credentials", client_id="x", client_secret="y")
        for client, code in ((own, "RESOURCE_EXHAUSTED"), ("203.0.113.78", "UNAUTHENTICATED")):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await token(request, metadata=(("x-forwarded-for", f"198.51.100.9, {client}"),), timeout=PATIENCE_S)
            assert refused.value.code().name == code


async def test_the_audit_names_who_is_behind_a_named_proxy(session: aiohttp.ClientSession, behind: Instance) -> None:
    """By REST and from a browser, which Envoy passes on by a unix socket, and at the port of gRPC."""
    operator = {"authorization": f"Bearer {behind.demo['operator_token']}"}
    rest = Rest(session, behind.rest, operator)
    clients = {way: f"203.0.113.{number}" for number, way in enumerate(("rest", "browser", "grpc"), 100)}
    forwarded = {way: {"x-forwarded-for": f"198.51.100.1, {client}"} for way, client in clients.items()}
    forged = {"x-tidings-client": "192.0.2.250", "x-tidings-peer": "192.0.2.251"}

    made = await rest("POST", "/admin/v1/tenants", json={"name": "of-rest"}, headers=forwarded["rest"] | forged)
    assert made.status == 201

    message = CreateTenantRequest(name="of-browser").SerializeToString()
    made = await rest(
        "POST",
        "/tidings.admin.v1.TenantService/CreateTenant",
        data=b"\0" + len(message).to_bytes(4, "big") + message,
        headers={"content-type": "application/grpc-web+proto"} | forwarded["browser"] | forged,
    )
    assert b"grpc-status:0" in made.body

    async with grpc.aio.insecure_channel(behind.grpc) as channel:
        metadata = tuple((operator | forwarded["grpc"] | forged).items())
        request = CreateTenantRequest(name="of-grpc")
        await TenantServiceStub(channel).CreateTenant(request, metadata=metadata, timeout=PATIENCE_S)

    records = (await rest("GET", "/admin/v1/audit?pageSize=200")).json["records"]
    peers = [one["peer"] for one in records if one["action"].endswith(".TenantService/CreateTenant")]
    assert peers[-3:] == list(clients.values())
