"""Starting with settings that are wrong, and what a server leaves to others of its machine."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.e2e.instances import ROOT, ROOTS, Instance
from tests.support.processes import without_settings
from tests.support.waiting import PATIENCE_S, blocking_until

SECRET = "hunter2-hunter2"
CASES = [("TIDINGS_LOG_LEVEL", "loud"), ("TIDINGS_DATABASE_URL", f"postgresql://u:{SECRET}@h:port/x")]
"""Two of the many of tests/platform/test_settings.py, on a process."""


def started(directory: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """A server that is to end by itself."""
    own = {"TIDINGS_DATA_DIR": str(directory / "data"), "TIDINGS_METRICS_PORT": "0", "TIDINGS_GRPC_PORT": "0"}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("TIDINGS_", "AWS_"))}
    path = {"PYTHONPATH": os.pathsep.join(str(ROOT / root) for root in ROOTS)}
    return subprocess.run(
        [sys.executable, "-m", "tidings_server", "serve"],
        env=inherited | own | path | settings,
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


@pytest.mark.parametrize(("name", "value"), CASES)
def test_a_bad_setting_is_one_line_with_its_name_and_not_its_value(tmp_path: Path, name: str, value: str) -> None:
    done = started(tmp_path, **{name: value})
    lines = done.stderr.splitlines()
    assert done.returncode == 2
    assert len(lines) == 1
    assert lines[0].startswith(f"tidings-server: {name}: ")
    assert SECRET not in done.stderr + done.stdout
    assert "Value error" not in lines[0]


@pytest.mark.parametrize("file", ["TIDINGS_TLS_CERT", "TIDINGS_TLS_KEY"])
def test_a_missing_file_is_named_by_its_setting(tmp_path: Path, file: str) -> None:
    there = tmp_path / "there.pem"
    there.write_text("")
    both = {"TIDINGS_TLS_CERT": str(there), "TIDINGS_TLS_KEY": str(there), file: "/nowhere.pem"}
    assert f"tidings-server: {file}: must be a file" in started(tmp_path, **both).stderr


@pytest.mark.parametrize(
    "url", ["postgresql://u:hunter2-hunter2@127.0.0.1:1/x", "sqlite:////proc/nowhere/x.db", "sqlite:///damaged.db"]
)
def test_a_database_that_cannot_be_opened_is_one_line(tmp_path: Path, url: str) -> None:
    (tmp_path / "damaged.db").write_bytes(b"this is no database " * 1_000)
    done = started(tmp_path, TIDINGS_DATABASE_URL=url)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert done.stderr.splitlines()[-1].startswith("tidings-server: The database cannot be opened: ")
    assert SECRET not in done.stderr


@pytest.mark.parametrize("content", [None, b"", b"short", b"\xff" * 44])
def test_a_master_key_that_is_missing_or_none_is_one_line_and_is_not_made_anew(
    make_instance: Callable[..., Instance], content: bytes | None
) -> None:
    own = make_instance()
    own.stop()
    file = own.data_dir / "master.key"
    kept = file.read_bytes()
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    done = started(own.data_dir.parent)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert str(file) in done.stderr.splitlines()[-1]
    assert content is not None or not file.exists()
    file.write_bytes(kept)
    own.start()


def test_a_server_that_others_reach_prints_what_is_open_to_them(make_instance: Callable[..., Instance]) -> None:
    private = make_instance()
    assert "others reach" not in private.log
    public = make_instance(http_host="0.0.0.0")
    assert "TIDINGS_HTTP_HOST: others reach this server, and it speaks plain text" in public.log
    assert "TIDINGS_HTTP_HOST: others reach this server, and it has the tenant demo" in public.log


def test_a_misspelt_setting_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    said = started(
        tmp_path, TIDINGS_HTPP_PORT="1", TIDINGS_SERVER="x", TIDINGS_DATABASE_URL="sqlite:////proc/x/y"
    ).stderr
    assert "tidings-server: TIDINGS_HTPP_PORT is no setting; the nearest is TIDINGS_HTTP_PORT" in said
    assert "TIDINGS_SERVER" not in said


def test_a_log_level_may_be_in_lower_case_and_no_library_logs_below_info(
    make_instance: Callable[..., Instance],
) -> None:
    chatty = make_instance(log_level="debug", http_port="0")
    assert not any(name in chatty.log for name in ("aiosqlite", "executing functools", "INSERT INTO"))


def test_files_of_a_server_are_readable_by_its_user_alone(make_instance: Callable[..., Instance]) -> None:
    own = make_instance()
    files = [file for file in own.data_dir.rglob("*") if file.is_file()]
    assert {file.name for file in files} >= {"tidings.db", "master.key"}
    assert {file.name: oct(stat.S_IMODE(file.stat().st_mode)) for file in files if file.stat().st_mode & 0o077} == {}


def test_envoy_gets_nothing_of_the_servers_environment(make_instance: Callable[..., Instance]) -> None:
    own = make_instance(mail_from="Nobody <nobody@example.com>")
    assert own.process is not None
    (envoy,) = psutil.Process(own.process.pid).children()
    assert not any(name.startswith(("TIDINGS_", "PYTHON", "HOME", "AWS")) for name in envoy.environ())


def test_the_sockets_of_a_killed_server_are_removed_at_the_next_start(
    make_instance: Callable[..., Instance], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)

    def directories() -> set[Path]:
        return {lock.parent for lock in tmp_path.glob("*/owner.lock")}

    neighbour, own = make_instance(), make_instance()
    both = directories()
    assert len(both) == 2
    own.stop(signal.SIGKILL)
    own.start()
    assert len(directories() & both) == 1
    assert len(directories()) == 2
    assert neighbour.stop() == own.stop() == 0
    blocking_until(directories, lambda left: not left)


def test_the_command_line_takes_the_port_that_the_server_takes(system: Instance) -> None:
    environment = {
        **without_settings(),
        "PYTHONPATH": os.pathsep.join(str(ROOT / root) for root in ROOTS),
        "TIDINGS_GRPC_PORT": str(system.ports["gRPC"]),
        "TIDINGS_DATA_DIR": str(system.data_dir),
    }
    command = [sys.executable, "-m", "tidings_cli", "tenant", "list"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert (done.returncode, "demo" in done.stdout) == (0, True), done.stderr
