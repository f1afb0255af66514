"""The Python client against the cases that every language's client has to pass."""

import asyncio
import json
import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, suppress
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from google.protobuf import descriptor_pool
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message_factory import GetMessageClass

import tidings_client
from tests.conformance.__main__ import VARIABLE, described
from tests.conformance.faulty import serving
from tests.e2e.instances import ROOT, instance
from tests.support.waiting import PATIENCE_S
from tidings.collector.v1.events_pb2 import Event
from tidings_client import ApiKey, BearerToken, ClientCredentials, Credentials, Sent, StoreKey, Tidings, TidingsError
from tidings_client.paging import pages

CASES = json.loads((ROOT / "clients/conformance/cases.json").read_text())["cases"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servers() -> AsyncIterator[dict[str, Any]]:
    """The servers of `python -m tests.conformance` where it runs, else servers of these tests alone."""
    if VARIABLE in os.environ:
        yield json.loads(await asyncio.to_thread(Path(os.environ[VARIABLE]).read_text))
        return
    with instance() as live:
        server, faulty = await serving()
        yield await described(live, faulty)
        await server.stop(grace=None)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clients(servers: dict[str, Any]) -> AsyncIterator["Clients"]:
    async with AsyncExitStack() as stack:
        yield Clients(servers, stack)


class Clients:
    """One client for each identity and server."""

    def __init__(self, servers: Mapping[str, Any], stack: AsyncExitStack) -> None:
        self.servers = servers
        self._stack = stack
        self._made: dict[tuple[str, str], Tidings] = {}

    async def of(self, step: Mapping[str, Any]) -> Tidings:
        who, server = step["as"], step.get("server", "live")
        if (who, server) not in self._made:
            credentials, tenant = self._identity(who)
            target = self.servers.get(server, "127.0.0.1:1")
            client = Tidings(target, credentials=credentials, tenant=tenant, timeout_s=PATIENCE_S)
            self._made[who, server] = await self._stack.enter_async_context(client)
        return self._made[who, server]

    def _identity(self, who: str) -> tuple[Credentials, str]:
        """Credentials and tenant, by the name that a case uses."""
        demo, stranger = self.servers["demo"], self.servers["stranger"]
        tenant, client = demo["tenant"], (demo["client_id"], demo["client_secret"])
        identities: dict[str, tuple[Credentials, str]] = {
            "client": (ClientCredentials(*client), tenant),
            "reader": (ClientCredentials(*client, scope="events:read"), tenant),
            "wrongSecret": (ClientCredentials(client[0], "wrong"), tenant),
            "wrongToken": (BearerToken("wrong"), tenant),
            "wrongTenant": (ClientCredentials(*client), "stranger"),
            "stranger": (ClientCredentials(stranger["client_id"], stranger["client_secret"]), stranger["tenant"]),
            "user": (tidings_client.UserPassword(demo["username"], demo["password"], *client), ""),
            "account": (tidings_client.UserPassword(demo["account_username"], demo["account_password"], *client), ""),
            "loyaltyKey": (ApiKey(demo["tenant_id"], demo["api_key"], demo["api_secret"]), ""),
            "wrongLoyaltyKey": (ApiKey(str(uuid4()), demo["api_key"], demo["api_secret"]), ""),
            "storeKey": (StoreKey(demo["store"], demo["store_api_key"]), ""),
            "operator": (BearerToken(demo["operator_token"]), ""),
            "nobody": (tidings_client.Anonymous(), ""),
        }
        return identities[who]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
async def test_the_client_behaves_as_every_other(case: dict[str, Any], clients: Clients) -> None:
    values = {f"u{n}": str(uuid4()) for n in range(1, 10)}
    values |= {f"env.{name}": str(value) for name, value in clients.servers["demo"].items()}
    for step in case["steps"]:
        filled = fill(step, values)
        client = await clients.of(filled)
        expected = filled["expect"]
        if "error" in expected:
            with pytest.raises(TidingsError) as raised:
                await RUN[filled["op"]](client, filled)
            assert_error(raised.value, expected["error"])
        else:
            answer = await RUN[filled["op"]](client, filled)
            assert_part(answer, expected)
            for name, field in filled.get("save", {}).items():
                values[name] = str(answer["response"][field])


def assert_error(error: TidingsError, expected: Mapping[str, Any]) -> None:
    """Every expected detail of a refusal; "*" is anything but nothing."""
    assert_part(told_of(error), expected)


def told_of(error: TidingsError) -> dict[str, Any]:
    """An error as cases spell it."""
    return {
        "kind": type(error).__name__,
        "reason": error.reason,
        "requestId": error.request_id,
        "retryAfterS": error.retry_after_s,
        "violations": [broken.field for broken in error.violations],
        "rules": [broken.rule for broken in error.violations],
    }


def assert_part(actual: Any, expected: Any) -> None:
    """`expected` is a part of `actual`: objects by their names, lists item by item, scalars by their text."""
    if expected == "*":
        assert actual
    elif isinstance(expected, dict):
        for name, part in expected.items():
            assert_part(actual.get(name), part)
    elif isinstance(expected, list):
        assert len(actual) == len(expected), actual
        for one, part in zip(actual, expected, strict=True):
            assert_part(one, part)
    else:
        assert actual == expected or str(actual) == str(expected), (actual, expected)


def fill(value: Any, values: Mapping[str, str]) -> Any:
    """The value with each `{{name}}` in it replaced."""
    if isinstance(value, str):
        return re.sub(r"\{\{([\w.]+)}}", lambda found: values[found[1]], value)
    if isinstance(value, dict):
        return {name: fill(part, values) for name, part in value.items()}
    return [fill(part, values) for part in value] if isinstance(value, list) else value


def method_of(client: Tidings, step: Mapping[str, Any]) -> tuple[Any, Any]:
    """A bound method of a generated stub, and the step's request as its message."""
    service, _, name = step["method"].partition("/")
    module = import_module(f"{service.rpartition('.')[0]}.{_module(service)}")
    descriptor = descriptor_pool.Default().FindServiceByName(service)
    request = GetMessageClass(descriptor.methods_by_name[name].input_type)()
    stub = client.stub(getattr(module, f"{service.rpartition('.')[2]}Stub"))
    return getattr(stub, name), ParseDict(step["request"], request)


def _module(service: str) -> str:
    """The module of a service's stub; importing all of a package fills the pool."""
    package = service.rpartition(".")[0]
    for path in (ROOT / "generated/python" / package.replace(".", "/")).glob("*_pb2_grpc.py"):
        if f"class {service.rpartition('.')[2]}Stub" in path.read_text():
            import_module(f"{package}.{path.stem.removesuffix('_grpc')}")
            return path.stem
    raise KeyError(service)


async def _call(client: Tidings, step: Mapping[str, Any]) -> dict[str, Any]:
    method, request = method_of(client, step)
    answer = await method(request, timeout_s=step.get("timeoutS"), idempotency_key=step.get("idempotencyKey", ""))
    return {"response": MessageToDict(answer)}


async def _create(client: Tidings, step: Mapping[str, Any]) -> dict[str, Any]:
    return {"response": MessageToDict(await client.events.create(ParseDict(step["request"], Event())))}


async def _pages(client: Tidings, step: Mapping[str, Any]) -> dict[str, Any]:
    """Items of pages until there are enough, one of their fields each."""
    method, request = method_of(client, step)
    found: list[Any] = []
    async with aclosing(pages(method, request)) as turned:
        async for page in turned:
            found += MessageToDict(page).get(step["items"], [])
            if len(found) >= step["until"]:
                break
    return {"values": [item[step["field"]] for item in found[: step["until"]]]}


async def _watch(client: Tidings, step: Mapping[str, Any]) -> dict[str, Any]:
    ids: list[str] = []
    async with aclosing(client.events.watch(**step["request"])) as watched:
        async for each in watched:
            ids.append(each.event.id)
            if len(ids) == step["take"]:
                break
    return {"ids": ids}


async def _watch_created(client: Tidings, step: Mapping[str, Any]) -> dict[str, Any]:
    """A watch from now on, while events are made: the entity of the first that it sees."""

    async def create() -> None:
        while True:
            await client.events.create(ParseDict(step["create"], Event()))
            await asyncio.sleep(0.1)

    making = asyncio.create_task(create())
    async with aclosing(client.events.watch(**step["request"])) as watched:
        first = await anext(watched)
    making.cancel()
    return {"ids": [first.event.entity_id]}


async def _publish(client: Tidings, step: Mapping[str, Any]) -> dict[str, Any]:
    """The outcome of each event that a producer sends; with `repeat` how many there were of each kind."""
    events = [ParseDict(each, Event()) for each in step["events"]]
    if "repeat" in step:
        [model] = events
        events = [Event.FromString(model.SerializeToString()) for _ in range(step["repeat"])]
        for number, event in enumerate(events):
            event.id += f"-{number}"
    producer = client.events.producer(timeout_s=step.get("timeoutS", PATIENCE_S))
    sent = [await producer.send(event) for event in events]
    with suppress(TidingsError):
        await producer.close()
    told = [await _outcome(each) for each in sent]
    if "repeat" not in step:
        return {"published": told}
    kinds = Counter(
        "refused" if "error" in each else "duplicates" if each["isDuplicate"] else "stored" for each in told
    )
    return {kind: kinds[kind] for kind in ("stored", "duplicates", "refused")}


async def _outcome(sent: Sent) -> dict[str, Any]:
    try:
        published = await sent.acknowledged()
    except TidingsError as error:
        return {"error": told_of(error)}
    assert published.id == sent.id
    return {"id": published.id, "isDuplicate": published.is_duplicate}


RUN = {
    "publish": _publish,
    "call": _call,
    "create": _create,
    "pages": _pages,
    "watch": _watch,
    "watchCreated": _watch_created,
}
