"""Check the wheel `tidings-client`: build it, install it alone into a new environment, and run the example there.

The example finds a server by `TIDINGS_TARGET` and the like, as `python -m tests.conformance` sets them.
"""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECT = ROOT / "clients" / "python"


def main() -> None:
    """Raise CalledProcessError if the wheel is not good."""
    with tempfile.TemporaryDirectory(prefix="tidings-client-") as name:
        directory = Path(name)
        run(directory, sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", directory, PROJECT)
        [wheel] = directory.glob("*.whl")
        venv.create(directory / "venv", with_pip=True)
        python = directory / "venv" / "bin" / "python"
        lock = ROOT / "requirements.lock"
        run(
            directory,
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-c",
            constraints(lock, directory),
            wheel,
        )
        run(directory, python, "-c", "import importlib.util as u; assert u.find_spec('tidings_server') is None")
        run(directory, python, PROJECT / "example" / "main.py")


def constraints(lock: Path, directory: Path) -> Path:
    """The versions of the lock file, without the hashes that would ask for all of them."""
    lines = [line.split(" ")[0] for line in lock.read_text().splitlines() if "==" in line]
    file = directory / "constraints.txt"
    file.write_text("\n".join(lines) + "\n")
    return file


def run(directory: Path, *command: str | Path) -> None:
    """Run a command that ends well, outside the checkout."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run(command, cwd=directory, env=environment, check=True)


if __name__ == "__main__":
    main()
