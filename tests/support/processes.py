"""Running a piece of the server in a process of its own, to be killed."""

import asyncio
import multiprocessing
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from tests.support.waiting import PATIENCE_S
from tidings_server.platform.failpoints import DIED

__all__ = ["DIED", "environment", "exit_status", "with_clock_ahead", "without_settings"]

_FORKED = multiprocessing.get_context("forkserver")
"""Each process is a fork of one that has imported the server, which takes seconds, and has done nothing else."""
_FORKED.set_forkserver_preload(
    ["tests.delivery.deliverer", "tests.support.hub", "tests.support.loyalty_hub", "tests.support.schedules"]
)


def environment() -> dict[str, str]:
    """The environment in which a child finds what this process can import."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def without_settings() -> dict[str, str]:
    """The environment without settings of Tidings, which a machine may have of its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TIDINGS_")}


def with_clock_ahead(seconds: str) -> dict[str, str]:
    """Environment of a process whose wall clock is off by `seconds` ("+3600", "-0.3"); Debian: libfaketime."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        message = "No libfaketime below /usr/lib: install the Debian package libfaketime."
        raise FileNotFoundError(message)
    return {"LD_PRELOAD": str(found[0]), "FAKETIME": seconds, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def exit_status(main: Callable[..., Coroutine[Any, Any, None]], *arguments: str) -> int:
    """Exit status of a process that ran `main` alone: 0, or DIED at a failpoint. Raises TimeoutError."""
    process = _FORKED.Process(target=_run, args=(main, arguments))
    process.start()
    process.join(PATIENCE_S)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError(f"{main.__module__} goes on and on")
    return process.exitcode


def _run(main: Callable[..., Coroutine[Any, Any, None]], arguments: tuple[str, ...]) -> None:
    asyncio.run(main(*arguments))
