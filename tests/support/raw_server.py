"""A TCP server on a thread of its own that says any bytes, and a meter of how long an event loop is held meanwhile."""

import asyncio
import gc
import re
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Script = Callable[[socket.socket], None]
"""What the server does with a connection, before it is closed."""

MAX_ENDLESS = 64 << 20
"""Bytes after which an endless answer ends all the same."""


def after_request(answer: bytes, *, endless: bytes = b"", resets: bool = False) -> Script:
    """Read a request's head, answer, then repeat `endless` for as long as the client reads, and close or reset."""

    def script(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(answer)
        sent = 0
        while endless and sent < MAX_ENDLESS:
            sent += connection.send(endless)
        if resets:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return script


def read_head(connection: socket.socket) -> bytes:
    read = b""
    while b"\r\n\r\n" not in read and (chunk := connection.recv(65_536)):
        read += chunk
    return read


def read_request(connection: socket.socket) -> bytes:
    """A whole request whose length its head says; what there is of it where the connection ends."""
    read = read_head(connection)
    length = re.search(rb"\r\ncontent-length: *(\d+)", read, re.IGNORECASE)
    whole = read.index(b"\r\n\r\n") + 4 + int(length[1]) if length else len(read)
    while len(read) < whole and (chunk := connection.recv(65_536)):
        read += chunk
    return read


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64


@contextmanager
def raw_server(script: Script) -> Iterator[int]:
    """Serve on a free loopback port; gives the port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.request.settimeout(20)
                script(self.request)

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class LoopMeter:
    """`held_s`: the most processor time that the loop's thread took between a question and its answer."""

    held_s: float = 0.0
    _stopped: threading.Event = field(default_factory=threading.Event)

    def watch(self, loop: asyncio.AbstractEventLoop, clock_id: int) -> None:
        answered = threading.Event()
        while not self._stopped.wait(0.002):
            answered.clear()
            began = time.clock_gettime(clock_id)
            try:
                loop.call_soon_threadsafe(answered.set)
            except RuntimeError:
                return
            while not answered.wait(0.05) and not self._stopped.is_set():
                pass
            self.held_s = max(self.held_s, time.clock_gettime(clock_id) - began)


@contextmanager
def metered() -> Iterator[LoopMeter]:
    """Measure the running loop, which is this thread's, without collections of the tests' own garbage."""
    gc.disable()
    meter, clock_id = LoopMeter(), time.pthread_getcpuclockid(threading.get_ident())
    thread = threading.Thread(target=meter.watch, args=(asyncio.get_running_loop(), clock_id), daemon=True)
    thread.start()
    try:
        yield meter
    finally:
        meter._stopped.set()
        thread.join()
        gc.enable()
