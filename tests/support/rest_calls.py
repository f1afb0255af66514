"""RPCs as their REST clients ask for them: path, query and body as the contract's annotations have it."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from tests.isolation.contract import BINDINGS

_BY_RPC: Final = {each.rpc.path: each for each in reversed(BINDINGS)}


async def ask(
    session: aiohttp.ClientSession, base: str, path: str, request: Mapping[str, Any], headers: Mapping[str, str]
) -> tuple[int, str]:
    """Status and body of the answer to the first REST path of an RPC."""
    binding = _BY_RPC[path]
    left = dict(request)
    target = binding.path
    for name in [part.partition("}")[0] for part in binding.path.split("{")[1:]]:
        camel = _camel(name)
        target = target.replace(f"{{{name}}}", quote(str(left.pop(camel, left.pop(name, ""))), safe=""))
    body = None if not binding.body else left if binding.body == "*" else left[binding.body]
    query = f"?{urlencode(left)}" if not binding.body and left else ""
    url = URL(f"{base}{target}{query}", encoded=True)
    async with session.request(binding.verb, url, headers=headers, json=body) as answer:
        return answer.status, await answer.text()


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))
