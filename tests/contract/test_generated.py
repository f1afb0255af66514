"""The files under generated/ are those that the contract gives."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_generated_code_and_descriptors_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "proto" / "gen.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
