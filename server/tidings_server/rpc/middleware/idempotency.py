"""The layer that honours `Idempotency-Key` on every POST whose resource has no id of the client's own."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

from tidings_server.platform.errors import Internal, InvalidInput, TidingsError, Unavailable
from tidings_server.platform.scope import Scope
from tidings_server.rpc.idempotency import Repeats
from tidings_server.rpc.metadata import Call, Context
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.middleware.calls import Layer, Serve
from tidings_server.rpc.required_scopes import GRANTS, PUBLIC
from tidings_server.rpc.store.idempotency import Slot

HEADER = "idempotency-key"

_KEY = re.compile(r"[A-Za-z0-9._:~-]{1,128}")


def once(repeats: Repeats) -> Layer:
    """The layer. Requests without the header pass it at the cost of one look-up."""

    def layer(rpc: Rpc, inner: Serve) -> Serve:
        if not rpc.is_post or rpc.is_stream or GRANTS[rpc.path] == PUBLIC:
            return inner

        async def serve(call: Call, request: Any, context: Context) -> bytes | None:
            sent = call.metadata.get(HEADER)
            if sent is None or call.scope is None or rpc.client_id(request):
                return await inner(call, request, context)
            slot = Slot(call.scope.tenant, rpc.path, _key(sent))
            async with repeats.turn(slot):
                reserved = await repeats.reserve(slot, _hash(call.scope, request))
                if reserved.answer is not None:
                    call.noted.update(reserved.headers)
                    return reserved.answer
                call.scope = replace(call.scope, reserved_id=reserved.resource_id)
                return await _served(repeats, slot, lambda: inner(call, request, context), call)

        return serve

    return layer


async def _served(repeats: Repeats, slot: Slot, serve: Callable[[], Awaitable[bytes | None]], call: Call) -> bytes:
    """Serve the request for the first time, or again after nobody learnt how it ended.

    A refusal had no effect, so the key is free again. After a fault of ours it may have had one: the reservation stays.
    """
    try:
        answer = await serve() or b""
    except (Unavailable, Internal):
        raise
    except TidingsError:
        await repeats.release(slot)
        raise
    await repeats.keep(slot, answer, call.noted)
    return answer


def _key(sent: str) -> str:
    """The key; quotes around it, as the IETF's draft has them, do not count."""
    key = sent.strip().removeprefix('"').removesuffix('"')
    if not _KEY.fullmatch(key):
        raise InvalidInput.of("Idempotency-Key", "must be 1 to 128 of [A-Za-z0-9._:~-]")
    return key


def _hash(scope: Scope, request: Any) -> bytes:
    """What must be equal for a repeat: the message, and whom of the tenant the credentials stand for."""
    narrowed = f"{scope.retailer_id}/{scope.store_id}/{scope.user_id}/{scope.site_id}/".encode()
    return sha256(narrowed + request.SerializeToString(deterministic=True)).digest()
