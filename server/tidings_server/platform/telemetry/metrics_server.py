"""The HTTP server of `/metrics`: bounded in connections, each of which has to ask within seconds."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import ThreadingMixIn
from threading import Lock, Thread
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app

MOST: Final = 16
"""Connections at once; one more ends the oldest, so that who asks at once always gets an answer."""
SILENT_S: Final = 5.0
"""Time in which each part of a request has to arrive."""


@contextmanager
def serve(host: str, port: int, registry: CollectorRegistry, *, silent_s: float = SILENT_S) -> Iterator[int]:
    """Serve a registry on an address for as long as the context lasts; gives the port. Raises OSError."""
    server = _Server(host, port, silent_s)
    server.set_app(make_wsgi_app(registry))
    thread = Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(WSGIRequestHandler):
    server_version = "Tidings"
    sys_version = ""

    def setup(self) -> None:
        self.request.settimeout(self.server.silent_s)  # type: ignore[attr-defined] # it is _Server's handler
        super().setup()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's
        """Log nothing of what strangers ask for."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def __init__(self, host: str, port: int, silent_s: float) -> None:
        """Listen on an address, IPv4 or IPv6. Raises OSError, also for a name that has none."""
        self.address_family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        self.silent_s = silent_s
        self._open: dict[Any, None] = {}  # in the order that they came
        self._lock = Lock()
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        # The base class looks up the name of the address, for seconds where no name server answers.
        socket_ = self.socket
        socket_.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        socket_.bind(self.server_address)
        self.server_address = socket_.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open[request] = None
            oldest = next(iter(self._open)) if len(self._open) > MOST else None
        if oldest is not None:
            with suppress(OSError):
                oldest.shutdown(socket.SHUT_RDWR)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over connections that end or stay silent; anything else goes to the thread's hook."""
        del request, client_address
        if not isinstance(sys.exception(), OSError):
            raise  # noqa: PLE0704 - called while the exception is handled
