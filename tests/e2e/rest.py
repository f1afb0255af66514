"""REST calls of a running instance, over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from tests.e2e.instances import Instance


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    json: Any


@dataclass
class Rest:
    """A caller with a token of the demo tenant. Paths are sent as written; `headers` are added, None takes one away."""

    session: aiohttp.ClientSession
    base: str
    headers: dict[str, str]

    async def __call__(
        self, method: str, target: str, *, headers: Mapping[str, str | None] | None = None, **how: Any
    ) -> Answer:
        sent = {name: value for name, value in {**self.headers, **(headers or {})}.items() if value is not None}
        async with self.session.request(method, URL(self.base + target, encoded=True), headers=sent, **how) as answer:
            body = await answer.read()
            is_json = answer.content_type.endswith("json") and body
            return Answer(
                status=answer.status,
                headers={name.lower(): value for name, value in answer.headers.items()},
                body=body,
                json=await answer.json(content_type=None) if is_json else None,
            )


async def token(
    session: aiohttp.ClientSession, instance: Instance, *, client: str | None = None, secret: str = ""
) -> str:
    """An access token; of the demo client unless another is named."""
    form = {
        "grant_type": "client_credentials",
        "client_id": client or instance.demo["client_id"],
        "client_secret": secret or instance.demo["client_secret"],
    }
    async with session.post(f"{instance.rest}/oauth/token", data=form) as answer:
        return str((await answer.json())["access_token"])


async def demo_rest(session: aiohttp.ClientSession, instance: Instance) -> Rest:
    """Asks as the demo tenant."""
    bearer = await token(session, instance)
    return Rest(session, instance.rest, {"authorization": f"Bearer {bearer}", "x-twc-tenant": "demo"})
