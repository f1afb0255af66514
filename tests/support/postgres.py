"""A PostgreSQL of the tests' own: Debian's binaries, a temporary directory, an ephemeral port.

It does not wait for its disk: tests end its clients in every way, itself never.
"""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from tests.support.kept_logs import keep
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S

_STATEMENT = re.compile(r"LOG:  (?:statement|execute [^:]*): (.{1,100})")
BINARIES = Path("/usr/lib/postgresql")


class Cluster:
    """A running server. Its databases are made and dropped through `psql`, so it needs no event loop."""

    def __init__(self, binaries: Path, directory: Path, user: str | None, port: int, *, is_durable: bool) -> None:
        self._binaries = binaries
        self._directory = directory
        self._user = user
        self.port = port
        self._is_durable = is_durable
        self.start()

    @property
    def pid(self) -> int:
        """The process id of the server, whose children its sessions are."""
        return self._process.pid

    def start(self) -> None:
        """Starts the server, and waits until it takes connections."""
        data, durable = self._directory / "data", self._is_durable
        self._process = _postgres(self._binaries, data, self.port, self._user, is_durable=durable)
        _wait_until_ready(self._binaries, self._process, self.port, self._directory)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Ends the server: SIGTERM lets sessions end by themselves, SIGINT cuts them."""
        self._process.send_signal(number)
        _end(self._process)

    def restart(self) -> None:
        """Cuts all sessions, and starts the server again on its port."""
        self.stop(signal.SIGINT)
        self.start()

    def create(self, *, template: str = "template0") -> str:
        """A new database, a copy of `template`; returns its name."""
        name = f"t{uuid4().hex}"
        self._sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Drops a database and cuts whoever is still connected to it."""
        self._sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def end_sessions(self, name: str) -> None:
        """Ends every session of a database, as an administrator may."""
        self._sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    def size(self, name: str) -> int:
        """Bytes of a database on the disk."""
        return int(self._sql(f"SELECT pg_database_size('{name}')"))

    def log_statements(self, name: str) -> None:
        """Has every statement of later sessions of this database, and of no other, logged."""
        self._sql(f"ALTER DATABASE {name} SET log_statement = 'all'")

    def logged_statements(self) -> list[str]:
        """The beginnings of all statements that were logged so far, BEGIN and COMMIT among them."""
        return _STATEMENT.findall((self._directory / "log").read_text())

    def url(self, name: str) -> str:
        """The database as the setting TIDINGS_DATABASE_URL takes it."""
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{name}"

    def _sql(self, statement: str) -> str:
        address = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", "postgres")
        command = (self._binaries / "psql", *address, "--no-psqlrc", "--quiet", "--tuples-only", "-c", statement)
        done = subprocess.run(command, check=True, timeout=PATIENCE_S, stdout=subprocess.PIPE, text=True)
        return done.stdout.strip()


@contextmanager
def running_cluster(*, is_durable: bool = False) -> Iterator[Cluster]:
    """Starts a cluster, and ends it with all its data. Root runs it as the user postgres: initdb refuses root.

    `is_durable`: a commit waits for the disk, as measurements need it and tests do not.
    """
    binaries = find_binaries()
    user = "postgres" if os.geteuid() == 0 else None
    directory = Path(tempfile.mkdtemp(prefix="tidings-postgres-"))
    try:
        if user:
            os.chown(directory, pwd.getpwnam(user).pw_uid, -1)
        _initdb(binaries, directory / "data", user)
        cluster = Cluster(binaries, directory, user, free_port(), is_durable=is_durable)
        try:
            yield cluster
        finally:
            cluster.stop()  # every test has closed its own sessions
            keep(directory / "log")
    finally:
        shutil.rmtree(directory)


def find_binaries() -> Path:
    """The newest version that Debian's packages installed; FileNotFoundError says which package to install."""
    versions = sorted(BINARIES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not versions:
        message = f"No PostgreSQL below {BINARIES}: install the Debian package postgresql."
        raise FileNotFoundError(message)
    return versions[-1].parent


def _initdb(binaries: Path, data: Path, user: str | None) -> None:
    options = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions")
    command = (binaries / "initdb", f"--pgdata={data}", *options)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=user, cwd="/", timeout=PATIENCE_S)


def _postgres(binaries: Path, data: Path, port: int, user: str | None, *, is_durable: bool) -> subprocess.Popen[bytes]:
    options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "200"}
    options |= {} if is_durable else dict.fromkeys(("fsync", "full_page_writes"), "off")
    command: list[str | Path] = [binaries / "postgres", "-D", data, "-p", str(port)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    with (data.parent / "log").open("ab") as log:
        # A session of its own: Ctrl-C reaches the tests, and they end the server when they are done with it.
        return subprocess.Popen(command, stdout=log, stderr=log, user=user, cwd="/", start_new_session=True)


def _wait_until_ready(binaries: Path, process: subprocess.Popen[bytes], port: int, directory: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    probe = (binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port))
    while subprocess.run(probe, check=False).returncode:
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError((directory / "log").read_text())
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.send_signal(2)  # SIGINT, "fast": whoever is still connected is cut
        process.wait(timeout=PATIENCE_S)
