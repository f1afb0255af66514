"""Check what `make release` built: install the wheel into a new environment, outside the checkout, and start it once.

Usage: `check_release.py dist`. The environment takes its dependencies from requirements.lock, so that only the wheel is
in question: its entry points, its version, and the files of Envoy that it carries (`tidings_server/assets`).
"""

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_S = 120.0
READY = re.compile(r"^  REST +(http://\S+)", re.MULTILINE)


def main(dist: Path) -> None:
    """Raise CalledProcessError or RuntimeError if the one wheel in `dist` is not good."""
    [wheel] = dist.resolve().glob("*.whl")
    version = wheel.name.split("-")[1]
    with tempfile.TemporaryDirectory(prefix="tidings-release-") as name:
        directory = Path(name)
        commands = installed(wheel, directory / "venv")
        for command in ("tidings-server", "tidings"):
            run(directory, commands / command, "--help")
        if (said := run(directory, commands / "tidings-server", "--version").strip()) != version:
            raise RuntimeError(f"tidings-server --version is {said}, the wheel's is {version}")
        start_once(commands / "tidings-server", directory, version)
    print(f"{wheel.name}: installs, starts and answers.")


def installed(wheel: Path, directory: Path) -> Path:
    """The folder of commands of a new virtual environment that has the wheel."""
    venv.create(directory, with_pip=True)
    commands = directory / "bin"
    pip = (commands / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    run(directory, *pip, "--require-hashes", "--requirement", ROOT / "requirements.lock")
    run(directory, *pip, "--no-deps", wheel)
    return commands


def run(directory: Path, *command: str | Path) -> str:
    """Standard output of a command that ends well; it runs outside the checkout."""
    return subprocess.run(
        command, cwd=directory, env=environment(), stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def environment(**settings: str) -> dict[str, str]:
    """The environment without settings of another installation and without the checkout's import paths."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("TIDINGS_", "PYTHON"))}
    return inherited | settings


def start_once(command: Path, directory: Path, version: str) -> None:
    """Start the server with Envoy on free ports, ask for its version over REST, stop it."""
    log = directory / "log"
    free_ports = dict.fromkeys(("TIDINGS_HTTP_PORT", "TIDINGS_GRPC_PORT", "TIDINGS_METRICS_PORT"), "0")
    settings = environment(**free_ports, TIDINGS_DATA_DIR=str(directory / "data"), TIDINGS_MIN_FREE_MIB="0")
    with (
        log.open("w") as file,
        subprocess.Popen([command], cwd=directory, env=settings, stdout=file, stderr=file) as server,
    ):
        try:
            with urllib.request.urlopen(f"{address(server, log)}/version", timeout=START_S) as answer:
                body = answer.read().decode()
            if f'"{version}"' not in body:
                raise RuntimeError(f"GET /version answers {body}, the wheel's version is {version}")
        finally:
            server.terminate()
    if server.returncode:
        raise RuntimeError(f"the server ended with {server.returncode}:\n{log.read_text()}")


def address(server: "subprocess.Popen[bytes]", log: Path) -> str:
    """The base of REST, once the server has printed it."""
    deadline = time.monotonic() + START_S
    while (ready := READY.search(log.read_text())) is None:
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the server did not start:\n{log.read_text()}")
        time.sleep(0.1)
    return ready[1]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
