"""Lists that REST clients get as a bare array, which has no room for the place of what follows."""

from typing import Any

from tidings_server.rpc.answer_size import FittingMessages
from tidings_server.rpc.metadata import Context, call_of, set_rest_response


def bare_list_next(context: Context, path: str, listed: FittingMessages[Any]) -> str | None:
    """`next` of the answer to a gRPC client; one over the edge gets a `Link` header, and None here."""
    if listed.next is None:
        return None
    set_rest_response(context, following=f"{path}?{listed.link}")
    return None if call_of(context).over_edge else listed.next
