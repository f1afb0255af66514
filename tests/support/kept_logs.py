"""Output of the processes that tests start, kept where TEST_LOGS names a folder: they explain what failed once."""

import os
import shutil
from pathlib import Path

FOLDER = "TEST_LOGS"


def keep(log: Path) -> None:
    """Copy a log out of a directory that is about to go; its name there is that of the directory."""
    kept = os.environ.get(FOLDER)
    if kept and log.exists():
        Path(kept).mkdir(parents=True, exist_ok=True)
        shutil.copy(log, Path(kept) / f"{log.parent.parent.name}-{log.parent.name}.log")
