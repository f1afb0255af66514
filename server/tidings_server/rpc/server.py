"""The gRPC server: its limits and its servicers."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import grpc

MESSAGE_BYTES = 16 * 1024 * 1024
"""Largest message either way; most RPCs allow less of a request (`method.Rpc.max_bytes`)."""
METADATA_BYTES = 64 * 1024
"""Both bounds alike: between them gRPC refuses at random, and an access token may well be over the default 8 KiB."""

NO_CODING, GZIP = 1 << 0, 1 << 2
"""Codings of messages, as gRPC numbers them."""

MAX_STREAMS = 1_000
"""Calls that one connection may have open."""
SPARE_RPCS = 1_000
"""Calls beyond the server's own limit that gRPC lets in: those are refused with an error body and a time to retry."""

OPTIONS: Sequence[tuple[str, int]] = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    ("grpc.max_metadata_size", METADATA_BYTES),
    ("grpc.absolute_max_metadata_size", METADATA_BYTES),
    ("grpc.max_concurrent_streams", MAX_STREAMS),
    # Messages may be compressed with gzip, and are unpacked within bounds (compression.py): gRPC itself would unpack
    # one of a few kilobytes to any size before it looks at it.
    ("grpc.compression_enabled_algorithms_bitset", NO_CODING | GZIP),
    ("grpc.per_message_decompression", 0),
    # Two servers on one port would each get some of the requests.
    # A connection that does not speak HTTP/2 soon, and one without a call for long.
    ("grpc.server_handshake_timeout_ms", 10_000),
    ("grpc.max_connection_idle_ms", 900_000),
    # A client that is gone without closing: probed after an idle minute, disconnected 20 s later.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    # Clients behind address translators ask often to keep their connection alive; that is not abuse.
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
)


def make_server(
    servicers: Iterable[object], *, interceptors: Sequence[Any], max_concurrent_rpcs: int, shares_port: bool = False
) -> grpc.aio.Server:
    """A server that is not started yet. RPCs beyond `max_concurrent_rpcs`, streams included, are refused at once.

    `shares_port`: others of this machine listen on the same port.

    The middleware refuses with an error body (concurrency_limit.py); calls far beyond that are refused by gRPC itself.
    """
    server = grpc.aio.server(
        interceptors=list(interceptors),
        options=[*OPTIONS, ("grpc.so_reuseport", int(shares_port))],
        maximum_concurrent_rpcs=max_concurrent_rpcs + SPARE_RPCS,
    )
    server.add_registered_method_handlers = _not_registered  # type: ignore[method-assign,assignment]
    for servicer in servicers:
        _add(servicer, server)
    return server


def _not_registered(_service: str, _handlers: object) -> None:
    """Skip the registration of single methods, which generated code adds to the generic handlers.

    grpc.aio waits for each registered method apart, and sets up all the waits anew with every call: for the 143 methods
    of the contract that was a tenth of what a call took.
    """


def _add(servicer: object, server: grpc.aio.Server) -> None:
    """Add a servicer by the function that is generated beside its base class."""
    [base] = [each for each in type(servicer).__mro__ if each.__module__.endswith("_pb2_grpc")]
    getattr(sys.modules[base.__module__], f"add_{base.__name__}_to_server")(servicer, server)
