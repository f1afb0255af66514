"""Calls of document 004 as a store sends them: over gRPC or REST, once, or doubled with the same idempotency key."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import aiohttp
import grpc
from google.protobuf.json_format import MessageToDict, ParseDict

from tests.support import rest_calls
from tests.support.installation import failure_of
from tests.support.scheduled_events import Stores
from tidings_server.rpc.method import rpc_of

SERVICE: Final = "/tidings.scheduling.v1.ScheduledEventService/"


@dataclass(frozen=True)
class Way:
    """A way to send each call: so many times with one key, one after the other or at once; `rest` is Envoy's address,
    without which it is gRPC."""

    rest: str = ""
    times: int = 1
    at_once: bool = False


@dataclass
class StoreCalls:
    """Asks as store 1, by its key."""

    stores: Stores
    session: aiohttp.ClientSession
    way: Way

    async def __call__(self, method: str, **request: Any) -> tuple[int, Any]:
        """Status and body; repeats must be answered as the first call is."""
        headers = {**dict(self.stores.by["key"]), "idempotency-key": str(uuid4())}
        ask = self._over_rest if self.way.rest else self._over_grpc
        calls = [ask(SERVICE + method, request, headers) for _ in range(self.way.times)]
        answers = await asyncio.gather(*calls) if self.way.at_once else [await call for call in calls]
        assert all(_same(answer) == _same(answers[0]) for answer in answers)
        return answers[0]

    async def got(self, method: str, **request: Any) -> dict[str, Any]:
        """The body of a call that must pass."""
        status, body = await self(method, **request)
        assert status in {200, 202}, body
        return dict(body)

    async def _over_rest(self, path: str, request: Mapping[str, Any], headers: Mapping[str, str]) -> tuple[int, Any]:
        status, text = await rest_calls.ask(self.session, self.way.rest, path, request, headers)
        return status, json.loads(text) if text else {}

    async def _over_grpc(self, path: str, request: Mapping[str, Any], headers: Mapping[str, str]) -> tuple[int, Any]:
        rpc = rpc_of(path)
        stub: Any = self.stores.stub
        call = getattr(stub, path.rpartition("/")[2])(
            ParseDict(dict(request), rpc.request()), metadata=tuple(headers.items())
        )
        try:
            return 200, MessageToDict(await call, always_print_fields_with_no_presence=True)
        except grpc.aio.AioRpcError:
            failure = await failure_of(call)
            return failure.status, failure.body


def _same(answer: tuple[int, Any]) -> tuple[int, Any]:
    """An answer without the id of its request, which error bodies have."""
    return answer[0], {name: value for name, value in answer[1].items() if name != "requestId"}
