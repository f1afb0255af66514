"""Notices between the processes of one directory: datagrams on unix sockets, which a commit takes some µs to send.

Each process binds a socket of its own in a directory that all derive from the path of the data: a path of the data's
own may be too long for a socket. Only processes of the same user are heard.
"""

import asyncio
import os
import secrets
import socket
import tempfile
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final

import structlog

from tidings_server.platform.clock import Clock
from tidings_server.storage.notices import Notices, notice
from tidings_server.storage.sqlite.engines import StartRefused

LOOK_S: Final = 1.0
"""Interval of looking who else is there."""
MAX_BYTES: Final = 1_024
STARTED: Final = "started"
"""The notice of a process that it is there."""

log = structlog.get_logger(__name__)


class SocketNotices(Notices):
    """Notices to the processes of the same data directory."""

    def __init__(self, data: Path, clock: Clock) -> None:
        """Raises StartRefused where the directory of the sockets is another user's."""
        super().__init__()
        self._data = data
        self._clock = clock
        self._others: list[str] = []
        self.subscribe(STARTED, lambda _: self._look())
        self._open()

    def send(self, kind: str, content: str) -> None:
        text = notice(kind, content).encode()
        for other in self._others:
            with suppress(OSError):  # it has ended, or has more to read than it takes in
                self._socket.sendto(text, other)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(self._socket, self._read)
        self.is_listening = True
        try:
            while True:
                await self._clock.sleep(LOOK_S)
                if self._own.exists():
                    self._look()
                    continue
                loop.remove_reader(self._socket)  # whoever tidies temporary files has taken it away
                self._socket.close()
                self._open()
                loop.add_reader(self._socket, self._read)
        finally:
            self.is_listening = False
            loop.remove_reader(self._socket)

    def close(self) -> None:
        """Be heard of no more."""
        self._socket.close()
        self._own.unlink(missing_ok=True)
        with suppress(OSError):  # of others
            self.directory.rmdir()

    def _open(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.directory, self._own = _bound(self._socket, self._data)
        self._look()
        self.send(STARTED, self._own.name)

    def _read(self) -> None:
        newest: dict[str, str] = {}
        with suppress(BlockingIOError):
            while text := self._socket.recv(MAX_BYTES).decode(errors="replace"):
                newest[text.partition(":")[0]] = text
        for text in newest.values():
            self.received(text)

    def _look(self) -> None:
        """See who is there; what a process has left that was killed goes."""
        found = []
        for path in self.directory.glob("*"):
            if path == self._own:
                continue
            if _is_alive(path):
                found.append(str(path))
            else:
                path.unlink(missing_ok=True)
        self._others = found


def _bound(own: socket.socket, data: Path) -> tuple[Path, Path]:
    """Bind a socket in the directory of the data's processes, which one that ends may just have removed."""
    while True:
        directory = _directory(data)
        path = directory / f"{os.getpid()}-{secrets.token_hex(4)}"
        with suppress(FileNotFoundError):
            own.bind(str(path))
            return directory, path


def _directory(data: Path) -> Path:
    name = blake2b(os.fsencode(data.resolve()), digest_size=8).hexdigest()
    directory = Path(tempfile.gettempdir()) / f"tidings-notices-{os.getuid()}-{name}"
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.lstat()
    if found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise StartRefused(f"{directory} must be a directory of this user alone.")
    return directory


def _is_alive(path: Path) -> bool:
    """Whether a process still has the socket; the file stays after one that was killed."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
